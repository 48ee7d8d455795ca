"""ステータス of the history: what rows say can be asked for, and what is asked for is what rows say."""

from collections import Counter
from datetime import timedelta
from itertools import product

import pytest
from django.utils import translation

from selfcare import clock as business
from selfcare.accounts.models import AuditEvent
from selfcare.orders import history, procedures, statuses
from selfcare.orders.models import Order
from selfcare.orders.services.moves import move
from selfcare.orders.states import TERMINAL, State
from selfcare.orders.timeline import timeline
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
SEEN = [state for state in State if state not in (State.DRAFT, State.EXPIRED)]
BY_DATE = "numbering.dial_in_by_date"
PHASES = ("", "confirming", "arranged", "done", "returned", "carrier")


@pytest.fixture
def everything(contract, owner, clock):
    """An order of each procedure in each state and phase, at once and booked."""
    now = business.now()
    ways = product(procedures.every(), SEEN, PHASES, (timedelta(), timedelta(days=1)))
    Order.objects.bulk_create(
        Order(
            procedure=procedure.code,
            customer=contract.customer,
            contract=contract,
            actor=owner,
            state=state,
            phase=phase,
            created_at=now,
            accepted_at=now,
            due_at=now + later,
            finished_at=now if state in TERMINAL else None,
        )
        for procedure, state, phase, later in ways
    )
    return owner


def asked(user, value):
    filters = history.Filters({"state": value})
    assert filters.is_valid(), filters.errors
    return {order.pk for order in history.of(user, filters)}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_word_that_a_row_shows_finds_the_row_and_only_what_shows_it(everything, language):
    with translation.override(language):
        by_word = {label: value for value, label in statuses.choices() if value}
        shown = {order.pk: order.state_label for order in Order.objects.all()}
        for word in set(shown.values()):
            found = asked(everything, by_word[word])
            assert {pk for pk, said in shown.items() if said == word} <= found
            if by_word[word] not in State.values:
                assert {shown[pk] for pk in found} == {word}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_word_is_offered_twice(language):
    with translation.override(language):
        words = Counter(str(label) for _value, label in statuses.choices())
    assert max(words.values()) == 1, words


def test_a_state_finds_all_that_are_in_it_whatever_their_rows_say(everything):
    for state in SEEN:
        assert len(asked(everything, state.value)) == Order.objects.filter(state=state).count()


def test_what_is_held_is_not_called_like_a_stage(everything):
    held = list(Order.objects.filter(state=State.HELD))
    assert {order.state_label for order in held} == {"担当者が確認中"}
    choices = {label: value for value, label in statuses.choices()}
    assert not asked(everything, choices["確認中"]) & {order.pk for order in held}


def test_the_page_takes_the_value_that_it_offers(everything):
    value = {label: value for value, label in statuses.choices()}["差戻し"]
    page = log_in(everything).get("/orders/", {"state": value})
    assert f'value="{value}" selected' in page.content.decode()
    assert {row.state_label for row in page.context["rows"]} == {"差戻し"}


def test_to_ask_for_a_word_is_one_query(everything, django_assert_num_queries):
    value = {label: value for value, label in statuses.choices()}["工事手配"]
    with django_assert_num_queries(1):
        assert asked(everything, value)


def test_the_timeline_says_that_it_is_held_and_not_where_it_stopped(everything):
    order = Order.objects.filter(procedure=BY_DATE, state=State.ACKNOWLEDGED, phase="confirming")[0]
    move([order.pk], State.ACKNOWLEDGED, State.HELD, now=business.now())
    order.refresh_from_db()
    assert [entry.text for entry in timeline(AuditEvent.objects.all(), order)] == ["担当者が確認しています"]
