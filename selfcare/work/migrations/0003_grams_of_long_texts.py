"""The 3-grams of a long text in time that grows with it: an order may have issued two thousand numbers."""

from django.db import migrations

# In UTF-8 substr walks from the beginning to its place, each time. What stands in indexes stays right: the same grams.
FOR_LONG = """
CREATE OR REPLACE FUNCTION public.selfcare_grams(words text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN length(words) < 1000 THEN (
        SELECT coalesce(array_agg(DISTINCT substr(words, at, 3)), ARRAY[]::text[])
        FROM generate_series(1, length(words) - 2) AS at
    ) ELSE (
        SELECT array_agg(DISTINCT one || two || three)
        FROM (
            SELECT one, lead(one) OVER near AS two, lead(one, 2) OVER near AS three
            FROM unnest(string_to_array(words, NULL)) WITH ORDINALITY AS c (one, at)
            WINDOW near AS (ORDER BY at)
        ) AS g
        WHERE three IS NOT NULL
    ) END
$$
"""

FOR_SHORT = """
CREATE OR REPLACE FUNCTION public.selfcare_grams(words text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT substr(words, at, 3)), ARRAY[]::text[])
    FROM generate_series(1, length(words) - 2) AS at
$$
"""


class Migration(migrations.Migration):
    dependencies = [("work", "0002_queues")]
    operations = [migrations.RunSQL(FOR_LONG, FOR_SHORT)]
