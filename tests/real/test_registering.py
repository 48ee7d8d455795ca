"""A real Kamailio lets in what the portal's rows say: by the password's time, and by nothing else."""

import pytest

from numbering.models import Credential
from tests.harness.sip import registers
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
