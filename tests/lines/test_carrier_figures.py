"""The carriers' figures for alarms: what is open there and since when, what is held, who is left alone."""

from datetime import timedelta

import pytest
from prometheus_client import generate_latest

from lines.models import CarrierHealth, CarrierOrder
from selfcare import clock as time
from selfcare.shell import metrics
from tests.lines.following_parts import left

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.usefixtures("clock")]


def figures() -> dict[str, float]:
    lines = generate_latest(metrics.registry()).decode().splitlines()
    told = (line.rpartition(" ") for line in lines if line.startswith("selfcare_carrier_"))
    return {name.removeprefix("selfcare_carrier_"): float(value) for name, _space, value in told}


def test_what_is_open_held_and_left_alone_is_told_by_carrier():
    old, held = left(), left()
    CarrierOrder.objects.filter(pk=old.pk).update(created_at=time.real_now() - timedelta(hours=2))
    CarrierOrder.objects.filter(pk=held.pk).update(stage="held", next_at=None)
    CarrierHealth.objects.update_or_create(carrier="docomo", defaults={"state": "open"})
    told = figures()
    assert told['requests_open{carrier="docomo"}'] == 1
    assert told['requests_open{carrier="softbank"}'] == 0
    assert told['requests_held{carrier="docomo"}'] == 1
    assert 7200 <= told['lateness_seconds{carrier="docomo"}'] < 7260
    assert (told['left_alone{carrier="docomo"}'], told['left_alone{carrier="softbank"}']) == (1, 0)
