"""Names that are programs: on every page, in mails, letters and files they stay names."""

import csv
import io

import pytest
from django.core import mail
from django.test import Client
from pypdf import PdfReader

from lines.models import Line
from selfcare.accounts.models import Contract, Customer, User
from selfcare.orders.models import Order
from selfcare.orders.states import State
from selfcare.shell.models import Maintenance, Notice
from selfcare.work import letters, outbox
from selfcare.work.models import Letter, Mail
from tests.hostile import bad, pages, routes
from tests.hostile.walk import body
from tests.hostile.world import Holdings
from tests.people import log_in
from tests.selfcare.staff.people import inside, operator_of

pytestmark = [
    pytest.mark.django_db(databases=["default", "owner"]),
    pytest.mark.timeout(900),  # thousands of requests, on a machine that may be busy
]

#: Marks that stand in a page only if something has not been escaped.
RAW = ("<script>alert(1)", "<img src=x")
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "=cmd|' /C calc'!A0")


@pytest.fixture
def named(clock, ours: Holdings) -> Holdings:
    """Everything of ours that has a free text has the same bad one; its mails and letters are queued anew."""
    xss = bad.XSS
    Customer.objects.filter(pk=ours.customer.pk).update(name=xss[:120], kana=xss[:120], address=xss, building=xss[:120])
    User.objects.filter(pk=ours.user.pk).update(name=xss[:80])
    Contract.objects.filter(pk=ours.contract.pk).update(
        name=xss[:120], contact_name=xss[:80], contact_phone=xss[:20], service=xss[:30], plan=xss[:30]
    )
    Line.objects.filter(pk=ours.line.pk).update(name=xss[:60], product=xss[:20], plan=xss[:20])
    rows = [{"label": xss, "old": xss, "new": xss}]
    quote = {"monthly": 1, "once": 1, "lines": [[xss, 1]]}
    shown = {language: {"rows": rows, "quote": quote, "promise": {"text": xss}} for language in ("ja", "en")}
    Order.objects.filter(pk=ours.booked.pk).update(shown=shown, reason=xss, trouble=xss, search=xss)
    Notice.objects.create(title=xss[:120], body=xss, shown_from="2026-01-01T00:00:00Z")
    Maintenance.objects.create(
        message=xss, announce_from="2026-01-01T00:00Z", starts_at="2030-01-01T00:00Z", ends_at="2030-01-02T00:00Z"
    )
    letters.queue(kind="welcome", customer=ours.customer, contract=ours.contract, reference=xss[:60], text={})
    Mail.objects.filter(customer=ours.customer).update(trouble=xss)
    clock.set("2026-11-20 21:00")
    return ours


def seen(client: Client, ours: Holdings, *, admin: bool) -> tuple[int, dict[str, tuple[int, list[str]]]]:
    """How many pages show the name, and those on which it is more than a name."""
    wrong, escaped = {}, 0
    for route in routes.every():
        if route.name.startswith("admin:") != admin or route.name.endswith("logout"):
            continue
        for path in route.filled(ours.ids):
            answer = client.get(path)
            text = body(answer)
            escaped += "&lt;script&gt;alert(1)" in text
            html = answer.headers.get("Content-Type", "").startswith("text/html")
            faults = pages.faults_of_markup(text) + [mark for mark in RAW if mark in text] if html else []
            if faults or answer.status_code >= 500:
                wrong[path] = (answer.status_code, faults)
    return escaped, wrong


def test_no_page_of_the_customer_runs_a_name(named):
    client = log_in(named.user, HTTP_USER_AGENT=bad.XSS)
    escaped, wrong = seen(client, named, admin=False)
    print(f"figure: {escaped} pages of customers show the name as it was typed")
    assert wrong == {}
    assert escaped > 10


def test_no_page_of_the_operators_runs_a_name(named):
    escaped, wrong = seen(inside(operator_of("admin"), HTTP_USER_AGENT=bad.XSS), named, admin=True)
    print(f"figure: {escaped} pages of operators show the name as it was typed")
    assert wrong == {}
    assert escaped > 10


def test_search_and_filters_show_again_what_was_typed_as_text(named):
    client = log_in(named.user)
    for path in ("/search/", "/orders/", "/lines/", "/numbering/"):
        text = body(client.get(path, {"q": bad.XSS, "since": bad.XSS, "state": bad.XSS}))
        assert not [mark for mark in RAW if mark in text]
        assert pages.faults_of_markup(text) == []


@pytest.mark.parametrize("name", ["x\r\nBcc: evil@evil.example\r\n\r\nbody", "x\nTo: evil@evil.example", bad.XSS])
def test_a_name_puts_no_header_into_a_mail(clock, ours, name):
    User.objects.filter(pk=ours.user.pk).update(name=name[:80])
    Customer.objects.filter(pk=ours.customer.pk).update(name=name)
    Contract.objects.filter(pk=ours.contract.pk).update(name=name, contact_name=name[:80])
    Mail.objects.all().delete()
    client = log_in(User.objects.get(pk=ours.user.pk))
    clock.set("2026-11-20 10:00")
    shown = client.get(f"/orders/{ours.draft.uuid}/confirm/").context["shown"]
    client.post(f"/orders/{ours.draft.uuid}/confirm/", {"shown": shown})
    Client().post("/login/", {"selfcare_id": ours.user.selfcare_id, "password": "correct-horse-battery"})
    while outbox.deliver_default() + outbox.deliver_login():
        pass
    assert len(mail.outbox) >= 2
    for sent in mail.outbox:
        message = sent.message()
        assert "Bcc" not in message
        assert len(message.get_all("To")) == 1
        assert "evil" not in f"{message['To']}{message['From']}{message['Reply-To']}"
        assert "\n" not in sent.subject
        html = [part.get_payload(decode=True) for part in message.walk() if part.get_content_type() == "text/html"]
        assert html
        assert not [mark for mark in RAW if mark in b"".join(html).decode()]


@pytest.mark.parametrize("address", ["a@b.example\nBcc: evil@evil.example", "a@b.example,evil@evil.example", "a@b\r\n"])
def test_an_address_for_mails_is_one_address(ours, address):
    for path, field in (("/forgotten/", "email"), ("/lost-id/", "email")):
        answer = Client().post(path, {"selfcare_id": ours.user.selfcare_id, field: address})
        assert answer.status_code == 200
        assert answer.context["form"].errors.get(field)


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_a_file_is_a_formula(ours, formula):
    Contract.objects.filter(pk=ours.contract.pk).update(number=formula)
    Line.objects.filter(pk=ours.line.pk).update(name=formula, product=formula)
    customer, operator = log_in(ours.user), inside(operator_of("admin"))
    exports = [route.template.format(kind="csv") for route in routes.every() if route.name.endswith("_export")]
    assert exports
    files = [customer.get("/orders/?format=csv"), *(operator.get(path) for path in exports)]
    texts = [body(file).removeprefix("\ufeff") for file in files]
    cells = [cell for text in texts for row in csv.reader(io.StringIO(text)) for cell in row]
    assert any(cell == f"'{formula}" for cell in cells), "the formula is there, as a text"
    starts = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
    assert not [cell for cell in cells if cell.startswith(starts)]


def test_a_letter_prints_the_name(named):
    assert set(Letter.objects.values_list("state", flat=True)) == {Letter.State.QUEUED}
    pdf = letters.print_batch(letters=list(Letter.objects.all()), actor=operator_of("admin"))
    assert pdf.startswith(b"%PDF")
    # Object by object: in what is compressed any three bytes occur by chance.
    reader = PdfReader(io.BytesIO(pdf))
    objects = [repr(reader.get_object(number)) for number in range(1, int(str(reader.trailer["/Size"])))]
    assert any("/Catalog" in one for one in objects)
    assert [one for one in objects if "/JavaScript" in one or "/JS" in one] == []


def test_an_order_of_another_state_shows_its_reason_as_text(named):
    Order.objects.filter(pk=named.booked.pk).update(state=State.FAILED, finished_at="2026-11-20T12:00Z")
    text = body(log_in(named.user).get(named.booked.get_absolute_url()))
    assert "&lt;script&gt;" in text
    assert pages.faults_of_markup(text) == []
