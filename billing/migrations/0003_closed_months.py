"""Closed months are immutable: the database refuses to write, change or delete what belongs to a closed run.

Triggers of whole statements over their transition tables, so that a closing of 100,000 lines pays for one look.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION public.billing_refuse_closed() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    -- The argument says how the rows name their run: by themselves, or by their bill. One query each: a column that the
    -- other kind of row does not have is an error even where it is not asked for.
    IF TG_ARGV[0] = 'run' THEN
        PERFORM FROM touched AS t JOIN billing_closingrun AS r ON r.id = t.run_id WHERE r.closed_at IS NOT NULL LIMIT 1;
    ELSE
        PERFORM FROM touched AS t JOIN billing_bill AS b ON b.id = t.bill_id
        JOIN billing_closingrun AS r ON r.id = b.run_id WHERE r.closed_at IS NOT NULL LIMIT 1;
    END IF;
    IF FOUND THEN
        RAISE EXCEPTION 'A closed month is not changed (%).', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', HINT = 'Enter a correction: it goes onto the next bill.';
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION public.billing_refuse_reopening() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL AND (
        TG_OP = 'DELETE' OR (NEW.kind, NEW.month, NEW.cycle, NEW.closed_at)
            IS DISTINCT FROM (OLD.kind, OLD.month, OLD.cycle, OLD.closed_at)
    ) THEN
        RAISE EXCEPTION 'A closed month is not opened again.'
        USING ERRCODE = 'restrict_violation', HINT = 'Enter a correction: it goes onto the next bill.';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER closed_run_stays BEFORE UPDATE OR DELETE ON billing_closingrun
FOR EACH ROW EXECUTE FUNCTION public.billing_refuse_reopening();
"""
# A transition table belongs to one kind of statement, so each has its trigger.
GUARD = """
CREATE TRIGGER closed_takes_nothing AFTER INSERT ON {table} REFERENCING NEW TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION public.billing_refuse_closed('{by}');
CREATE TRIGGER closed_does_not_change AFTER UPDATE ON {table} REFERENCING OLD TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION public.billing_refuse_closed('{by}');
CREATE TRIGGER closed_comes_from_nowhere AFTER UPDATE ON {table} REFERENCING NEW TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION public.billing_refuse_closed('{by}');
CREATE TRIGGER closed_stays AFTER DELETE ON {table} REFERENCING OLD TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION public.billing_refuse_closed('{by}');
"""
FREE = """
DROP TRIGGER closed_takes_nothing ON {table};
DROP TRIGGER closed_does_not_change ON {table};
DROP TRIGGER closed_comes_from_nowhere ON {table};
DROP TRIGGER closed_stays ON {table};
"""
GUARDED = [
    ("billing_voicecharge", "run"),
    ("billing_bill", "run"),
    ("billing_billline", "bill"),
    ("billing_billtax", "bill"),
]


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_bills")]
    operations = [
        migrations.RunSQL(
            REFUSE,
            """
            DROP TRIGGER closed_run_stays ON billing_closingrun;
            DROP FUNCTION public.billing_refuse_reopening();
            DROP FUNCTION public.billing_refuse_closed();
            """,
        ),
        *(migrations.RunSQL(GUARD.format(table=table, by=by), FREE.format(table=table)) for table, by in GUARDED),
    ]
