"""同じ内容で申し込む: a draft of one's own with the same input, by today's terms, once however often it is pressed."""

from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django import forms
from django.db import connection
from django.test.utils import CaptureQueriesContext

from selfcare import clock as time
from selfcare.accounts.models import Contract, Role
from selfcare.orders import procedures, repeating, secrets
from selfcare.orders.models import Order
from selfcare.orders.procedures import OrderForm
from selfcare.orders.services.drafts import MARK
from selfcare.orders.states import State
from tests.people import log_in
from tests.selfcare.orders import toys

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


class WithSecret(OrderForm):
    secret: ClassVar[tuple[str, ...]] = ("password",)
    password = forms.CharField()


class AgainToy(toys.Toy):
    """With an input page, which the others have none of."""

    code = "tests.again"

    def input_page(self, order: Order) -> str:
        return f"/input/?draft={order.uuid}"


class SecretToy(toys.Toy):
    code = "tests.secret"
    steps = (WithSecret,)


class OperatorsToy(toys.Toy):
    code = "tests.operators"
    operator_only = True


class OwnersToy(toys.Toy):
    code = "tests.owners"
    role = Role.OWNER


@pytest.fixture(autouse=True)
def toys_of_all_kinds(toy):
    kinds = (AgainToy, SecretToy, OperatorsToy, OwnersToy)
    for kind in kinds:
        procedures.register(kind)
    yield
    for kind in kinds:
        procedures._registry.pop(kind.code)


def ordered(contract, actor, code="tests.again", **data):
    """An order of two days ago that is completed."""
    moment = time.now() - timedelta(days=2)
    return Order.objects.create(
        procedure=code, customer=contract.customer, contract=contract, subject_id=contract.pk, actor=actor,
        state=State.COMPLETED, data=data or {"amount": 3}, created_at=moment, accepted_at=moment, due_at=moment,
        finished_at=moment,
    )  # fmt: skip


def press(user, order):
    return log_in(user).post(f"/orders/{order.uuid}/again/")


def drafts():
    return list(Order.objects.filter(state=State.DRAFT))


def test_a_draft_of_ones_own_begins_with_the_same_input(clock, contract, owner, colleague):
    order = ordered(contract, owner)
    response = press(colleague, order)
    (draft,) = drafts()
    assert (draft.data, draft.actor, draft.contract) == ({"amount": 3}, colleague, contract)
    assert draft.subject_id == contract.pk
    assert draft.accepted_at is draft.due_at is None
    assert draft.shown == {}
    assert response["Location"] == f"/input/?draft={draft.uuid}"


def test_pressed_twice_it_is_one_draft_and_after_its_order_another(clock, contract, owner):
    order = ordered(contract, owner)
    first, second = press(owner, order), press(owner, order)
    assert first["Location"] == second["Location"]
    (draft,) = drafts()
    Order.objects.filter(pk=draft.pk).update(state=State.ACKNOWLEDGED, accepted_at=time.now(), due_at=time.now())
    assert press(owner, order)["Location"] != first["Location"]
    assert len(drafts()) == 1


def test_prices_and_promises_are_those_of_today(clock, contract, owner, toy):
    order = ordered(contract, owner)
    Order.objects.update(shown={"ja": {"quote": {"monthly": 1, "once": 0, "lines": []}}})
    toys.Toy.price = 700
    press(owner, order)
    page = log_in(owner).get(f"/orders/{drafts()[0].uuid}/confirm/")
    assert page.context["quote"].monthly == 2100


def test_strangers_viewers_and_drafts(clock, contract, owner, viewer, stranger, draft):
    order = ordered(contract, owner)
    assert press(stranger, order).status_code == 404
    assert press(viewer, order).status_code == 403
    assert press(owner, draft(actor=owner)).status_code == 404
    assert log_in(owner).get(f"/orders/{order.uuid}/again/").status_code == 405
    assert [one.data for one in drafts()] == [{"amount": 1}]


@pytest.mark.parametrize("code", ["tests.secret", "tests.operators"])
def test_secrets_and_what_operators_order_are_not_ordered_again(clock, contract, owner, code):
    order = ordered(contract, owner, code)
    response = log_in(owner).post(f"/orders/{order.uuid}/again/", follow=True)
    assert "同じ内容では申し込めません" in response.content.decode()
    assert not drafts()


def test_the_mark_of_a_secret_does_not_come_along(clock, contract, owner):
    press(owner, ordered(contract, owner, amount=2, **{MARK: "0" * 32}))
    (draft,) = drafts()
    assert draft.data == {"amount": 2}
    assert secrets.opened([draft]) == {}


def test_only_where_role_and_contract_allow_it(clock, contract, owner, colleague):
    order = ordered(contract, owner, "tests.owners")
    contract.functions = ["tests.toy"]
    assert repeating.wish(order, owner) == {"amount": 3}
    assert repeating.wish(order, colleague) is None
    order.contract.functions = []
    assert repeating.wish(order, owner) is None
    order.contract.functions, order.contract.state = ["tests.toy"], Contract.State.ENDED
    assert repeating.wish(order, owner) is None


def test_the_page_shows_the_button_only_to_who_may(clock, contract, owner, viewer):
    order = ordered(contract, owner)
    button = f'action="/orders/{order.uuid}/again/"'
    for path in ("/orders/", order.get_absolute_url()):
        assert button in log_in(owner).get(path).content.decode()
        assert button not in log_in(viewer).get(path).content.decode()


def test_asking_what_can_be_ordered_again_asks_no_database(clock, contract, owner):
    ordered(contract, owner)
    order = Order.objects.select_related("contract").get()
    with CaptureQueriesContext(connection) as queries:
        for procedure in procedures.every():
            procedure.code_name(order)
            procedure.issued_page(order)
            procedure.again(order)
        repeating.wish(order, owner)
    assert len(queries) == 0


def test_days_and_moments_that_have_passed_are_not_filled_in(clock):
    now = clock.set("2026-11-20 10:00")
    typed: dict[str, Any] = {
        "on": "2026-11-19", "today": "2026-11-20", "later": "2027-01-01", "at": "2026-11-20T09:59:00+09:00",
        "soon": "2026-11-20T10:01:00+09:00", "text": "2026-11-19 の件", "no": "2026-02-30", "n": 3,
        "deep": {"on": "2026-11-19", "name": "本社"}, "list": ["2026-11-19"],
    }  # fmt: skip
    kept = repeating.without_past(typed, now)
    assert set(typed) - set(kept) == {"on", "at"}
    assert kept["deep"] == {"name": "本社"}
    assert typed["deep"]["on"] == "2026-11-19"
