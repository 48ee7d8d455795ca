"""Documents without an order: whoever holds them decides how long they can be changed, and when nobody needs them."""

from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from numbering.cloud.services import fax_receiving, fax_sending
from selfcare import clock as time
from selfcare.accounts.models import AuditEvent
from selfcare.documents import holders
from selfcare.documents.forms import DocumentField, keep_documents
from selfcare.documents.holders import Holder
from selfcare.documents.models import Document
from selfcare.documents.refusing import Refused
from selfcare.documents.services import storing, sweeping
from selfcare.documents.services.storing import remove, store
from selfcare.inquiries import keys
from selfcare.work import reconcile
from tests.selfcare.documents import files, rows
from tests.selfcare.staff.people import inside, operator_of

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
KIND = "tests.identity"


def sent(name: str = "免許証.pdf", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, files.pdf() if content is None else content)


def held(customer_id: int | None = None, key: str = "tests_application:1", *, is_open: bool = True, most: int = 3):
    return Holder(key, customer_id, most=most, is_open=lambda: is_open)


def test_who_has_no_account_yet_sends_a_document_and_takes_it_away(clock, folder, django_capture_on_commit_callbacks):
    document = store(upload=sent(), kind=KIND, holder=held())
    document.refresh_from_db()
    assert (document.customer_id, document.order_id, document.uploaded_by_id) == (None, None, None)
    assert list(Document.objects.held_by("tests_application:1", KIND)) == [document]
    assert not Document.objects.held_by("tests_application:10").exists()
    with django_capture_on_commit_callbacks(execute=True):
        remove(document=document, holder=held())
        remove(document=document, holder=held())
    events = AuditEvent.objects.about("document", document.pk)
    assert list(events.values_list("action", flat=True)) == ["document.stored", "document.removed"]
    assert {(one.actor_id, one.detail["holder"]) for one in events} == {(None, "tests_application:1")}
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_closed_holder_keeps_its_documents_as_they_are(clock, folder):
    document = store(upload=sent(), kind=KIND, holder=held())
    with pytest.raises(Refused, match="送信されたあと"):
        store(upload=sent(), kind=KIND, holder=held(is_open=False))
    with pytest.raises(Refused, match="送信されたあと"):
        remove(document=document, holder=held(is_open=False))
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 1


def test_one_holder_does_not_reach_the_documents_of_another_or_of_an_order(owner, order):
    of_order = store(upload=sent(), kind=KIND, order=order, actor=owner)
    of_other = store(upload=sent(), kind=KIND, holder=held(key="tests_application:2"))
    for document in (of_order, of_other):
        with pytest.raises((PermissionDenied, ValueError)):
            remove(document=document, holder=held(), actor=owner)
    with pytest.raises(ValueError, match="order or to a holder"):
        remove(document=of_other, actor=owner)
    with pytest.raises(ValueError, match="order or to a holder"):
        store(upload=sent(), kind=KIND, order=order, holder=held(), actor=owner)
    assert Document.objects.count() == 2


def test_a_customers_holder_is_that_customers(owner, stranger, clock, folder):
    mine = held(owner.customer_id)
    for nobody in (stranger, None):
        with pytest.raises(PermissionDenied):
            store(upload=sent(), kind=KIND, holder=mine, actor=nobody)
    document = store(upload=sent(), kind=KIND, holder=mine, actor=owner)
    with pytest.raises(PermissionDenied):
        remove(document=document, holder=mine, actor=stranger)
    assert list(Document.objects.visible_to(owner)) == [document]
    assert not Document.objects.visible_to(stranger).exists()


def test_limits_of_a_holder_and_of_a_customers_day(owner, clock, folder):
    for _number in range(3):
        store(upload=sent(), kind=KIND, holder=held())
    with pytest.raises(Refused, match="3個まで"):
        store(upload=sent(), kind=KIND, holder=held())
    document = store(upload=sent(), kind=KIND, holder=held(owner.customer_id, "tests_inquiry:1"), actor=owner)
    rows.more_of(document, storing.MOST_A_DAY - 2, holder="tests_inquiry:2")
    store(upload=sent(), kind=KIND, holder=held(owner.customer_id, "tests_inquiry:3"), actor=owner)
    with pytest.raises(Refused, match="300個"):
        store(upload=sent(), kind=KIND, holder=held(owner.customer_id, "tests_inquiry:4"), actor=owner)


@pytest.mark.parametrize("key", ["", "x", "x:", ":1", "X:1", "x:a b", "x:../1", "x:" + "1" * 61, "x:1\n"])
def test_no_key_of_chance(key):
    with pytest.raises(ValueError, match="holder"):
        held(key=key)


def test_the_database_wants_one_thing_that_it_belongs_to(order, owner, folder):
    of_order = store(upload=sent(), kind=KIND, order=order, actor=owner)
    of_holder = store(upload=sent(), kind=KIND, holder=held())
    wrong: list[tuple[Document, dict[str, Any]]] = [
        (of_order, {"holder": "x:1"}), (of_order, {"order": None}), (of_order, {"customer": None}),
        (of_order, {"uploaded_by": None}), (of_holder, {"holder": ""}), (of_holder, {"holder": "x"}),
    ]  # fmt: skip
    for document, fields in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Document.objects.filter(pk=document.pk).update(**fields)


def test_what_a_holder_lets_go_of_is_swept_and_nothing_else(
    clock, owner, order, folder, django_capture_on_commit_callbacks
):
    left = store(upload=sent(), kind=KIND, holder=held(key="tests_left:1"))
    kept = store(upload=sent(), kind=KIND, holder=held(key="tests_leftover:1"))
    of_order = store(upload=sent(), kind=KIND, order=order, actor=owner)
    holders.register(
        "tests_left",
        title="試験",
        page=lambda reference: None,
        abandoned=lambda now: Q(uploaded_at__lt=now - timedelta(days=1)),
    )
    assert sweeping.discard_abandoned() == 0
    clock.set("2026-11-23 10:01")
    with django_capture_on_commit_callbacks(execute=True):
        assert sweeping.discard_abandoned() == 1
    assert set(Document.objects.all()) == {kept, of_order}
    assert AuditEvent.objects.get(action="document.expired").object_id == str(left.pk)
    (folder / kept.stored).unlink()
    assert "tests_leftover:1" in reconcile.run()["documents"][0]
    assert time.now()


class IdentityForm(forms.Form):
    card = DocumentField(label="本人確認書類", kind=KIND)
    name = forms.CharField()


def test_a_form_keeps_what_came_well_without_an_order(clock, folder):
    form = IdentityForm({"name": ""}, MultiValueDict({"card": [sent()]}))
    assert not form.is_valid()
    assert keep_documents(form=form, holder=held())
    document = Document.objects.held_by("tests_application:1").get()
    assert document.name in str(form["card"])
    again = IdentityForm({"name": "A"}, MultiValueDict({"card": [sent("新.pdf")]}), initial={"card": document})
    assert again.is_valid()
    assert keep_documents(form=again, holder=held())
    assert [one.name for one in Document.objects.all()] == ["新.pdf"]


def test_operators_find_the_page_of_the_holder(clock, folder, owner):
    document = store(upload=sent(), kind=KIND, holder=held(key="tests_page:7"))
    holders.register("tests_page", title="試験", page=lambda reference: (f"申込 {reference}", "/admin/there/"))
    client = inside(operator_of("provisioning"))
    page = client.get(reverse("admin:documents_document_change", args=[document.pk])).content.decode()
    assert '<a href="/admin/there/">申込 7</a>' in page
    assert "試験" in client.get(reverse("admin:documents_document_changelist")).content.decode()
    assert client.get(reverse("admin:documents_document_open", args=[document.pk])).content == files.pdf()


def test_who_answers_inquiries_opens_what_came_with_them_and_nothing_else(clock, folder):
    with_inquiry = store(upload=sent(), kind=KIND, holder=held(key=f"{keys.PREFIX}:7-1"))
    identity = store(upload=sent(), kind=KIND, holder=held())
    client = inside(operator_of("support"))
    for document, status in ((with_inquiry, 200), (identity, 403)):
        opens = reverse("admin:documents_document_open", args=[document.pk])
        page = client.get(reverse("admin:documents_document_change", args=[document.pk])).content.decode()
        assert (opens in page) == (status == 200)
        assert client.get(opens).status_code == status


def test_ten_times_the_documents_of_holders_cost_the_list_no_query_more(clock, folder):
    client = inside(operator_of("provisioning"))
    asked: list[int] = []
    for first, last in ((0, 2), (2, 20)):
        for number in range(first, last):
            store(upload=sent(), kind=KIND, holder=held(key=f"{keys.PREFIX}:{number}-1"))
        client.get(reverse("admin:documents_document_changelist"))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("admin:documents_document_changelist")).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_what_is_secret_is_neither_listed_nor_opened(clock, folder):
    """The kinds of faxes are what it is for; the same document of another holder is the control."""
    key = f"{fax_sending.PREFIX}:7"
    secret = store(upload=sent("ファクス.pdf"), kind=fax_receiving.KIND, holder=held(key=key))
    open_one = store(upload=sent("書類.pdf"), kind=KIND, holder=held())
    client = inside(operator_of("provisioning"))
    listed = client.get(reverse("admin:documents_document_changelist")).content.decode()
    assert "書類.pdf" in listed
    assert "ファクス.pdf" not in listed
    answers = [
        client.get(reverse(f"admin:documents_document_{page}", args=[document.pk])).status_code
        for document in (open_one, secret)
        for page in ("change", "open")
    ]
    assert answers[:2] == [200, 200]
    assert 200 not in answers[2:]
    assert answers[3] == 404
