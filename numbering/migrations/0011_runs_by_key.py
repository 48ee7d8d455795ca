"""Runs of free numbers, each number read by its key.

A join was free to go the other way round: with statistics from before a large import it compared every number of the
pool with all that were looked at, for seconds.
"""

from importlib import import_module

from django.db import migrations

RUNS = """
CREATE OR REPLACE FUNCTION public.numbering_runs(
    the_kind text, the_area text, today date, seed bigint, skip bigint[], how_far integer
) RETURNS TABLE (ids bigint[], digits text[]) LANGUAGE sql STABLE
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
AS $$
WITH pool AS (
    SELECT (SELECT number_id FROM public.numbering_freenumber WHERE kind = the_kind AND area = the_area
            ORDER BY number_id LIMIT 1) / 4096 * 4096 AS low,
           (SELECT number_id FROM public.numbering_freenumber WHERE kind = the_kind AND area = the_area
            ORDER BY number_id DESC LIMIT 1) / 4096 * 4096 + 4096 AS high
), start AS MATERIALIZED (
    SELECT low + seed % (high - low) AS at FROM pool
), looked_at AS MATERIALIZED (
    (SELECT number_id FROM public.numbering_freenumber
     WHERE kind = the_kind AND area = the_area AND number_id >= (SELECT at FROM start)
         AND available_on <= today AND NOT number_id = ANY(skip)
     ORDER BY number_id LIMIT how_far)
    UNION ALL
    (SELECT number_id FROM public.numbering_freenumber
     WHERE kind = the_kind AND area = the_area AND number_id < (SELECT at FROM start)
         AND available_on <= today AND NOT number_id = ANY(skip)
     ORDER BY number_id LIMIT how_far)
    LIMIT how_far
), placed AS (
    SELECT id, digits, digits::bigint - row_number() OVER (ORDER BY length(digits), digits) AS run
    FROM (
        SELECT number_id AS id, (SELECT n.digits FROM public.numbering_number AS n WHERE n.id = number_id) AS digits
        FROM looked_at OFFSET 0
    ) AS named
)
SELECT array_agg(id ORDER BY digits), array_agg(digits::text ORDER BY digits) FROM placed GROUP BY run, length(digits)
$$
"""
_BEFORE = import_module("numbering.migrations.0010_runs").RUNS.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("numbering", "0010_runs")]
    operations = [migrations.RunSQL(RUNS, _BEFORE)]
