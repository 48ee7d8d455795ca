"""「請求確定のお知らせ」: on the 10th, once, to who asked for it; in words that fit what is due."""

from datetime import date
from typing import Any

import pytest
from django.core import mail

from billing.closing import mails
from billing.closing.running import advance_due, close_bills, close_voice
from billing.models import ClosingRun, ClosingStep
from selfcare import clock as time
from selfcare.accounts.models import NotificationAddress
from selfcare.work.models import Job, Mail
from selfcare.work.posting import post
from tests.billing.closing import shop

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.usefixtures("shop_open")]

APRIL = date(2027, 4, 1)


@pytest.fixture
def closed(clock) -> ClosingRun:
    """Closed on the 5th; its PDFs are still to be made."""
    clock.set("2027-05-05 10:00")
    confirmed = shop.contract(mail="unused@customer.example")
    for n, at in enumerate((time.now(), None, time.now())):
        NotificationAddress.objects.create(
            customer=confirmed.customer, email=f"box{n}@customer.example", confirmed_at=at
        )
    shop.charge(confirmed, shop.NUMBER, "07011110000", "2027-04-01")
    other = shop.contract(mail="registered@customer.example")
    shop.once(other, -500, "2027-04-10", corrects=date(2027, 3, 1), reason="誤り", words="訂正")
    close_voice(APRIL, time.now())
    return close_bills(APRIL, "month_end", time.now())


@pytest.fixture
def run(closed) -> ClosingRun:
    """Its PDFs are there."""
    ClosingStep.objects.create(run=closed, name="pdfs")
    return closed


def test_mails_go_out_on_the_tenth_to_confirmed_or_registered_addresses_and_once(run, clock):
    clock.set("2027-05-09 23:59")
    advance_due(time.now())
    assert not Mail.objects.exists()
    clock.set("2027-05-10 00:00")
    advance_due(time.now())
    told = set(Mail.objects.values_list("to", flat=True))
    assert told == {"box0@customer.example", "box2@customer.example", "registered@customer.example"}
    run.refresh_from_db()
    assert run.finished_at == time.now()
    assert run.steps.get(name="mails").result == {"bills": 2, "mails": 3}
    advance_due(time.now())
    assert Mail.objects.count() == 3


def test_mails_wait_for_pdfs_and_not_for_ever(closed, clock):
    for moment, mails_sent in (("2027-05-10 00:00", 0), ("2027-05-10 23:59", 0), ("2027-05-11 00:00", 3)):
        clock.set(moment)
        advance_due(time.now())
        assert Mail.objects.count() == mails_sent, moment
    assert Job.objects.filter(kind="billing.invoices").exists()
    assert closed.steps.get(name="pdfs").result == {"pdfs": 0, "missing": 2}


def test_a_month_that_customers_know_of_is_not_told_again(clock):
    shop.charge(shop.contract(), shop.NUMBER, "07011110000", "2027-04-01")
    close_voice(APRIL, time.now())
    run = close_bills(APRIL, "month_end", time.now(), told=True)
    ClosingStep.objects.create(run=run, name="pdfs")
    advance_due(time.now())
    assert not Mail.objects.filter(template=mails.TEMPLATE).exists()


def test_the_mail_names_the_month_the_amount_the_day_and_the_page(run, clock):
    clock.set("2027-05-10 09:00")
    advance_due(time.now())
    for one in Mail.objects.order_by("customer_id", "to").distinct("customer_id"):
        post([one])
    due, back = mail.outbox
    assert due.subject == "【Selfcare】請求確定のお知らせ：2027年4月分"
    html: Any = due
    for text in (due.body, html.alternatives[0][0]):
        for words in ("2027年4月分", "1,103円", "2027-05-31", "銀行振込", "INV-00000000", "/billing/202704/"):
            assert words in text, (words, text)
    assert "ご返金額（税込）: 550円" in back.body
    assert "お支払期日" not in back.body
