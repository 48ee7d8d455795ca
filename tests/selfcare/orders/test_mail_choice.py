"""A procedure says which mails its orders send; the rest of the orders are told of as always."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from selfcare.orders import mails, procedures
from selfcare.orders.models import Order
from selfcare.orders.procedures import ALL_MAILS, subject_of
from selfcare.work.models import Mail
from tests import builders
from tests.selfcare.orders import toys
from tests.selfcare.orders.batching import contracts

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


class Discreet(toys.Toy):
    """Tells of acceptance only where the contract has a name."""

    code = "tests.discreet"

    def mails(self, order: Order) -> frozenset[str]:
        return ALL_MAILS if subject_of(order).name else ALL_MAILS - {"accepted"}


@pytest.fixture
def discreet(toy):
    procedures.register(Discreet)
    yield Discreet
    procedures._registry.pop(Discreet.code)


def told(user):
    """The orders that the mails to this address speak of."""
    return [item["request_id"] for mail in Mail.objects.filter(to=user.email) for item in mail.context["items"]]


def test_an_order_sends_only_the_mails_that_its_procedure_wants(discreet, draft, member):
    draft(amount=1)
    order = draft(discreet.code, amount=2)
    mails.tell([order], "accepted")
    assert told(member) == []
    mails.tell([order], "failed")
    assert told(member) == [order.request_id]


def test_of_many_the_others_are_told_and_no_subject_is_asked_for_alone(discreet, toy, draft, member):
    plain = draft(amount=1)
    some = contracts(member, 30)
    named = builders.contract(customer=member.customer, name="本社")
    orders = [
        Order.objects.create(
            procedure=discreet.code, customer=member.customer, contract=one, subject_id=one.pk, actor=member,
            created_at="2026-11-20T00:00:00Z",
        )
        for one in [*some, named]
    ]  # fmt: skip
    fresh = list(Order.objects.filter(pk__in=[order.pk for order in [*orders, plain]]).order_by("-pk"))
    with CaptureQueriesContext(connection) as queries:
        mails.tell(fresh, "accepted")
    assert told(member) == [orders[-1].request_id, plain.request_id]
    assert len(queries) < 10
