"""A returned order is its customer's to undo, whatever the day; undone or sent again at one moment, one of the two."""

import threading
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from numbering.dial_in.models import DialInNumber
from numbering.dial_in.services import reconciling
from numbering.dial_in.stages import Stage
from numbering.models import FreeNumber
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.cancelling import cancel_several
from selfcare.orders.services.correcting import resubmit
from selfcare.orders.services.ending import cancel
from selfcare.orders.services.offers import offer, seal_shown
from selfcare.orders.states import State
from tests.numbering.dial_in import by_date, staging
from tests.numbering.dial_in.by_date import fresh
from tests.numbering.dial_in.staging import brought, customer, ordered
from tests.numbering.help import together
from tests.people import log_in
from tests.scale import scaled

databases = {"databases": ["default", "owner"]}
ROUNDS = scaled(4, 50)
#: The day after the construction day of `by_date.DAY`, on which it cannot be undone any more, and a later one.
AFTER = "2026-12-08 10:00"
LATER = "2026-12-22"


@pytest.fixture
def base(clock):
    return staging.base(clock)


def back(clock: Any, base: Any) -> Order:
    """Returned, and its construction day has passed."""
    clock.set(staging.ORDERED)
    order = brought(clock, ordered(base), Stage.RETURNED)
    clock.set(AFTER)
    return fresh(order)


@pytest.mark.django_db(**databases)
def test_after_its_day_it_is_undone_and_everything_goes_back(clock, base):
    order = back(clock, base)
    assert order.cancel_until is not None
    assert order.cancel_until < clocks.now()
    assert order.can_cancel(clocks.now())
    assert cancel(order=order, actor=customer(order)).state == State.CANCELLED
    assert FreeNumber.objects.count() == 20
    assert fresh(base.voice_contract).works == 0
    assert reconciling.differences(clocks.now()) == []


@pytest.mark.django_db(**databases)
def test_it_is_undone_among_several(clock, base):
    order = back(clock, base)
    assert cancel_several(orders=[order], actor=customer(order)) == [order]


@pytest.mark.django_db(**databases)
def test_its_pages_name_no_deadline_and_the_button_undoes_it(clock, base):
    order = back(clock, base)
    page = log_in(customer(order))
    for address in (order.get_absolute_url(), f"/orders/{order.uuid}/cancel/"):
        text = page.get(address).content.decode()
        assert "もう一度お申し込みいただくまで、いつでも取り消せます。" in text
        assert "まで取り消せます。" not in text.replace("いただくまで、", "")
        assert "取り消せるのは" not in text
    (row,) = page.get("/orders/").context["rows"]
    assert row.cancel_url
    page.post(f"/orders/{order.uuid}/cancel/")
    assert fresh(order).state == State.CANCELLED


@pytest.mark.django_db(**databases)
@pytest.mark.parametrize("phase", ["", "payment"])
def test_what_waits_for_something_else_keeps_its_deadline(clock, base, phase):
    """Only what was returned, or waits for an approval, has none: not what waits for a payment, not what is at work."""
    order = back(clock, base)
    Order.objects.filter(pk=order.pk).update(phase=phase)
    order = fresh(order)
    assert not order.can_cancel(clocks.now())
    with pytest.raises(NotPossible):
        cancel(order=order, actor=customer(order))
    Order.objects.filter(pk=order.pk).update(state=State.ACKNOWLEDGED, phase="returned")
    order = fresh(order)
    assert not order.can_cancel(clocks.now())
    with pytest.raises(NotPossible):
        cancel(order=order, actor=customer(order))


def sent_again(order: Order) -> Any:
    """Another day chosen and the confirm page looked at: what its button does."""
    order = by_date.change(fresh(order), date=LATER)
    shown = seal_shown(order, offer(fresh(order), now=clocks.now()))
    return partial(resubmit, order_id=order.pk, shown=shown, actor=customer(order))


racing = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, **databases),
]


def ends(order: Order) -> int:
    """How many of the two have come through, by what was written down of them."""
    since = AuditEvent.objects.about("order", order.pk).filter(business_at__gte=clocks.now().replace(minute=0))
    return since.filter(action__in=["order.cancelled", "order.acknowledged"]).count()


class TestRaces:
    pytestmark = racing

    def test_undone_and_sent_again_at_one_moment_one_wins(self, clock, base):
        won = set()
        for _round in range(ROUNDS):
            order = back(clock, base)
            undone, again = together(
                [partial(cancel, order=fresh(order), actor=customer(order)), sent_again(order)], workers=2
            )
            state = fresh(order).state
            won.add(state)
            if isinstance(undone, Order):
                assert state == State.CANCELLED
                assert again[1] is False
            else:
                assert isinstance(undone, NotPossible)
                assert again[1] is True
                assert state == State.ACKNOWLEDGED
            assert ends(order) == 1
            held = DialInNumber.objects.filter(assignment__order=order).count()
            assert (held, fresh(base.voice_contract).works) == ((0, 0) if state == State.CANCELLED else (3, 1))
            assert reconciling.differences(clocks.now()) == []
            if state == State.ACKNOWLEDGED:
                cancel(order=fresh(order), actor=customer(order))
        assert won <= {State.CANCELLED, State.ACKNOWLEDGED}

    @pytest.mark.parametrize("first", ["undone", "again"])
    def test_who_comes_second_reads_what_has_happened(self, clock, base, first):
        order = back(clock, base)
        seen, again = fresh(order), sent_again(order)
        if first == "undone":
            cancel(order=seen, actor=customer(order))
            assert again()[1] is False
            assert fresh(order).state == State.CANCELLED
        else:
            again()
            with pytest.raises(NotPossible):
                cancel(order=seen, actor=customer(order))
            assert fresh(order).state == State.ACKNOWLEDGED

    def test_by_what_was_read_before_alone_both_would_win(self, clock, base):
        """Negative control: the same two without lock and compare-and-set."""
        order = back(clock, base)
        ready = threading.Barrier(2)

        def naive(state: State) -> str:
            seen = Order.objects.get(pk=order.pk)
            allowed = seen.can_cancel(clocks.now()) and seen.is_returned
            ready.wait(10)
            if not allowed:
                return "refused"
            with transaction.atomic():
                finished = clocks.now() if state == State.CANCELLED else None
                Order.objects.filter(pk=seen.pk).update(state=state, phase="", finished_at=finished)
            return "won"

        answers = together([partial(naive, State.CANCELLED), partial(naive, State.ACKNOWLEDGED)], workers=2)
        assert answers == ["won", "won"]
