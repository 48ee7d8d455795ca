"""The claim of free numbers as one call, whose plans every session keeps: planning it took a quarter of its time."""

from django.db import migrations

# Longest-free day first. Within the day from a random point on, then what lies before that point, then the days after
# it; whoever holds a row has it, nobody waits (SKIP LOCKED). `waiting` is for the last numbers, which others may hold
# and give back: in one order, so that two who wait do not wait for each other. Rows are deleted by their place: the
# locks keep it, and looking them up again by number costs more.
#
# Too few are none: the block is a subtransaction, and leaving it by an exception lets their locks go.
#
# The plans are made once, perhaps while the table is empty: never by reading the whole of it.
CLAIM = """
CREATE FUNCTION public.numbering_claim(
    the_kind text, the_area text, how_many integer, today date, start_at integer,
    the_customer bigint, the_contract bigint, the_order bigint, the_origin text, waiting boolean
) RETURNS bigint[] LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
AS $$
DECLARE
    day date;
    places tid[];
    claimed bigint[];
BEGIN
    IF waiting THEN
        places := ARRAY(
            SELECT ctid FROM public.numbering_freenumber
            WHERE kind = the_kind AND area = the_area AND available_on <= today
            ORDER BY available_on, spread, number_id LIMIT how_many FOR UPDATE);
    ELSE
        SELECT min(available_on) INTO day FROM public.numbering_freenumber
        WHERE kind = the_kind AND area = the_area AND available_on <= today;
        places := ARRAY(
            SELECT ctid FROM public.numbering_freenumber
            WHERE kind = the_kind AND area = the_area AND available_on = day AND spread >= start_at
            ORDER BY spread LIMIT how_many FOR UPDATE SKIP LOCKED);
        IF cardinality(places) < how_many THEN
            places := places || ARRAY(
                SELECT ctid FROM public.numbering_freenumber
                WHERE kind = the_kind AND area = the_area AND available_on = day AND spread < start_at
                ORDER BY spread LIMIT how_many - cardinality(places) FOR UPDATE SKIP LOCKED);
        END IF;
        IF cardinality(places) < how_many THEN
            places := places || ARRAY(
                SELECT ctid FROM public.numbering_freenumber
                WHERE kind = the_kind AND area = the_area AND available_on > day AND available_on <= today
                ORDER BY available_on, spread LIMIT how_many - cardinality(places) FOR UPDATE SKIP LOCKED);
        END IF;
    END IF;
    IF cardinality(places) < how_many THEN
        RAISE SQLSTATE 'NM001';
    END IF;
    WITH gone AS (
        DELETE FROM public.numbering_freenumber AS f WHERE f.ctid = ANY(places)
        RETURNING f.number_id, f.available_on
    ), taken AS (
        INSERT INTO public.numbering_assignment
            (number_id, digits, customer_id, contract_id, order_id, origin, state, free_since, service_digest)
        SELECT n.id, n.digits, the_customer, the_contract, the_order, the_origin, 'reserved', g.available_on, ''
        FROM gone AS g JOIN public.numbering_number AS n ON n.id = g.number_id
        RETURNING number_id
    )
    SELECT array_agg(number_id) INTO claimed FROM taken;
    RETURN claimed;
EXCEPTION WHEN SQLSTATE 'NM001' THEN
    RETURN NULL;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("numbering", "0002_registrar")]
    operations = [
        migrations.RunSQL(
            CLAIM,
            "DROP FUNCTION public.numbering_claim"
            "(text, text, integer, date, integer, bigint, bigint, bigint, text, boolean)",
        )
    ]
