"""Who gets mails about orders: confirmed notification addresses, and a copy for who ordered."""

from datetime import timedelta

import pytest

from selfcare import clock as time
from selfcare.accounts.models import NotificationAddress, User
from selfcare.orders.services import ending
from selfcare.work.models import Mail
from tests import builders

pytestmark = pytest.mark.django_db

NOTIFIED = "orders@customer.example"


@pytest.fixture
def notified(member):
    """One address that was confirmed, and one that was not."""
    rows = NotificationAddress.objects
    rows.create(customer=member.customer, email=NOTIFIED, confirmed_at=time.real_now())
    rows.create(customer=member.customer, email="not-yet@customer.example", asked_at=time.real_now())


def told(kind: str = "accepted") -> set[str]:
    return set(Mail.objects.filter(template=f"order_{kind}").values_list("to", flat=True))


@pytest.mark.usefixtures("notified")
@pytest.mark.parametrize(
    ("email", "code_email", "copy"),
    [
        ("contact@customer.example", "code@customer.example", {"contact@customer.example"}),
        ("", "code@customer.example", {"code@customer.example"}),
        ("", "", set()),
    ],
)
def test_who_ordered_gets_a_copy_and_unconfirmed_addresses_get_nothing(accepted, member, email, code_email, copy):
    User.objects.filter(pk=member.pk).update(email=email, code_email=code_email)
    accepted()
    assert told() == {NOTIFIED} | copy


@pytest.mark.usefixtures("notified")
@pytest.mark.parametrize("rights", [{"suspended_at": "2026-11-01T00:00Z"}, {"is_active": False}])
def test_who_may_not_see_orders_any_more_gets_no_copy_of_how_they_end(accepted, toy, member, rights):
    toy.delay = timedelta(days=1)
    order = accepted()
    User.objects.filter(pk=member.pk).update(**rights)
    ending.cancel(order=order, actor=builders.user(customer=member.customer))
    assert told("cancelled") == {NOTIFIED}
