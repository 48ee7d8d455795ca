"""050番号追加申込: limit, pool, passwords, charges, letter."""

import json
from datetime import date

import pytest

from billing.models import RecurringCharge
from numbering.models import Allowance, Assignment, Credential, FreeNumber
from selfcare.orders.procedures import NotPossible
from selfcare.orders.states import State
from selfcare.work.models import Letter
from tests.numbering.help import add, stock

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_numbers_are_issued_with_credentials_charges_and_a_letter(clock, contract, owner):
    stock(5)
    order = add(contract, 3, actor=owner)
    assert order.state == State.COMPLETED, order.trouble
    issued = order.result["numbers"]
    assert len(issued) == 3
    assert issued == sorted(issued)
    assignments = Assignment.objects.filter(digits__in=issued)
    assert {a.state for a in assignments} == {"active"}
    assert {a.started_on for a in assignments} == {date(2026, 11, 20)}
    assert Credential.objects.filter(username__in=issued).count() == 3
    charges = RecurringCharge.objects.filter(subject__in=issued)
    assert {c.started_on for c in charges} == {date(2026, 11, 20)}
    assert FreeNumber.objects.count() == 2
    assert Allowance.objects.get(contract=contract).added == 3
    assert Letter.objects.get(reference=order.request_id).kind == "numbering_050"


def test_the_order_says_what_it_adds_to_the_bill(clock, contract, owner):
    stock(5)
    order = add(contract, 4, actor=owner)
    assert order.shown_part("quote")["monthly"] == 2000
    assert order.shown_part("promise")["text"] == "お申し込み後すぐに（通常は数秒で）ご利用いただけます"
    assert {"label": "追加番号数", "new": "4番号", "old": ""} in order.shown_part("rows")


def test_nothing_in_the_order_gives_a_password_away(clock, contract, owner):
    stock(1)
    order = add(contract, 1, actor=owner)
    kept = json.dumps([order.data, order.shown, order.result, order.search])
    credential = Credential.objects.get()
    assert credential.ha1 not in kept


def test_a_pool_too_small_issues_nothing_and_says_so(clock, contract, owner):
    stock(2)
    with pytest.raises(NotPossible, match=r"番号が不足している.*お客様センター"):
        add(contract, 3, actor=owner)
    assert FreeNumber.objects.count() == 2
    assert not Assignment.objects.exists()
    assert not Allowance.objects.filter(added__gt=0).exists()
