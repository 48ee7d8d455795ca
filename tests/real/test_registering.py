"""A real Kamailio lets in what the portal's rows say: by the password's time, and by nothing else."""

import pytest

from numbering.models import Credential
from tests.harness.sip import registers
from tests.harness.sip_clients import sipp, sipp_load, sipsak
from tests.numbering.help import at
from tests.real.conftest import PASSWORD, REALM, end_password, new_password

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_the_old_password_ends_and_the_new_one_begins_at_their_moments(registrar, number, clock, transport):
    def both() -> tuple[int, int]:
        one, other = (
            registers(number, REALM, password, registrar.address, transport=transport)
            for password in (PASSWORD, "NewPass1")
        )
        return one, other

    end_password(Credential.objects.get(), at("2026-11-20 14:00"))
    new_password(number, "NewPass1", (at("2026-11-20 17:30"), None))
    seen = []
    for moment in ("13:59:59.999", "14:00", "17:29:59.999", "17:30", "17:31"):
        clock.set(f"2026-11-20 {moment}")
        seen.append(both())
    assert seen == [(200, 403), (403, 403), (403, 403), (403, 200), (403, 200)]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_sipp_is_let_in_and_refused_alike(registrar, number, clock, transport):
    end_password(Credential.objects.get(), at("2026-11-20 14:00"))
    new_password(number, "NewPass1", (at("2026-11-20 17:30"), None))
    seen = []
    for moment in ("13:59", "14:00", "17:30"):
        clock.set(f"2026-11-20 {moment}")
        rows = [(number, REALM, password, registrar.address) for password in (PASSWORD, "NewPass1")]
        seen.append([sipp(*row, transport=transport) for row in rows])
    assert seen == [[True, False], [False, False], [False, True]]


def test_sipsak_is_let_in_and_refused_alike(registrar, number, clock):
    end_password(Credential.objects.get(), at("2026-11-20 14:00"))
    assert sipsak(number, REALM, PASSWORD, registrar.address)
    assert not sipsak(number, REALM, "wrong-one", registrar.address)
    clock.set("2026-11-20 14:00")
    assert not sipsak(number, REALM, PASSWORD, registrar.address)


def test_sipp_registers_many(registrar, number):
    load = sipp_load([(number, REALM, PASSWORD)] * 200, registrar.address, per_second=200)
    assert (load.done, load.failed) == (200, 0)
