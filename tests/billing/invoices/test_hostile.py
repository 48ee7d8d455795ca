"""Names are words, not markup: nothing in a bill is run, fetched or drawn; and nobody opens what is not his."""

import io
import socket
import threading

import pytest
from pypdf import PdfReader

from billing.invoices import files, rendering
from billing.kinds import CostKind
from selfcare.accounts.models import AuditEvent
from selfcare.work import pdf
from tests import builders
from tests.billing.invoices import closed
from tests.selfcare.staff.people import inside, operator_of

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

MARKUP = '</style><img src="file:///etc/passwd"><script>x</script>"\'}{{ 7|add:7 }}{% now "Y" %}'


@pytest.fixture
def listener():
    """An address that counts who comes."""
    came: list[bool] = []
    server = socket.create_server(("127.0.0.1", 0))

    def wait() -> None:
        while True:
            try:
                client, _address = server.accept()
            except OSError:
                return
            came.append(True)
            client.close()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/x.png", came
    server.close()


def test_markup_in_names_and_words_is_text(billed):
    hostile = builders.contract(customer=builders.customer(name=MARKUP[:100], address=MARKUP, building="<b>8</b>"))
    rows = [closed.line(f"<i>{n}</i>", CostKind.ONCE, MARKUP[:58], 100) for n in range(2)]
    bill = closed.bill(hostile, rows, issuer={**closed.ISSUER, "name": MARKUP, "bank": "<u>x</u>"})
    page = rendering.page(bill)
    assert "<img" not in page
    assert "<script" not in page
    assert page.count("</style>") == 1
    for tag in ("<b>", "<i>", "<u>"):
        assert tag not in page
    words = PdfReader(io.BytesIO(pdf.archival(page).content)).pages[0].extract_text()
    assert "file:///etc/passwd" in words.replace("\n", "")
    assert "{{ 7|add:7 }}" in words.replace("\n", "")


def test_a_page_fetches_nothing_even_if_it_asks(listener, tmp_path, caplog):
    address, came = listener
    secret = tmp_path / "secret.css"
    secret.write_text("body { width: 1mm }")
    content = pdf.archival(
        f'<html lang="ja"><title>t</title><link rel="stylesheet" href="{secret.as_uri()}">'
        f'<img alt="a" src="{address}"><img alt="b" src="file:///etc/passwd"><a rel="attachment" href="file:///etc/passwd">x</a>'
    ).content
    assert came == []
    assert PdfReader(io.BytesIO(content)).attachments == {}
    assert caplog.text.count("disallowed protocol") >= 3
    # The listener would have seen it.
    with socket.create_connection(("127.0.0.1", int(address.split(":")[2].split("/")[0]))) as client:
        client.recv(1)
    assert came == [True]


def test_operators_find_open_and_reissue(bill, stranger):
    files.original(bill)
    browser = inside(operator_of("billing"))
    listed = "/admin/billing/bill/"
    for term in (bill.code, bill.customer.partner_id, f"{bill.total:,}円"):
        assert bill.code in browser.get(listed, {"q": term}).content.decode(), term
    for term in ("INV-999999999", stranger.customer.partner_id, "1円", "¥", "INV-"):
        assert "INV-0" not in browser.get(listed, {"q": term}).content.decode().partition('id="result_list"')[2], term
    assert bill.code not in browser.get(listed, {"pdf": "missing"}).content.decode()
    assert bill.code in browser.get(listed, {"month": "2026-09"}).content.decode()
    assert browser.get(listed, {"month": "'"}).status_code == 200
    page = browser.get(f"{listed}{bill.pk}/change/").content.decode()
    assert "T7000012050002" in page
    assert "INVOICE_202609.pdf" in page
    opened = browser.get(f"{listed}{bill.pk}/pdf/0/")
    assert opened.content.startswith(b"%PDF")
    assert opened["Content-Disposition"].startswith("attachment")
    assert AuditEvent.objects.filter(action="invoice.opened", customer=bill.customer).count() == 1
    assert browser.get(f"{listed}{bill.pk}/pdf/1/").status_code == 404
    sent = browser.post(f"{listed}{bill.pk}/do/reissue/", {"reason": "紛失のため"})
    assert "再発行（1回目）を受け付けました" in browser.get(sent["Location"]).content.decode()


def test_who_may_not_reissue_is_refused(bill):
    files.original(bill)
    browser = inside(operator_of("support"))
    assert browser.get(f"/admin/billing/bill/{bill.pk}/pdf/0/").status_code == 200
    assert browser.post(f"/admin/billing/bill/{bill.pk}/do/reissue/", {"reason": "x"}).status_code == 403
    browser = inside(operator_of("provisioning"))
    assert browser.get(f"/admin/billing/bill/{bill.pk}/pdf/0/").status_code == 403
