"""お支払い and お支払い方法の変更 as customers see and do them, and what operators enter."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.models import CardRegistration, LedgerEntry, Payment, PaymentMethod
from billing.payments import collecting, methods, receipts, reconcile
from selfcare import calendar
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent, Contract, Role, User
from selfcare.orders.models import Order
from selfcare.outside.simulator.server import Simulator
from selfcare.work.models import Letter
from tests import builders, people
from tests.billing.payments import world
from tests.clock import Clock
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)
METHOD = "/payments/method/"


@pytest.fixture
def paying(clock: Clock, settings, bank: Simulator) -> Contract:
    settings.OUTSIDE_URL = bank.page
    clock.set("2026-11-12 10:00")
    contract = world.cloud(since="2026-10-10", contact_name="お客様センター")
    holder = world.holder()
    methods.choose_method(holder=holder, kind="transfer")
    methods.adopt_methods(holder=holder, contract=contract, actor=None)
    PaymentMethod.objects.update(from_month="2026-10-01")
    return contract


def user_of(contract: Contract, role: str = Role.OWNER) -> User:
    return people.person(f"pays_{role}", customer=contract.customer, role=role)


def chosen(client, wish: str) -> str:
    """The confirm page's address after the method was chosen."""
    page = client.get(METHOD)
    answer = client.post(page.context["action"], {"method": wish})
    assert answer.status_code == 302, answer.content.decode()
    return answer.headers["Location"]


def confirm(client, address: str) -> Order:
    page = client.get(address)
    fields = {"shown": page.context["shown"]}
    answer = client.post(address, fields)
    assert answer.status_code == 302, answer.content.decode()
    return Order.objects.get()


def test_a_new_card_is_registered_first_and_pays_from_the_next_bill_on(paying: Contract, bank: Simulator, as_user):
    client = as_user(user_of(paying))
    leading = client.post("/payments/cards/new/")
    page = client.get(leading.headers["Location"]).content.decode()
    registration = CardRegistration.objects.get()
    assert registration.page in page
    world.typed(bank, registration)
    back = client.get(reverse("payments:card-back", args=[registration.uuid]))
    assert back.headers["Location"] == f"{METHOD}?card={registration.uuid}"
    shown = client.get(back.headers["Location"]).content.decode()
    assert "本人認証が完了しました" in shown
    address = chosen(client, f"card:{registration.uuid}")
    words = client.get(address).content.decode()
    assert "2026年11月分のご請求（お支払い日 2026/12/10）から" in words
    assert "初回のご請求" not in words
    order = confirm(client, address)
    assert order.state == "completed"
    card = methods.method_of(contract=paying)
    assert card is not None
    assert (card.kind, str(card.from_month)) == ("card", "2026-11-01")
    assert PaymentMethod.objects.filter(state="active").count() == 2


def test_before_the_first_bill_the_page_says_that_it_goes_by_the_registered_method(paying: Contract, clock, as_user):
    clock.set("2026-10-20 10:00")
    words = as_user(user_of(paying)).get(METHOD).content.decode()
    assert "初回のご請求は、本申込のときに登録されていたお支払い方法になります。" in words
    client = as_user(User.objects.get(selfcare_id="pays_owner"))
    assert methods.first_month(paying).isoformat() == "2026-11-01"
    assert client.get("/payments/").status_code == 200


def test_the_account_transfer_waits_for_paper_and_begins_with_the_next_bill(paying: Contract, as_user, clock):
    client = as_user(user_of(paying))
    confirm(client, chosen(client, "debit"))
    waiting = methods.waiting_of(paying)
    assert waiting is not None
    assert Letter.objects.get().kind == "account_transfer"
    assert "口座振替依頼書のご返送をお待ちしています" in client.get("/payments/").content.decode()
    present = methods.method_of(contract=paying)
    assert present is not None
    assert present.kind == "transfer"
    staff = inside(operator_of("billing"))
    address = reverse("admin:billing_paymentmethod_operate", args=[waiting.pk, "confirm"])
    assert staff.get(address).status_code == 200
    clock.set("2026-11-27 10:00")
    assert staff.post(address, {"account": "架空銀行 普通 ****123", "reason": "依頼書"}).status_code == 302
    waiting.refresh_from_db()
    assert (waiting.state, str(waiting.from_month)) == ("active", "2026-12-01")
    assert AuditEvent.objects.filter(action="payment_method.form_confirmed").exists()


def test_a_refused_payment_is_paid_in_another_way_by_the_owner_only(paying: Contract, bank: Simulator, as_user):
    PaymentMethod.objects.filter(kind="transfer").delete()
    world.pays_by_card(bank, paying, number=world.REFUSED_LATER)
    payment = world.bill(paying)
    collecting.attempt(world.due_charge(payment), world.provider(bank))
    pay = reverse("payments:pay", args=[payment.pk])
    stranger = people.person("stranger_x", customer=world.cloud().customer, role=Role.OWNER)
    assert as_user(stranger).post(pay, {"by": "transfer"}).status_code == 404
    assert as_user(user_of(paying, Role.MEMBER)).post(pay, {"by": "transfer"}).status_code == 403
    client = as_user(user_of(paying))
    page = client.get("/payments/").content.decode()
    assert "お支払い未完了" in page
    assert "1,078円" in page
    assert client.post(pay, {"by": "999999"}).status_code == 404
    assert client.post(pay, {"by": "transfer"}).status_code == 302
    assert "ご入金待ち" in client.get("/payments/").content.decode()
    assert "すでに進んでいます" in client.post(pay, {"by": "transfer"}, follow=True).content.decode()


def test_what_arrives_is_entered_once_and_corrected_by_a_new_row(paying: Contract):
    payment = world.bill(paying)
    staff = inside(operator_of("billing"))
    enter = reverse("admin:billing_payment_operate", args=[payment.pk, "receive"])
    money = {"amount": "1078", "day": "2026-11-11", "reference": "B-77", "reason": "振込"}
    assert staff.post(enter, {**money, "day": "2099-01-01"}).status_code == 200
    assert staff.post(enter, money).status_code == 302
    assert "二重に入力していないか" in staff.post(enter, money).content.decode()
    payment.refresh_from_db()
    assert payment.state == Payment.State.PAID
    wrong = LedgerEntry.objects.get(entry="paid")
    correct = reverse("admin:billing_ledgerentry_operate", args=[wrong.pk, "correct"])
    assert staff.post(correct, {"reason": "別のお客様の入金"}).status_code == 302
    payment.refresh_from_db()
    assert payment.state == Payment.State.AWAITING
    assert staff.post(enter, {**money, "reference": "B-78"}).status_code == 302
    assert world.booked(payment) == [("charged", 1078), ("paid", 1078), ("paid", -1078), ("paid", 1078)]
    assert reconcile.check(clocks.now()) == []
    support = inside(operator_of("support"))
    assert support.post(enter, {**money, "reference": "B-79"}).status_code == 403
    assert support.get(reverse("admin:billing_payment_change", args=[payment.pk])).status_code == 200


def test_too_much_is_found_and_paid_back(paying: Contract):
    payment, actor = world.bill(paying), builders.operator()
    for number in (1, 2):
        receipts.enter(
            payment=payment,
            amount=1078,
            received_on=clocks.now().date(),
            reference=f"B-{number}",
            note="x",
            actor=actor,
        )
    assert any("received 2156" in line for line in reconcile.check(clocks.now()))
    back: dict[str, Any] = {
        "payment": payment,
        "paid_on": clocks.now().date(),
        "note": "二重のお振り込み",
        "actor": actor,
    }
    with pytest.raises(receipts.Refused, match="too_much"):
        receipts.refund(amount=3000, reference="R-1", **back)
    receipts.refund(amount=1078, reference="R-1", **back)
    assert reconcile.check(clocks.now()) == []


@pytest.mark.parametrize(("button", "state", "sums"), [("paid", "paid", 2), ("not-paid", "refused", 1)])
def test_what_hangs_is_settled_by_a_person(paying: Contract, bank: Simulator, button: str, state: str, sums: int):
    PaymentMethod.objects.filter(kind="transfer").delete()
    world.pays_by_card(bank, paying)
    payment = world.bill(paying)
    collecting.hold(world.due_charge(payment), "contradicts")
    staff = inside(operator_of("billing"))
    assert "確認中のお支払い" in staff.get("/admin/").content.decode()
    address = reverse("admin:billing_payment_operate", args=[payment.pk, button])
    assert staff.post(address, {"reason": "決済代行会社に確認"}).status_code == 302
    payment.refresh_from_db()
    assert payment.state == state
    assert len(world.booked(payment)) == sums
    assert reconcile.check(clocks.now()) == []


def test_the_ledger_and_the_providers_events_are_written_once(paying: Contract):
    from django.db import connection

    with connection.cursor() as cursor:
        for table in ("billing_ledgerentry", "billing_providerevent"):
            for right in ("UPDATE", "DELETE", "TRUNCATE"):
                cursor.execute("SELECT has_table_privilege('selfcare_app', %s, %s)", [table, right])
                assert cursor.fetchone() == (False,), (table, right)


def test_ten_times_the_bills_cost_the_page_no_query_more(paying: Contract, as_user):
    client = as_user(user_of(paying))
    asked: list[int] = []
    for count in (2, 18):
        for _number in range(count):
            past = len(asked) * 2 + _number + 1
            world.bill(paying, month=str(calendar.add_months(date(2026, 10, 1), -past)))
        client.get("/payments/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/payments/").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 22


def test_the_last_bills_are_seen_and_paid_after_the_contract_has_ended(paying: Contract, as_user):
    payment = world.bill(paying)
    Payment.objects.filter(pk=payment.pk).update(state="refused", kind="card")
    Contract.objects.filter(pk=paying.pk).update(state="ended", ended_on=date(2026, 11, 11))
    # Another contract, whose address the login's codes go to.
    builders.contract(customer=paying.customer)
    client = as_user(user_of(paying))
    page = client.get("/payments/").content.decode()
    assert "ご契約は終了しています" in page
    assert client.post(reverse("payments:pay", args=[payment.pk]), {"by": "transfer"}).status_code == 302
    without = people.person("without_x", customer=builders.contract().customer, role=Role.OWNER)
    assert as_user(without).get("/payments/").status_code == 403
