"""While its telephones are stopped: login, contract data and inquiries as ever; orders of the contract say why not."""

from datetime import date

import pytest
from django.urls import reverse

from billing.models import Tariff
from numbering import items
from selfcare.contract_data.models import CaseState, Contact, Suspension
from selfcare.contract_data.services import confirming
from selfcare.inquiries.models import Inquiry
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.services.drafts import new_draft, refusals
from tests import builders
from tests.numbering.help import stock
from tests.people import log_in
from tests.selfcare.accounts.parts import shown
from tests.selfcare.contract_data import walking

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
PAGE = "/contract/"


@pytest.fixture
def stopped_office(posted, contract, operator, clock):
    clock.set("2027-01-04 10:00")
    return walking.suspended(posted, contract, operator)


def confirm(client, page):
    return client.post(page, {"shown": client.get(page).context["shown"]})


def test_every_page_says_so_and_what_is_coming_is_said_as_well(stopped_office, owner, clock):
    client = log_in(owner)
    for page in ("/", "/orders/", PAGE, "/contract/code/", "/contract/letter/", "/account/", "/inquiries/", "/faq/"):
        told = client.get(page)
        assert told.status_code == 200, page
        assert "電話サービスを停止しています" in told.content.decode(), page
    later = clock.set("2027-01-05 10:00")
    Suspension.objects.filter(pk=stopped_office.pk).update(provisional_until=later.replace(day=8))
    assert "2027年1月8日(金) 10:00 まで一時的に解除しています" in client.get("/orders/").content.decode()
    Suspension.objects.filter(pk=stopped_office.pk).update(provisional_until=None, starts_at=later.replace(day=20))
    assert "に、契約" in client.get("/orders/").content.decode()


def test_contract_data_and_inquiries_stay_usable(stopped_office, posted, owner, contract):
    """A wrong code, another contact, another mail address, a letter again, an urgent inquiry: through their pages."""
    client = log_in(owner)
    wrong = "1" * 8 if posted.code != "1" * 8 else "2" * 8
    assert "あと4回" in client.post("/contract/code/", {"code": wrong}).content.decode()
    draft = client.post("/contract/contact/", {"phone": "03-1234-5678", "person": "架空 花子"})
    assert confirm(client, draft["Location"])["Location"] != draft["Location"]
    assert Contact.objects.get(customer=owner.customer_id).phone == "0312345678"
    shown(client)
    mail = client.post("/contract/mail/", {"contract": contract.number, "mail": "new@customer.example"})
    assert confirm(client, mail["Location"]).status_code == 302
    assert Order.objects.open().filter(procedure="contract.mail").exists()
    page = client.get("/inquiries/new/")
    wish = {
        "key": page.context["form"]["key"].value(), "category": "stopped", "about": "",
        "callback_phone": "03-1234-5678", "text": "電話が止まっています。",
    }  # fmt: skip
    assert client.post("/inquiries/new/", wish).status_code == 302
    assert Inquiry.objects.get(customer=owner.customer_id).callback_phone == "0312345678"
    assert client.post("/contract/letter/", walking.PLACE)["Location"] == PAGE
    posted.refresh_from_db()
    assert posted.state == CaseState.LETTER
    stopped_office.refresh_from_db()
    assert stopped_office.lifted_at is None, "it lasts until the confirmation, and no mere request ends it"


def test_orders_of_the_contract_say_why_not_and_how_to_go_on_and_others_are_taken(
    stopped_office, posted, owner, contract, clock
):
    stock(3)
    Tariff.objects.create(plan="basic", item=items.MONTHLY_050, amount=500, valid_from=date(2026, 4, 1))
    other = builders.contract(customer=contract.customer, number="C99999901")
    now = clock.set("2027-01-04 10:30")

    def asked(on):
        adding = procedures.get("numbering.add")
        order = new_draft(procedure=adding, subject=on, contract=on, now=now, actor=owner)
        order.data = {"count": 1}
        return refusals([order], now=now).get(order, "")

    assert "ご契約様情報" in asked(contract)
    assert "停止しているため" in asked(contract)
    assert asked(other) == ""
    confirming.enter_code(case=posted, code=posted.code, actor=owner)
    assert asked(contract) == "", "lifted at once"


def test_an_order_pressed_on_the_page_is_refused_with_the_way_out(stopped_office, owner):
    stock(3)
    client = log_in(owner)
    answer = client.post("/numbering/add/", {"count": "1"})
    if answer.status_code == 302:
        answer = client.get(answer["Location"])
    told = answer.content.decode()
    assert "電話サービスを停止しているため" in told
    assert reverse("contract_data:contract") in told
    assert not Order.objects.filter(procedure="numbering.add", accepted_at__isnull=False).exists()
