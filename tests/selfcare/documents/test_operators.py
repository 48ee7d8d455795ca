"""Operators find documents and open them as attachments; who opened what is told; nobody else gets in."""

from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from selfcare.accounts.models import AuditEvent
from selfcare.documents.models import Document
from selfcare.documents.services.storing import store
from selfcare.orders.models import Order
from selfcare.staff.groups import GROUPS
from tests.people import log_in
from tests.selfcare.documents import files
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)
LIST = "admin:documents_document_changelist"


def stored(order: Order, actor, name: str = "登記.pdf", content: bytes | None = None) -> Document:
    upload = SimpleUploadedFile(name, files.pdf() if content is None else content)
    return store(upload=upload, kind="tests.legal", order=order, actor=actor)


def open_url(document: Document) -> str:
    return reverse("admin:documents_document_open", args=[document.pk])


def page_url(document: Document) -> str:
    return reverse("admin:documents_document_change", args=[document.pk])


def test_a_document_is_an_attachment_that_no_browser_draws(order, owner):
    document = stored(order, owner, "登記 (写し).pdf")
    answer = inside(operator_of("provisioning")).get(open_url(document))
    assert answer.status_code == 200
    assert answer.content == files.pdf()
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{quote('登記 (写し).pdf', safe='')}"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in answer["Cache-Control"]
    assert int(answer["Content-Length"]) == document.size


def test_opening_is_told_to_the_audit_trail(order, owner):
    document = stored(order, owner)
    operator = operator_of("provisioning")
    inside(operator).get(open_url(document))
    event = AuditEvent.objects.about("document", document.pk).last()
    assert event is not None
    assert (event.action, event.actor_id, event.customer_id) == ("document.opened", operator.pk, order.customer_id)
    assert event.detail["sha256"] == document.sha256


def test_macros_are_warned_of_before_they_are_opened(order, owner):
    document = stored(order, owner, "表.xlsm", files.xlsm())
    client = inside(operator_of("provisioning"))
    warning = client.get(open_url(document))
    assert warning["Content-Type"].startswith("text/html")
    assert "マクロ（プログラム）が含まれています" in warning.content.decode()
    assert not AuditEvent.objects.filter(action="document.opened").exists()
    assert client.post(open_url(document)).content == files.xlsm()
    assert "マクロあり" in client.get(reverse(LIST)).content.decode()


@pytest.mark.parametrize("group", GROUPS)
def test_groups(order, owner, group):
    document = stored(order, owner)
    client = inside(operator_of(group))
    may_see, may_open = group != "billing", group in ("provisioning", "admin")
    for address in (reverse(LIST), page_url(document)):
        assert client.get(address).status_code == (200 if may_see else 403)
    assert client.get(open_url(document)).status_code == (200 if may_open else 403)
    assert client.post(open_url(document)).status_code == (200 if may_open else 403)
    if may_see:
        assert (open_url(document) in client.get(page_url(document)).content.decode()) == may_open


def test_customers_and_guests_get_nothing(order, owner, colleague, stranger, client):
    document = stored(order, owner)
    addresses = [reverse(LIST), page_url(document), open_url(document)]
    for browser in (client, *map(log_in, (owner, colleague, stranger))):
        for address in addresses:
            answer = browser.get(address)
            assert answer.status_code == 302
            assert answer["Location"].startswith(reverse("admin:login"))
    # Nor by the file's own name, wherever somebody might look for it.
    for path in (f"/{document.stored}", f"/static/{document.stored}", f"/static/../documents/{document.stored}",
                 f"/media/{document.stored}", f"/documents/{document.uuid}/"):  # fmt: skip
        assert log_in(owner).get(path).status_code == 404


def test_documents_are_neither_added_nor_changed_nor_deleted(order, owner):
    document = stored(order, owner)
    client = inside(operator_of("admin"))
    assert client.get(reverse("admin:documents_document_add")).status_code == 403
    assert client.post(page_url(document), {"name": "x.pdf"}).status_code == 403
    assert (
        client.post(reverse("admin:documents_document_delete", args=[document.pk]), {"post": "yes"}).status_code == 403
    )
    assert client.get(reverse("admin:documents_document_open", args=[10**9])).status_code == 404
    document.refresh_from_db()
    assert document.name == "登記.pdf"


def test_an_orders_page_leads_to_its_documents(order, owner):
    client = inside(operator_of("provisioning"))
    page = reverse("admin:orders_order_change", args=[order.pk])
    assert "添付書類（" not in client.get(page).content.decode()
    stored(order, owner)
    other = Order.objects.create(procedure="lines.suspend", customer=order.customer, created_at=order.created_at)
    stored(other, owner, "別の書類.pdf")
    listed = f"{reverse(LIST)}?order={order.pk}"
    shown = client.get(page).content.decode()
    assert "添付書類（1件）" in shown
    assert listed in shown
    rows = client.get(listed).content.decode()
    assert "登記.pdf" in rows
    assert "別の書類.pdf" not in rows
    # The group billing sees orders and no documents.
    assert "添付書類（" not in inside(operator_of("billing")).get(page).content.decode()


def test_searching(order, owner):
    document = stored(order, owner)
    other = Order.objects.create(procedure="lines.suspend", customer=order.customer, created_at=order.created_at)
    stored(other, owner, "別の書類.png", files.image())
    client = inside(operator_of("support"))
    for word, found in {
        order.request_id: {"登記.pdf"},
        order.customer.partner_id: {"登記.pdf", "別の書類.png"},
        document.sha256: {"登記.pdf"},
        "別の書類.png": {"別の書類.png"},
        "nothing": set(),
    }.items():
        rows = client.get(reverse(LIST), {"q": word}).context["cl"].result_list
        assert {row.name for row in rows} == found, word
    assert client.get(reverse(LIST), {"order": "x"}).status_code == 302


def test_the_number_of_queries_does_not_grow_with_the_rows(order, owner, django_assert_max_num_queries):
    client = inside(operator_of("support"))
    stored(order, owner)
    with django_assert_max_num_queries(20) as first:
        client.get(reverse(LIST))
    for number in range(12):
        other = Order.objects.create(procedure="lines.suspend", customer=order.customer, created_at=order.created_at)
        stored(other, owner, f"{number}.pdf")
    with django_assert_max_num_queries(len(first.captured_queries)):
        assert "11.pdf" in client.get(reverse(LIST)).content.decode()


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_lost_file_is_told_and_not_served(order, owner, folder, harm):
    document = stored(order, owner)
    path = folder / document.stored
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(b"x" * document.size)
    answer = inside(operator_of("provisioning")).get(open_url(document), follow=True)
    assert answer.redirect_chain == [(page_url(document), 302)]
    assert document.stored in answer.content.decode()
    assert "バックアップから戻してください" in answer.content.decode()
    assert not AuditEvent.objects.filter(action="document.opened").exists()
