"""SQL functions that tables, indexes and views of other apps stand on."""

from datetime import timedelta

from django.db import migrations, models

# STABLE, so that `due_at <= selfcare_now()` uses the index (a volatile function would not); statement_timestamp(), so
# that a long transaction does not live in the past. Without a row, business time is real time. Schema-qualified,
# because the registrar's role has another search path; the owner's rights, because that role may read no table.
NOW = """
CREATE FUNCTION public.selfcare_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(
        (SELECT coalesce(frozen_at, statement_timestamp() + "offset") FROM public.work_businessclock LIMIT 1),
        statement_timestamp())
$$
"""

# The 3-grams of a text, for substring search under a core GIN index (contrib's pg_trgm is not on every server).
GRAMS = """
CREATE FUNCTION public.selfcare_grams(words text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT substr(words, at, 3)), ARRAY[]::text[])
    FROM generate_series(1, length(words) - 2) AS at
$$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="BusinessClock",
            fields=[
                ("only", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("offset", models.DurationField(default=timedelta)),
                ("frozen_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddConstraint(
            model_name="businessclock",
            constraint=models.CheckConstraint(condition=models.Q(only=True), name="business_clock_one_row"),
        ),
        migrations.RunSQL(NOW, "DROP FUNCTION public.selfcare_now()"),
        migrations.RunSQL(GRAMS, "DROP FUNCTION public.selfcare_grams(text)"),
    ]
