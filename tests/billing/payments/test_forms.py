"""The form for the account transfer: the customer hears by mail what became of it, and not the operator's words."""

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from billing.payments import methods
from selfcare.work.models import Mail
from tests.billing.payments import world
from tests.clock import Clock
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.mark.parametrize(
    ("button", "form", "words"),
    [
        ("confirm", {"account": "みなも銀行 普通 ****123"}, "2026年12月分のご請求から、口座振替で"),
        ("refuse", {}, "これまでどおりです"),
    ],
)
def test_what_became_of_the_form_is_told(clock: Clock, button: str, form: dict, words: str):
    clock.set("2026-11-27 10:00")
    contract = world.cloud(mail="office@kamome.example")
    methods.change(contract=contract, kind="debit", registration=None, actor=None)
    waiting = methods.waiting_of(contract)
    assert waiting is not None
    address = reverse("admin:billing_paymentmethod_operate", args=[waiting.pk, button])
    staff = inside(operator_of("billing"))
    assert staff.post(address, {**form, "reason": "印鑑の相違"}).status_code == 302
    mail = Mail.objects.get(template="payment_form")
    assert (mail.to, mail.customer_id) == ("office@kamome.example", contract.customer_id)
    for kind in ("txt", "html"):
        text = render_to_string(f"mail/payment_form.{kind}", mail.context)
        assert words in text
        assert "印鑑" not in text
        assert "****123" not in text
    # Pressed again it is over, and nothing is told a second time.
    staff.post(address, {**form, "reason": "もう一度"})
    assert Mail.objects.filter(template="payment_form").count() == 1
