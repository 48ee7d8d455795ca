"""`manage.py demo_data`: what it does to an empty database, to a full one, and what it prints."""

import io
import json

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError

from selfcare.accounts.models import AuditEvent, Customer
from selfcare.orders.models import Order
from selfcare.orders.states import State
from selfcare.runtime import demo
from selfcare.work import reconcile
from tests.clock import Clock

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def rows() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models() if model._meta.managed}


def test_it_is_loaded_once_and_only_into_a_demo(settings):
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("demo_data")
    assert not Customer.objects.exists()
    settings.DEMO = True
    call_command("demo_data", verbosity=0)
    before = rows()
    said = io.StringIO()
    call_command("demo_data", stdout=said)
    assert rows() == before
    assert "nothing was changed" in said.getvalue()


def test_the_world_is_loaded_set_based(django_assert_max_num_queries):
    # Sets of rows; some bookings and applications placed one by one by the services themselves, the steps of eighteen
    # closings and nine files of records (about 50 queries each).
    with django_assert_max_num_queries(4_100):
        demo.load()


def test_it_is_printed_as_one_object_of_lists(settings):
    settings.DEMO = True
    printed = io.StringIO()
    call_command("demo_data", json=True, stdout=printed)
    world = json.loads(printed.getvalue())
    wanted = {
        "users": {"selfcare_id", "password", "customer", "role"},
        "numbers": {"number", "service", "sip_password", "customer"},
        "lines": {"id", "number", "carrier", "status", "customer"},
        "operators": {"username", "password", "totp_secret"},
    }
    for kind, fields in wanted.items():
        assert world[kind]
        for row in world[kind]:
            assert fields <= row.keys()
            assert all(row[field] not in (None, "") for field in fields)


@pytest.mark.parametrize(
    "moment", ["2027-01-01 00:00:30", "2028-02-29 23:59", "2026-08-31 08:59", "2026-05-31 20:01", "2026-12-01 09:00"]
)
def test_it_can_be_loaded_at_any_hour_of_any_day(clock: Clock, moment):
    now = clock.set(moment)
    assert demo.load()
    assert reconcile.run() == {}
    assert set(Order.objects.values_list("state", flat=True)) == set(State.values)
    assert not AuditEvent.objects.filter(business_at__gt=now).exists()
    assert not Order.objects.filter(finished_at__gt=now).exists()
