"""050番号追加申込 as a service: what it issues, what it counts, what it refuses."""

import json
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from billing.models import RecurringCharge, Tariff
from numbering.models import Allowance, Assignment, Credential, FreeNumber, PasswordReveal
from numbering.services import allowances
from selfcare.accounts.models import AuditEvent
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.operating import refuse
from selfcare.orders.states import State
from selfcare.work.models import Letter, Mail
from tests import builders
from tests.numbering.help import add, cancel_number, draft, stock, take

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_numbers_are_issued_with_credentials_charges_and_a_letter(clock, contract, owner):
    stock(5)
    order = add(contract, 3, actor=owner)
    assert order.state == State.COMPLETED, order.trouble
    issued = order.result["numbers"]
    assert len(issued) == 3
    assert issued == sorted(issued)
    assignments = Assignment.objects.filter(digits__in=issued)
    assert {(a.state, a.origin, a.started_on) for a in assignments} == {("active", "added", date(2026, 11, 20))}
    assert Credential.objects.filter(username__in=issued).count() == 3
    charges = RecurringCharge.objects.filter(subject__in=issued)
    assert {(c.started_on, c.ended_on) for c in charges} == {(date(2026, 11, 20), None)}
    assert charges.count() == 3
    assert FreeNumber.objects.count() == 2
    assert Allowance.objects.get(contract=contract).added == 3
    assert Letter.objects.get(reference=order.request_id).kind == "numbering_050"


def test_the_order_says_what_it_adds_to_the_bill_and_when(clock, contract, owner):
    stock(5)
    order = add(contract, 4, actor=owner)
    assert order.shown_part("quote")["monthly"] == 2000
    assert order.shown_part("promise")["text"] == "お申し込み後すぐに（通常は数秒で）ご利用いただけます"
    assert {"label": "追加番号数", "new": "4番号", "old": ""} in order.shown_part("rows")


def test_mails_tell_of_acceptance_and_completion_without_passwords(clock, contract, owner):
    stock(1)
    add(contract, 1, actor=owner)
    mails = Mail.objects.filter(to=owner.email).order_by("pk")
    assert [mail.template for mail in mails] == ["order_accepted", "order_completed"]
    assert "パスワード" not in json.dumps([mail.context for mail in mails], ensure_ascii=False)


def test_a_pool_too_small_issues_nothing_and_says_so(clock, contract, owner):
    stock(2)
    with pytest.raises(NotPossible, match=r"番号が不足している.*お客様センター（0120-000-000）"):
        add(contract, 3, actor=owner)
    assert FreeNumber.objects.count() == 2
    assert not Assignment.objects.exists()
    assert not Allowance.objects.filter(added__gt=0).exists()


def test_over_the_limit_says_how_many_are_left_and_whom_to_ask(clock, contract, owner):
    stock(60)
    add(contract, 30, actor=owner)
    with pytest.raises(NotPossible, match=r"あと20番号です（上限50番号のうち30番号を追加済み）.*お客様センター"):
        add(contract, 21, actor=owner)
    add(contract, 20, actor=owner)
    with pytest.raises(NotPossible, match=r"上限（50番号）に達している"):
        add(contract, 1, actor=owner)


def test_numbers_given_up_still_count_and_original_ones_never_do(clock, contract, owner, operator):
    from numbering.services.originals import issue_original

    issue_original(
        contract=contract,
        digits="05000020000",
        sip_password="Original",
        service_password="Services",
        since=date(2026, 4, 1),
        actor=operator,
    )
    assert allowances.allowance_of(contract).added == 0
    stock(50)
    order = add(contract, 50, actor=owner)
    assignment = Assignment.objects.get(digits=order.result["numbers"][0])
    cancel_number(assignment, date(2026, 11, 20), actor=operator)
    assert allowances.allowance_of(contract).added == 50


def test_an_operator_raises_the_limit_with_a_reason_that_is_kept(clock, contract, owner, operator):
    stock(60)
    add(contract, 50, actor=owner)
    with pytest.raises(allowances.LimitError):
        allowances.raise_limit(contract=contract, limit=60, reason=" ", actor=operator)
    with pytest.raises(allowances.LimitError, match="50番号"):
        allowances.raise_limit(contract=contract, limit=49, reason="誤り", actor=operator)
    allowances.raise_limit(contract=contract, limit=60, reason="増設のため", actor=operator)
    assert add(contract, 10, actor=owner).state == State.COMPLETED
    event = AuditEvent.objects.get(action="allowance.limit_changed")
    assert (event.detail, event.actor_name) == ({"old": 50, "new": 60, "reason": "増設のため"}, operator.selfcare_id)


def test_the_database_refuses_more_than_the_limit_without_the_application(contract):
    allowances.take(contract=contract, count=50)
    with pytest.raises(IntegrityError, match="allowance_within_limit"), transaction.atomic():
        Allowance.objects.filter(contract=contract).update(added=F("added") + 1)


def test_a_failed_order_gives_back_numbers_and_count(clock, contract, owner, operator):
    stock(3)
    FreeNumber.objects.filter(number__digits="05000010001").update(available_on=date(2025, 1, 1))
    order = take(draft("numbering.add", contract, {"count": 3}, actor=owner), actor=owner)
    assert Assignment.objects.filter(order=order, state="reserved").count() == 3
    from selfcare.orders.due import hold

    hold(order.pk, "for the test")
    order.refresh_from_db()
    refuse(order=order, reason="ご用意できませんでした。", actor=operator)
    assert not Assignment.objects.exists()
    kept = dict(FreeNumber.objects.values_list("number__digits", "available_on"))
    assert kept["05000010001"] == date(2025, 1, 1)
    assert len(kept) == 3
    assert allowances.allowance_of(contract).added == 0


def test_without_a_tariff_nothing_is_sold(clock, contract, owner):
    stock(1)
    Tariff.objects.all().delete()
    with pytest.raises(NotPossible, match="月額料金が登録されていない"):
        add(contract, 1, actor=owner)


def test_an_order_waiting_for_its_worker_is_no_obstacle_to_itself(clock, contract, owner):
    stock(50)
    order = take(draft("numbering.add", contract, {"count": 50}, actor=owner), actor=owner)
    from selfcare.orders.due import run_local

    assert run_local() == 1
    order.refresh_from_db()
    assert order.state == State.COMPLETED, (order.reason, order.trouble)


def test_many_orders_are_carried_out_with_as_many_queries_as_one(clock, owner, tariff, django_assert_max_num_queries):
    stock(40)
    for _order in range(8):
        contract = builders.contract()
        user = builders.user(customer=contract.customer)
        take(draft("numbering.add", contract, {"count": 5}, actor=user), actor=user)
    from selfcare.orders.due import run_local

    with django_assert_max_num_queries(40 + 8 * 3):  # a letter is three
        assert run_local() == 8
    assert Assignment.objects.filter(state="active").count() == 40


def test_an_operators_order_shows_its_passwords_only_in_the_letter(clock, contract, operator):
    stock(1)
    order = add(contract, 1, actor=operator)
    assert order.state == State.COMPLETED
    assert not PasswordReveal.objects.exists()
    assert Letter.objects.filter(reference=order.request_id).exists()
