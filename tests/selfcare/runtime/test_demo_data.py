"""The demo's world: loaded once, adding up, and printed as it is."""

import base64
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django_otp.oath import TOTP
from pytest_django import DjangoDbBlocker

from numbering.dial_in.models import ReservationCode, VoiceContract
from numbering.models import Assignment, FreeNumber, Number, NumberState
from selfcare import calendar, clock
from selfcare.accounts import hashers
from selfcare.accounts.models import AuditEvent, Contract, Customer, User
from selfcare.orders.models import Order, OrderKey
from selfcare.orders.states import OPEN, State
from selfcare.runtime import demo
from selfcare.staff.models import OperatorTotp
from selfcare.work import reconcile
from selfcare.work.models import Letter, Mail

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

#: What is done by its own services at the load, applications and letters, is mailed like all that they do.
AT_THE_LOAD = {
    "cloud_application_again",
    "cloud_application_link",
    "cloud_application_refused",
    "cloud_application_sent",
    "cloud_application_withdrawn",
    "identity_letter_posted",
}


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Loaded once for all tests of this file: each of them works in a savepoint of this transaction."""
    with django_db_blocker.unblock(), transaction.atomic():
        assert demo.load()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def world(loaded: None, db: None) -> dict[str, list[dict]]:
    return demo.describe()


def test_everything_adds_up(world):
    assert reconcile.run() == {}


def test_each_customer_has_the_numbers_it_should(world):
    held = Counter(row["customer"] for row in world["numbers"])
    assert sorted(held.values()) == [6, 300]
    empty = Customer.objects.exclude(name__in=held).filter(contracts__kind=Contract.Kind.IP_PHONE)
    assert empty.count() == 1
    assert {row["service"] for row in world["numbers"]} == {"standard", "b2bua", "b2bua_opengate"}
    assert {row["status"] for row in world["lines"]} == {"unopened", "active", "suspended", "terminated"}


def test_everybody_can_log_in_with_what_is_printed(world):
    for row in world["users"]:
        user = User.objects.for_login().get(selfcare_id=row["selfcare_id"])
        assert hashers.check(row["password"], user.password)
        assert user.may_log_in is not (row["locked"] or row["suspended"] or row["removed"])
        assert user.needs_code is (row["login_method"] == "two_step")
    for row in world["operators"]:
        user = User.objects.for_login().get(selfcare_id=row["username"])
        assert hashers.check(row["password"], user.password)
        totp = TOTP(base64.b32decode(row["totp_secret"]))
        totp.time = clock.real_now().timestamp()
        assert OperatorTotp.objects.get(user=user).verify_token(f"{totp.token():06d}")
    assert {group for row in world["operators"] for group in row["groups"]} == {
        "support",
        "provisioning",
        "billing",
        "admin",
    }
    assert {row["role"] for row in world["users"]} == {"owner", "member", "viewer"}
    assert sum(row["locked"] for row in world["users"]) == 1
    assert sum(row["must_change_password"] for row in world["users"]) == 1


def test_a_changed_password_is_not_printed(world):
    user = User.objects.get(selfcare_id=world["users"][0]["selfcare_id"])
    user.set_password("quite another one")
    user.save(update_fields=["password"])
    assert demo.describe()["users"][0]["password"] is None


def test_there_are_orders_in_every_state_over_six_months(world):
    now = clock.now()
    half_a_year_ago = calendar.midnight(calendar.add_months(calendar.today(now), -6))
    assert set(Order.objects.values_list("state", flat=True)) == set(State.values)
    orders = list(Order.objects.order_by("pk"))
    assert [order.created_at for order in orders] == sorted(order.created_at for order in orders)
    assert orders[0].created_at >= half_a_year_ago
    assert orders[0].created_at < now - timedelta(days=150)
    months = {calendar.local(order.finished_at).month for order in orders if order.finished_at}
    assert len(months) >= 6
    booked = Order.objects.filter(state=State.ACKNOWLEDGED, due_at__gt=now + timedelta(days=20))
    assert booked.exists()


def test_the_history_looks_as_the_engine_would_have_left_it(world):
    for order in Order.objects.exclude(accepted_at=None):
        events = list(AuditEvent.objects.about("order", order.pk).exclude(action="order.event"))
        assert events[-1].action == f"order.{order.state}"
        assert set(order.shown) == {"ja", "en"}
        assert order.request_id.lower() in order.search
    assert OrderKey.objects.filter(is_open=True).count() == sum(
        1 for order in Order.objects.filter(state__in=OPEN) if order.handler.exclusive
    )
    moments = list(AuditEvent.objects.order_by("pk").values_list("business_at", flat=True))
    # What services do at the load itself is told by the moment at which each began.
    seconds = [moment.replace(microsecond=0) for moment in moments]
    assert seconds == sorted(seconds)
    assert max(moments) <= clock.now()
    assert set(Letter.objects.values_list("state", flat=True)) == set(Letter.State.values)
    # What is ordered at the moment of loading is mailed by the workers like any other.
    unsent = set(Mail.objects.exclude(state=Mail.State.SENT).values_list("template", flat=True))
    assert unsent - AT_THE_LOAD == {"order_accepted", "order_completed", "dial_in_returned"}


def test_dial_in_orders_stand_at_every_stage_that_a_customer_can_see(world):
    orders = Order.objects.filter(procedure__startswith="numbering.dial_in")
    seen = {(order.procedure, order.state, order.phase) for order in orders}
    assert seen == {
        ("numbering.dial_in", "completed", ""),
        ("numbering.dial_in_sales", "acknowledged", ""),
        ("numbering.dial_in_by_date", "in_progress", "arranged"),
        ("numbering.dial_in_by_date", "pending", "returned"),
        ("numbering.dial_in_by_date", "draft", ""),
    }
    assert ReservationCode.objects.count() == 2
    assert set(VoiceContract.objects.values_list("service_type", flat=True)) == set(VoiceContract.ServiceType.values)


def test_the_pool_has_numbers_in_every_state(world):
    today = calendar.today(clock.now())
    states = {number.state for number in Number.objects.with_state(today)}  # type: ignore[attr-defined]
    assert states == set(NumberState.values)
    resting = FreeNumber.objects.filter(available_on__gt=today).values_list("available_on", flat=True)
    assert len(set(resting)) >= 4
    for one in Assignment.objects.filter(released_on__isnull=False):
        assert one.released_on is not None
        assert FreeNumber.objects.get(number=one.number_id).available_on == calendar.add_months(one.released_on, 6)
