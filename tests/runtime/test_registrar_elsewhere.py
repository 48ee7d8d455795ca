"""`manage.py run` where the database, or the registrar itself, is somebody else's."""

import json
from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest

from selfcare import settings
from selfcare.runtime import roles
from tests.harness import databases
from tests.harness.ports import free_sip_port
from tests.harness.sip import registers
from tests.harness.telephony import needs_kamailio
from tests.runtime.database_server import PASSWORD, DatabaseServer
from tests.runtime.portal import Portal
from tests.runtime.test_registrar import said_alone

pytestmark = [pytest.mark.serial, pytest.mark.real, needs_kamailio]


@pytest.fixture
def make(portal: Callable[..., Portal], deployed: DatabaseServer) -> Callable[..., Portal]:
    urls = {"DATABASE_URL": deployed.url(roles.APP), "DATABASE_OWNER_URL": deployed.url(roles.OWNER)}

    def one(**env: str) -> Portal:
        made = portal(**urls, SIP_PORT=str(free_sip_port()), **env)
        databases.lend_static_files(made.var)
        return made

    return one


def test_the_registrar_reads_a_database_that_is_somebody_elses(
    make: Callable[..., Portal], deployed: DatabaseServer
) -> None:
    portal = make(REGISTRAR_DATABASE_URL=deployed.url(roles.REGISTRAR))
    portal.start_and_wait()
    assert portal.wait_for("Telephones register at", 30), portal.output
    numbers = json.loads(deployed.manage("demo_data", "--json"))["numbers"]
    number = next(one for one in numbers if one["sip_password"])
    address = ("127.0.0.1", int(portal.env["SIP_PORT"]))
    assert registers(number["number"], settings.SIP_REALM, number["sip_password"], address) == 200
    seen = 0
    for process in portal.processes():
        with suppress(psutil.NoSuchProcess):  # not all of them stay
            assert PASSWORD not in " ".join(process.cmdline())
            seen += 1
    assert seen > 8


def test_without_its_way_into_the_database_there_is_no_registrar_and_the_portal_starts(
    make: Callable[..., Portal],
) -> None:
    portal = make(REGISTRAR_DATABASE_URL="")
    portal.start_and_wait()
    (said,) = [line for line in portal.output.splitlines() if "SIP registrar" in line]
    assert said == said_alone(portal)
    assert said.endswith("with DATABASE_URL, set REGISTRAR_DATABASE_URL as well (the login selfcare_registrar).")


def test_a_wrong_password_of_the_registrar_is_said_without_it(
    make: Callable[..., Portal], deployed: DatabaseServer
) -> None:
    said = said_alone(make(REGISTRAR_DATABASE_URL=deployed.url(roles.REGISTRAR, "wrong-one")))
    assert "The database of REGISTRAR_DATABASE_URL does not let us in: " in said
    assert "wrong-one" not in said


def test_a_registrar_that_is_named_is_used_and_none_is_started(make: Callable[..., Portal]) -> None:
    portal = make(REGISTRAR_URL="kamailio+udp://127.0.0.1:9")
    portal.start_and_wait()
    assert "SIP" not in portal.output
    assert portal.processes(named="kamailio") == []
    assert "REGISTRAR_URL=kamailio+udp://127.0.0.1:9\n" in (portal.var / "run.env").read_text()
