"""Rows of a list or a file as wishes: what the form of the input page says, in words, without a query for each."""

import time

import pytest
from django import forms
from django.db import connection
from django.test.utils import CaptureQueriesContext

from selfcare import clock as time_of_day
from selfcare.accounts.models import Contract
from selfcare.orders import procedures, secrets
from selfcare.orders.procedures import OrderForm
from selfcare.orders.services import batches
from selfcare.orders.services.bulk import Typed, read
from selfcare.orders.services.placing import place_batch
from tests import builders
from tests.alone import stands_in
from tests.selfcare.orders.batching import contracts, states
from tests.selfcare.orders.good_toys import GoodToy, shown

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


class Choice(OrderForm):
    """Its colours are data: looked up once for all rows, or it would be a query each."""

    secret = ("pin",)

    colour = forms.CharField(label="色")
    amount = forms.IntegerField(label="数", min_value=1, max_value=9)
    pin = forms.CharField(label="暗証番号", required=False, max_length=4)

    def clean_colour(self):
        if "colours" not in self.shared:
            self.shared["colours"] = list(Contract.objects.values_list("plan", flat=True).distinct())
        if self.cleaned_data["colour"] not in self.shared["colours"]:
            raise forms.ValidationError("その色はありません。")
        return self.cleaned_data["colour"]

    def clean(self):
        if self.cleaned_data.get("amount") == 8:
            raise forms.ValidationError("8は選べません。")
        return self.cleaned_data


class TwoSteps(GoodToy):
    code = "tests.rows"
    steps = (Choice, *GoodToy.steps)


@pytest.fixture
def procedure(good, clock):
    procedures.register(TwoSteps)
    yield procedures.get(TwoSteps.code)
    procedures._registry.pop(TwoSteps.code)


def typed(**values):
    return {"colour": "basic", "amount": "3", **values}


def test_a_row_is_what_the_input_page_would_make_of_it(procedure, member):
    (one,) = contracts(member, 1)
    (wish,), refused = read(procedure, [(one, typed(pin="4711"))], now=time_of_day.now(), actor=member)
    assert not refused
    assert (wish.subject, wish.data, wish.secret) == (one, {"colour": "basic", "amount": 3}, {"pin": "4711"})


def test_what_cannot_be_read_is_refused_in_the_forms_words_and_without_secrets(procedure, member):
    some = contracts(member, 3)
    rows = [
        Typed(some[0], typed(colour="赤", amount="10", pin="4711"), "2行目"),
        Typed(some[1], typed(amount="8"), "3行目"),
        Typed(some[2], {}),
    ]
    wishes, refused = read(procedure, rows, now=time_of_day.now(), actor=member)
    assert not wishes
    assert [one.label for one in refused] == [f"2行目 {some[0]}", f"3行目 {some[1]}", str(some[2])]
    assert [one.typed for one in refused] == ["赤、10", "basic、8", ""]
    assert refused[0].reason.startswith("色：その色はありません。 数：")
    assert refused[1].reason == "8は選べません。"


def test_a_row_that_comes_twice_is_taken_once(procedure, member):
    (one,) = contracts(member, 1)
    rows = [Typed(one, typed(), "2行目"), Typed(one, typed(amount="4"), "9行目")]
    (wish,), (refused,) = read(procedure, rows, now=time_of_day.now(), actor=member)
    assert wish.data["amount"] == 3
    assert "2行目" in refused.reason


def test_a_secret_of_a_row_is_sealed_with_the_draft_and_gone_once_the_row_is_taken_or_refused(procedure, good, member):
    some = contracts(member, 2)
    wishes, refused = read(procedure, [(one, typed(pin="4711")) for one in some], now=time_of_day.now(), actor=member)
    batch = batches.draft(
        procedure=procedure, wishes=wishes, source="", now=time_of_day.now(), actor=member, refused=refused
    )
    orders = list(batch.orders.order_by("pk"))
    assert [secrets.opened(orders)[order] for order in orders] == [{"pin": "4711"}] * 2
    assert not stands_in("4711", str(list(batch.orders.values_list("data"))))
    good.bad = {some[0].pk}
    place_batch(batch_id=batch.pk, shown=shown(batch), session_digest="", actor=member)
    assert sorted(states(batch)) == ["acknowledged", "expired"]
    assert secrets.opened(orders) == {}


def test_five_thousand_rows_take_seconds_and_as_many_queries_as_five(procedure, member):
    office = builders.contract(customer=member.customer)
    many = [Contract(pk=office.pk + n, customer=member.customer, number=f"X{n:08}") for n in range(5000)]
    counts = []
    for some in (many[:5], many):
        # Of this process alone: others share the machine.
        began = time.process_time()
        with CaptureQueriesContext(connection) as queries:
            wishes, refused = read(procedure, [(one, typed()) for one in some], now=time_of_day.now(), actor=member)
        took = time.process_time() - began
        assert (len(wishes), len(refused)) == (len(some), 0)
        counts.append(len(queries))
    print(f"\nfigure: 5,000 rows of two forms read in {took:.2f} s")
    assert counts[0] == counts[1] <= 3
    assert took < 5
