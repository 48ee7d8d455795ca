"""What bills and voice statements were made of stays: the contract's billing cycle, and fees that have been billed."""

from django.db import migrations

# Bills of another cycle would take the same days, and the same calls, once more.
CYCLE = """
CREATE FUNCTION public.billing_refuse_another_cycle() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM billing_billline WHERE contract_id = OLD.id)
        OR EXISTS (SELECT FROM billing_voicecharge WHERE contract_id = OLD.id)
    THEN
        RAISE EXCEPTION 'A contract that has been billed keeps its billing cycle.'
        USING ERRCODE = 'restrict_violation', HINT = 'End its charges and make another contract.';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER billed_contract_keeps_cycle BEFORE UPDATE OF billing_cycle ON accounts_contract
FOR EACH ROW WHEN (OLD.billing_cycle IS DISTINCT FROM NEW.billing_cycle)
EXECUTE FUNCTION public.billing_refuse_another_cycle();
"""
# A fee whose mark of the bill is taken off would be charged once more.
FEES = """
CREATE FUNCTION public.billing_refuse_closed_fee() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM billing_bill AS b JOIN billing_closingrun AS r ON r.id = b.run_id
        WHERE b.id IN (OLD.billed_id, CASE WHEN TG_OP = 'UPDATE' THEN NEW.billed_id END) AND r.closed_at IS NOT NULL
    ) OR EXISTS (
        SELECT FROM billing_closingrun AS r
        WHERE r.id IN (OLD.voiced_id, CASE WHEN TG_OP = 'UPDATE' THEN NEW.voiced_id END) AND r.closed_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'A fee of a closed month is not changed (%).', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', HINT = 'Enter a correction: it goes onto the next bill.';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER closed_fee_does_not_change BEFORE UPDATE ON billing_oncecharge FOR EACH ROW
WHEN (coalesce(OLD.billed_id, NEW.billed_id, OLD.voiced_id, NEW.voiced_id) IS NOT NULL)
EXECUTE FUNCTION public.billing_refuse_closed_fee();
CREATE TRIGGER closed_fee_stays BEFORE DELETE ON billing_oncecharge FOR EACH ROW
WHEN (coalesce(OLD.billed_id, OLD.voiced_id) IS NOT NULL)
EXECUTE FUNCTION public.billing_refuse_closed_fee();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0008_contracts_show_statements"), ("accounts", "0001_initial")]
    operations = [
        migrations.RunSQL(
            CYCLE,
            """
            DROP TRIGGER billed_contract_keeps_cycle ON accounts_contract;
            DROP FUNCTION public.billing_refuse_another_cycle();
            """,
        ),
        migrations.RunSQL(
            FEES,
            """
            DROP TRIGGER closed_fee_does_not_change ON billing_oncecharge;
            DROP TRIGGER closed_fee_stays ON billing_oncecharge;
            DROP FUNCTION public.billing_refuse_closed_fee();
            """,
        ),
    ]
