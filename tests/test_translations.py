"""Every text has its English; pages and mails in English are so throughout, with nothing written past the catalogue.

The customers' own words stay as they are, so the people of these tests have English ones.
"""

import re
from collections.abc import Iterator
from datetime import date
from email.header import decode_header, make_header
from email.message import Message
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin as admins
from django.core import mail
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation.reloader import translation_file_changed

from billing.kinds import CallKind, CostKind, VoiceKind
from billing.models import Tariff
from billing.records import formats
from numbering import items
from numbering.cloud.models import NumberArea, PortOrigin
from selfcare.accounts.models import Contract, Customer, User
from selfcare.inquiries.models import Article, SupportContact
from selfcare.orders.models import Order
from selfcare.runtime import messages
from selfcare.work import outbox
from tests import builders
from tests.numbering.help import stock
from tests.people import PASSWORD, log_in
from tests.selfcare.staff.people import inside, operator_of

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

ENGLISH: dict[str, Any] = {"headers": {"accept-language": "en"}}
JAPANESE = re.compile("[\u3001-\u303f\u3041-\u30ff\u4e00-\u9fff\uff01-\uff09\uff1a-\uff5e]+")
# The button that changes to Japanese says so in Japanese.
BUTTON = re.compile(r'<button[^>]*lang="ja"[^>]*>.*?</button>', re.DOTALL)
MAILS = sorted(
    path.name for path in (settings.BASE_DIR / "templates" / "mail").iterdir() if path.stem not in ("account", "order")
)
GUESTS = ("/login/", "/forgotten/", "/lost-id/", "/reset/none/", "/no-such-page/", "/admin/login/")
CUSTOMERS = (
    "/", "/search/", "/search/?q=x", "/search/?q=0500", "/search/?q=none-such", "/orders/?since=nonsense",
    "/numbering/", "/numbering/?q=none", "/numbering/add/", "/lines/", "/lines/?q=none", "/account/password/",
    "/account/login-method/", "/account/sessions/", "/no-such-page/",
)  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    """Tests before this one may have read the catalogue as it was."""
    for path in messages.compile_stale():
        translation_file_changed(None, path)


@pytest.fixture
def office(clock, contract, owner) -> Iterator[Contract]:
    """An office with English words of its own, a price for numbers, numbers to give out and a mobile line."""
    Customer.objects.update(name="Office Ltd", kana="", address="1-2-3 Harbour, Tokyo")
    Contract.objects.update(name="Head office", contact_name="Customer centre")
    User.objects.update(name="Hanako")
    User.objects.filter(pk=owner.pk).update(language="en")
    contract.refresh_from_db()
    Tariff.objects.create(plan=contract.plan, item=items.MONTHLY_050, amount=500, valid_from=date(2026, 4, 1))
    stock(20)
    builders.line(contract=contract, number="07000000001", sim_serial="DN0000000000001")
    return contract


def japanese(html: str) -> list[str]:
    """What is left of Japanese on a page."""
    return JAPANESE.findall(BUTTON.sub("", html))


def page(client: Client, address: str, **sent: str) -> str:
    """The page in English, following redirections."""
    answer = client.post(address, sent) if sent else client.get(address)
    while answer.status_code == 302:
        answer = client.get(answer["Location"])
    assert answer.status_code in (200, 403, 404), address
    html = answer.content.decode()
    assert '<html lang="en"' in html, address
    return html


def order_by_hand(client: Client, address: str, **sent: str) -> list[str]:
    """The pages from input to result."""
    entered = client.post(address, sent)
    assert entered.status_code == 302, entered.content.decode()
    confirm = page(client, entered["Location"])
    shown = re.search(r'name="shown" value="([^"]+)"', confirm)
    assert shown
    return [confirm, page(client, entered["Location"], shown=shown[1])]


@pytest.mark.django_db(databases=[])
def test_every_text_is_translated():
    assert list(map(str, messages.problems(settings.BASE_DIR))) == []


@pytest.mark.parametrize("address", GUESTS)
def test_guests_read_english(db, address):
    assert japanese(page(Client(**ENGLISH), address)) == []


def test_what_guests_enter_wrong_is_told_in_english(owner):
    browser = Client(**ENGLISH)
    for address, sent in (
        ("/login/", {"selfcare_id": "", "password": ""}),
        ("/login/", {"selfcare_id": "nobody", "password": "wrong"}),
        ("/forgotten/", {"selfcare_id": "x", "email": "none"}),
        ("/lost-id/", {"email": "none"}),
        ("/admin/login/", {"username": "nobody", "password": "wrong", "token": "0"}),
    ):
        assert japanese(page(browser, address, **sent)) == [], (address, sent)


def test_the_second_step_of_the_login_is_in_english(owner):
    browser = Client(**ENGLISH)
    asked = page(browser, "/login/", selfcare_id=owner.selfcare_id, password=PASSWORD)
    assert 'name="code"' in asked
    assert japanese(asked) == []
    assert japanese(page(browser, "/login/code/", code="000000")) == []


@pytest.mark.parametrize("role", ["owner", "viewer"])
def test_customers_read_english(office, request, role):
    browser = log_in(request.getfixturevalue(role), **ENGLISH)
    User.objects.update(name="Hanako")
    for address in CUSTOMERS:
        assert (role == "viewer" and address.endswith("/add/")) or japanese(page(browser, address)) == [], address


def test_the_same_pages_are_japanese_for_the_others(office, owner):
    """The search does find Japanese where there is some."""
    for address in CUSTOMERS:
        assert japanese(log_in(owner).get(address).content.decode()), address


def test_numbers_are_ordered_in_english(office, owner, settings):
    browser = log_in(owner, **ENGLISH)
    for count in ("", "0", "51", "x"):
        assert japanese(page(browser, "/numbering/add/", count=count)) == []
    for html in order_by_hand(browser, "/numbering/add/", count="2"):
        assert japanese(html) == []
    for address in ("/", "/numbering/", "/orders/", "/search/?q=050"):
        assert japanese(page(browser, address)) == [], address
    mails = sent_mails(settings)
    assert mails
    assert [text for text in mails if japanese(text)] == []


def sent_mails(settings) -> list[str]:
    """Everything readable of the mails that wait, once they are posted."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    outbox.deliver_default()
    # The message as a whole: subject, text and HTML part.
    return ["\n".join(_parts(message.message())) for message in mail.outbox]


def _parts(message: Message) -> Iterator[str]:
    yield str(make_header(decode_header(message["Subject"] or "")))
    for part in message.walk():
        if part.get_content_maintype() == "text":
            yield part.get_payload(decode=True).decode()  # type: ignore[union-attr]


@pytest.mark.parametrize("moment", ["2026-11-20 10:00", "2026-11-20 21:00"])
def test_a_line_is_suspended_in_english(office, owner, clock, moment):
    """Within the order hours, and outside them, when it can still be cancelled."""
    clock.set(moment)
    browser = log_in(owner, **ENGLISH)
    (line,) = office.customer.lines.all()
    pages = [page(browser, f"/lines/{line.pk}/{step}") for step in ("", "suspend/", "resume/")]
    pages += order_by_hand(browser, f"/lines/{line.pk}/suspend/", sent="1")
    order = Order.objects.get(procedure="lines.suspend")
    pages += [page(browser, order.get_absolute_url()), page(browser, "/"), page(browser, f"/lines/{line.pk}/suspend/")]
    pages += [page(browser, f"/orders/{order.uuid}/cancel/")]
    for html in pages:
        assert japanese(html) == []


FILE_PAGES = tuple(f"/admin/billing/{noun}/" for noun in ("recordfile", "voicecharge", "billline", "callrate"))
FILE_WORDS = " ".join(
    [
        *(str(label) for kinds in (CostKind, VoiceKind, CallKind) for label in kinds.labels),
        *(heading for form in formats.FORMATS.values() for heading in form.headings),
        *(formats.OUT, formats.IN),
    ]
)


@pytest.mark.parametrize("name", MAILS)
def test_mails_are_in_english(name):
    item = {"request_id": "R1", "title": "Add 050 numbers", "when": "now", "reason": "", "url": "/"}
    with translation.override("en"):
        for count in (1, 2):
            facts = {
                "items": [item] * count,
                "address": "192.0.2.1",
                "total": 1 - count,
                "back": count - 1,
                "amount": 1,
            }
            assert japanese(render_to_string(f"mail/{name}", facts)) == []


@pytest.fixture
def admin(office, owner) -> Client:
    """A browser of an operator who may do everything, when everything has happened once."""
    customer = log_in(owner, **ENGLISH)
    order_by_hand(customer, "/numbering/add/", count="2")
    order_by_hand(customer, f"/lines/{office.customer.lines.get().pk}/suspend/", sent="1")
    operator = operator_of("admin")
    User.objects.update(name="Hanako")
    return inside(operator, **ENGLISH)


def addresses_of(handler: admins.ModelAdmin) -> Iterator[str]:
    """List, form for a new row, and of the first and last row the page and what can be done there."""
    name = f"admin:{handler.opts.app_label}_{handler.opts.model_name}"
    yield reverse(f"{name}_changelist")
    yield reverse(f"{name}_add")
    rows = handler.model._default_manager
    for row in {rows.order_by("pk").first(), rows.order_by("pk").last()} - {None}:
        yield reverse(f"{name}_change", args=[row.pk])
        for operation in getattr(handler, "all_operations", list)():
            yield reverse(f"{name}_operate", args=[row.pk, operation.name])


def test_operators_read_english(admin):
    addresses = ["/admin/", "/admin/password_change/", reverse("admin:numbering_number_import")]
    for handler in admins.site._registry.values():
        addresses += addresses_of(handler)
    data = _words_of_data()
    found = {
        address: [
            word
            for word in japanese(page(admin, address))
            if not _of_files(address, word) and not (address.startswith(DATA_PAGES) and word in data)
        ]
        for address in addresses
    }
    assert {address: left for address, left in found.items() if left} == {}


#: What operators write in both languages themselves.
DATA_PAGES = (
    "/admin/inquiries/article/",
    "/admin/inquiries/supportcontact/",
    "/admin/numbering/numberarea/",
    "/admin/numbering/portorigin/",
)


def _words_of_data() -> str:
    rows = [
        *Article.objects.values_list("title", "body", "keywords"),
        *SupportContact.objects.values_list("name"),
        *NumberArea.objects.values_list("name", "address_starts"),
        *PortOrigin.objects.values_list("words", "help"),
    ]
    return " ".join(str(text) for row in rows for text in row)


def _of_files(address: str, word: str) -> bool:
    """Words of the customers' and carriers' files, which have one language, on the lists and forms that show them."""
    return address.startswith(FILE_PAGES) and word in FILE_WORDS
