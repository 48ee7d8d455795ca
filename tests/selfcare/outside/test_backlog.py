"""What outside systems still have to do: the metrics tell its age, the operators' first page what is late."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import CardCharge
from selfcare import clock as clocks
from selfcare.outside.simulator.server import Simulator
from tests.billing.payments import world
from tests.billing.payments.conftest import bank, november  # noqa: F401 (fixtures)
from tests.clock import Clock
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)
TITLE = "結果の出ていないカード決済"


def figures(client: Client) -> dict[str, float]:
    page = client.get("/metrics", headers={"Authorization": "Bearer metrics-token-of-the-tests"}).content.decode()
    lines = (line.rsplit(" ", 1) for line in page.splitlines() if line.startswith("selfcare_outside_"))
    return {name: float(value) for name, value in lines}


def test_an_unanswered_charge_grows_older_and_is_shown_after_an_hour(bank: Simulator, november: Clock, client: Client):  # noqa: F811
    none = figures(client)
    assert {name for name in none if "oldest" in name} == {
        f'selfcare_outside_oldest_seconds{{kind="{kind}"}}'
        for kind in ("card_charges", "faxreceived", "faxsent", "letters")
    }
    assert set(none.values()) == {0.0}
    contract = world.cloud()
    world.pays_by_card(bank, contract)
    world.due_charge(world.bill(contract))
    staff = inside(operator_of("billing"))
    home = reverse("admin:index")
    assert figures(client)['selfcare_outside_open{kind="card_charges"}'] == 1
    assert TITLE not in staff.get(home).content.decode()
    CardCharge.objects.update(created_at=clocks.real_now() - timedelta(hours=3))
    assert figures(client)['selfcare_outside_oldest_seconds{kind="card_charges"}'] >= 3 * 3600
    page = staff.get(home).content.decode()
    assert TITLE in page
    assert "1件（最長 3時間）" in page
    # Whoever may not see payments is not told of them.
    assert TITLE not in inside(operator_of("provisioning")).get(home).content.decode()
    assert client.get("/readyz").status_code == 200
