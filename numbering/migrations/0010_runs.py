"""Runs of consecutive free numbers as one call, whose plan never reads the whole pool, however new its statistics."""

from django.db import migrations

# From a place of the caller's own on, then from the beginning: two who look at the same time seldom find the same.
# That place moves only with steps of 4,096 ids as the first and last numbers go. Imported one after the other, numbers
# have ids one after the other; what is consecutive is said by the digits.
RUNS = """
CREATE FUNCTION public.numbering_runs(
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
    SELECT n.id, n.digits, n.digits::bigint - row_number() OVER (ORDER BY length(n.digits), n.digits) AS run
    FROM looked_at JOIN public.numbering_number AS n ON n.id = looked_at.number_id
)
SELECT array_agg(id ORDER BY digits), array_agg(digits::text ORDER BY digits) FROM placed GROUP BY run, length(digits)
$$
"""


class Migration(migrations.Migration):
    dependencies = [("numbering", "0009_part_input")]
    operations = [
        migrations.RunSQL(RUNS, "DROP FUNCTION public.numbering_runs(text, text, date, bigint, bigint[], integer)")
    ]
