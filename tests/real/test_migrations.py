"""The registrar's view through all migrations, back and forward: its columns, its grants, what it lets through."""

from collections.abc import Callable

import psycopg
import pytest

from selfcare.runtime import roles
from tests.harness import kamailio
from tests.harness.sip import registers
from tests.harness.stack import Stack

COLUMNS = """
    SELECT a.attname::text, format_type(a.atttypid, NULL) FROM pg_attribute a
    WHERE a.attrelid = to_regclass('registrar.subscriber') AND a.attnum > 0 ORDER BY a.attnum
"""
GRANTS = """
    SELECT g.grantee::regrole::text, g.privilege_type FROM pg_class c, aclexplode(c.relacl) g
    WHERE c.oid = to_regclass('registrar.subscriber') AND g.grantee <> c.relowner
"""
OLD = [(name, "character varying") for name in ("username", "domain", "ha1", "ha1b", "ha1_sha256")]
NEW = [*OLD, ("credential", "text")]


def at(stack: Stack, migration: str) -> None:
    stack.manage("migrate", "--database", "owner", "numbering", migration, "-v", "0")


def newest(stack: Stack) -> None:
    stack.manage("migrate", "--database", "owner", "-v", "0")


def may_be_read_by_the_registrar_only(stack: Stack) -> None:
    assert stack.sql(GRANTS) == [(roles.REGISTRAR, "SELECT")]
    assert stack.connect(roles.REGISTRAR).execute("SELECT * FROM subscriber").fetchall() == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        stack.connect(roles.APP).execute("SELECT * FROM registrar.subscriber")


def test_the_view_and_its_grants_go_back_and_forward(stack: Stack):
    steps: list[tuple[Callable[[], None], list]] = [
        (lambda: None, NEW),
        (lambda: at(stack, "0016_cloud_contracts"), NEW),
        (lambda: at(stack, "0017_devices_register"), NEW),
        (lambda: at(stack, "0005_timetables"), OLD),
        (lambda: at(stack, "0006_registrar_names_credential"), NEW),
        (lambda: at(stack, "0002_registrar"), OLD),
        (lambda: at(stack, "0001_initial"), []),
        (lambda: newest(stack), NEW),
    ]
    for step, columns in steps:
        step()
        assert stack.sql(COLUMNS) == columns
        if columns:
            may_be_read_by_the_registrar_only(stack)
        else:
            assert stack.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'registrar'") == 0


@pytest.mark.real
def test_telephones_register_again_as_soon_as_the_view_is_back(demo_stack: Stack):
    number, realm, ha1 = demo_stack.sql(
        "SELECT username, realm, md5(username || ':' || realm || ':Passw0rd') FROM numbering_credential"
        " WHERE live @> selfcare_now() LIMIT 1"
    )[0]
    demo_stack.sql("UPDATE numbering_credential SET ha1 = %s WHERE username = %s", ha1, number)
    with kamailio.running(database=demo_stack.database) as registrar:
        seen = []
        for step in (None, "0005_timetables", "0006_registrar_names_credential"):
            if step:
                at(demo_stack, step)
            seen.append(registers(number, realm, "Passw0rd", registrar.address))
    # Without its column the registrar says that the database is at fault; it needs no start to work again.
    assert seen == [200, 500, 200]
