"""Kamailio's own connection to the database: its role, its rights, its patience."""

import pytest
from django.db import connection

from numbering.registrar import process
from selfcare.runtime import processes, roles
from tests.harness import kamailio
from tests.harness.sip import registers
from tests.real.conftest import PASSWORD, REALM, as_superuser

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]

# Asks every relation of the portal once, by the connection that the configuration itself opens.
_PRYING = """
loadmodule "sqlops.so"
modparamx("sqlops", "sqlcon", "portal=>$def(PLAIN)")
event_route[core:worker-one-init] {{
{queries}
    xlog("L_NOTICE", "pried: done\\n");
}}
"""
_QUERY = """
    if (sql_query("portal", "{statement}", "found") > 0) {{ xlog("L_NOTICE", "pried: {name} open\\n"); }}
    else {{ xlog("L_NOTICE", "pried: {name} closed\\n"); }}
"""


def relations() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname IN ('public', 'registrar') ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def test_by_its_own_connection_it_reads_its_view_and_nothing_else(tmp_path_factory, number):
    names = relations()
    assert len(names) > 30
    statements = {name: f"SELECT 1 FROM {name} LIMIT 1" for name in names}
    statements["writing"] = "CREATE TEMP TABLE written (i int)"
    queries = "".join(_QUERY.format(statement=text, name=name) for name, text in statements.items())
    config = tmp_path_factory.mktemp("prying") / "kamailio.cfg"
    config.write_text(process.CONFIG.read_text() + _PRYING.format(queries=queries))
    name = connection.settings_dict["NAME"]
    # The same address as the configuration's own, without the quotes that make it a string there.
    plain = f"postgres://{roles.REGISTRAR}@/{name}"
    with kamailio.running(database=name, config=config, PLAIN=plain) as registrar:
        processes.wait_until(lambda: "pried: done" in registrar.log(), seconds=20)
        log = registrar.log()
    opened = {name for name in statements if f"pried: {name} open" in log}
    assert opened == {"registrar.subscriber"}
    assert all(f"pried: {name} closed" in log for name in set(statements) - opened)


def test_all_its_connections_are_of_the_one_role_over_the_socket(registrar, number):
    with as_superuser() as superuser:
        rows = superuser.execute(
            "SELECT usename, client_addr, count(*) > 8 FROM pg_stat_activity"
            " WHERE application_name = 'registrar' AND datname = current_database() GROUP BY 1, 2"
        ).fetchall()
    assert rows == [(roles.REGISTRAR, None, True)]
    assert registers(number, REALM, PASSWORD, registrar.address) == 200


def test_a_locked_table_costs_a_telephone_a_second_and_not_the_registrar(registrar, number):
    with as_superuser() as superuser, superuser.transaction():
        superuser.execute("LOCK TABLE numbering_credential IN ACCESS EXCLUSIVE MODE")
        assert registers(number, REALM, PASSWORD, registrar.address) == 500
    assert registers(number, REALM, PASSWORD, registrar.address) == 200
