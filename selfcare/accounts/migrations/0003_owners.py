"""What no request can get around: a company keeps an owner, a personal contract has one user."""

from django.db import migrations

# Only who was able to manage users and no longer is sets it off; operators' locks are their own business. The lock on
# the customer's row makes two owners who remove each other at the same moment wait: the second finds himself the last.
_KEEP_OWNER = """
CREATE FUNCTION accounts_keep_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM accounts_customer WHERE id = OLD.customer_id FOR NO KEY UPDATE;
    PERFORM FROM accounts_user
    WHERE customer_id = OLD.customer_id AND id <> OLD.id
        AND role = 'owner' AND suspended_at IS NULL AND removed_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the last owner of customer % stays an owner', OLD.customer_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'user_last_owner';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER user_last_owner AFTER UPDATE OF role, suspended_at, removed_at ON accounts_user
FOR EACH ROW WHEN (
    OLD.customer_id IS NOT NULL
    AND OLD.role = 'owner' AND OLD.suspended_at IS NULL AND OLD.removed_at IS NULL
    AND NOT (NEW.role = 'owner' AND NEW.suspended_at IS NULL AND NEW.removed_at IS NULL)
)
EXECUTE FUNCTION accounts_keep_owner();
"""

_ONE_USER = """
CREATE FUNCTION accounts_one_user() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    customers_kind text;
BEGIN
    SELECT kind INTO customers_kind FROM accounts_customer WHERE id = NEW.customer_id FOR NO KEY UPDATE;
    IF customers_kind = 'personal' AND EXISTS (
        SELECT FROM accounts_user WHERE customer_id = NEW.customer_id AND id <> NEW.id AND removed_at IS NULL
    ) THEN
        RAISE EXCEPTION 'customer % is a person and has a user', NEW.customer_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'user_one_of_a_person';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER user_one_of_a_person AFTER INSERT ON accounts_user
FOR EACH ROW WHEN (NEW.customer_id IS NOT NULL) EXECUTE FUNCTION accounts_one_user();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_company_users")]

    operations = [
        migrations.RunSQL(
            _KEEP_OWNER,
            "DROP TRIGGER user_last_owner ON accounts_user; DROP FUNCTION accounts_keep_owner();",
        ),
        migrations.RunSQL(
            _ONE_USER,
            "DROP TRIGGER user_one_of_a_person ON accounts_user; DROP FUNCTION accounts_one_user();",
        ),
    ]
