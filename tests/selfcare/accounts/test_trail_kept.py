"""Nobody who has only the application's rights in the database changes or takes away an event of the audit trail."""

import pytest
from django.db import DatabaseError, connection, connections, transaction

from selfcare.accounts import audit
from selfcare.accounts.models import AuditEvent

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

STATEMENTS = (
    "UPDATE accounts_auditevent SET actor_name = 'somebody else'",
    "DELETE FROM accounts_auditevent",
    "TRUNCATE accounts_auditevent",
)
TAMPERING = (
    *STATEMENTS,
    "ALTER TABLE accounts_auditevent DISABLE TRIGGER ALL",
    "DROP TABLE accounts_auditevent",
    "SET ROLE selfcare_owner",
)


@pytest.fixture
def told(owner) -> AuditEvent:
    audit.record(action="user.locked", obj=owner)
    return AuditEvent.objects.latest("pk")


@pytest.mark.parametrize("statement", TAMPERING)
def test_the_applications_role_may_not(told, statement):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("selfcare_app",)
        with pytest.raises(DatabaseError, match="permission denied|must be owner"), transaction.atomic():
            cursor.execute(statement)
    told.refresh_from_db()
    assert told.actor_name == ""


@pytest.mark.parametrize("how", [lambda row: row.save(), lambda row: row.delete()])
def test_nor_through_the_model(told, how):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        how(AuditEvent.objects.get(pk=told.pk))
    assert AuditEvent.objects.filter(pk=told.pk).exists()


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_owners_role_may_which_shows_that_it_is_the_rights(statement):
    """The negative control, undone."""
    with transaction.atomic("owner"), connections["owner"].cursor() as cursor:
        cursor.execute(statement)
        transaction.set_rollback(True, using="owner")


def test_no_other_role_of_the_portal_has_these_rights():
    with connections["owner"].cursor() as cursor:
        cursor.execute("""
            SELECT rolname, privilege FROM pg_roles,
                unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
            WHERE rolname IN ('selfcare_app', 'selfcare_registrar')
                AND has_table_privilege(rolname, 'accounts_auditevent', privilege)
        """)
        assert cursor.fetchall() == []
        cursor.execute("SELECT has_any_column_privilege('selfcare_app', 'accounts_auditevent', 'UPDATE')")
        assert cursor.fetchone() == (False,)
