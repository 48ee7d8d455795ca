"""The field beside which everything about its file stands; what was stored is not lost with another field's mistake."""

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.datastructures import MultiValueDict

from selfcare.documents.filetypes import CONTENT_TYPES
from selfcare.documents.forms import DocumentField, keep_documents
from selfcare.documents.models import Document
from selfcare.orders.states import State
from selfcare.shell.uploads import TooLargeFile
from tests.selfcare.documents import files

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


class LegalForm(forms.Form):
    person = forms.CharField(max_length=20)
    record = DocumentField(label="登録申込書", kind="tests.legal")
    other = DocumentField(label="残回線構成表", kind="tests.remaining", required=False)


def sent(name: str = "登記.pdf", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, files.pdf() if content is None else content)


def form_of(data: dict, uploads: dict, **held: Document | None) -> LegalForm:
    return LegalForm(data, MultiValueDict({name: [upload] for name, upload in uploads.items()}), initial=held)


def test_a_good_form_gives_documents(order, owner):
    form = form_of({"person": "担当"}, {"record": sent(), "other": sent("表.xlsx", files.xlsx())})
    assert form.is_valid()
    assert keep_documents(form=form, order=order, actor=owner)
    record, other = form.cleaned_data["record"], form.cleaned_data["other"]
    assert list(Document.objects.of(order)) == [record, other]
    assert (record.kind, other.kind) == ("tests.legal", "tests.remaining")


def test_a_file_stays_though_another_field_is_wrong(order, owner):
    form = form_of({"person": ""}, {"record": sent()})
    assert not form.is_valid()
    assert keep_documents(form=form, order=order, actor=owner)
    held = Document.objects.get()
    page = form.as_p()
    assert "登記.pdf" in page
    assert "required" not in str(form["record"]), "the browser does not ask for what is there"
    again = form_of({"person": "担当"}, {}, record=held)
    assert again.is_valid()
    assert keep_documents(form=again, order=order, actor=owner)
    assert again.cleaned_data["record"] == held
    assert list(Document.objects.all()) == [held]


def test_a_new_file_takes_the_place_of_the_old_one(order, owner, folder, django_capture_on_commit_callbacks):
    first = form_of({"person": "担当"}, {"record": sent()})
    assert first.is_valid()
    keep_documents(form=first, order=order, actor=owner)
    second = form_of({"person": "担当"}, {"record": sent("新.png", files.image())}, record=Document.objects.get())
    assert second.is_valid()
    with django_capture_on_commit_callbacks(execute=True):
        assert keep_documents(form=second, order=order, actor=owner)
    assert [document.name for document in Document.objects.all()] == ["新.png"]
    assert [path.read_bytes() for path in folder.rglob("*") if path.is_file()] == [files.image()]


def test_a_bad_new_file_leaves_the_old_one(order, owner):
    first = form_of({"person": "担当"}, {"record": sent()})
    assert first.is_valid()
    keep_documents(form=first, order=order, actor=owner)
    held = Document.objects.get()
    second = form_of({"person": "担当"}, {"record": sent("新.png", b"<html>")}, record=held)
    assert not second.is_valid()
    keep_documents(form=second, order=order, actor=owner)
    assert list(Document.objects.all()) == [held]
    assert "登記.pdf" in str(second["record"])
    assert "形式ではありません" in str(second["record"].errors)


def test_a_file_that_may_be_missing_can_be_taken_away(order, owner):
    first = form_of({"person": "担当"}, {"record": sent(), "other": sent("表.xlsx", files.xlsx())})
    assert first.is_valid()
    keep_documents(form=first, order=order, actor=owner)
    held = {"record": first.cleaned_data["record"], "other": first.cleaned_data["other"]}
    assert 'name="other-clear"' in str(first["other"])
    assert 'name="record-clear"' not in str(first["record"])
    second = form_of({"person": "担当", "other-clear": "on", "record-clear": "on"}, {}, **held)
    assert second.is_valid()
    assert keep_documents(form=second, order=order, actor=owner)
    assert second.cleaned_data["other"] is None
    assert list(Document.objects.all()) == [held["record"]]


@pytest.mark.parametrize(
    ("upload", "told"),
    [
        (None, "ファイルを選んでください"),
        (sent(content=b""), "ファイルが空です"),
        (TooLargeFile(name="大.pdf", size=0), "10MBまで"),
        (sent("a.exe"), "この種類のファイルは受け付けていません"),
        (sent("a.pdf", files.xlsx()), "形式ではありません"),
    ],
)
def test_what_is_wrong_stands_beside_the_field(order, owner, upload, told):
    form = form_of({"person": "担当"}, {"record": upload} if upload else {})
    assert not form.is_valid()
    assert [*form.errors] == ["record"]
    assert told in str(form.errors["record"])
    keep_documents(form=form, order=order, actor=owner)
    assert not Document.objects.exists()


def test_what_cannot_be_stored_any_more_is_told_beside_the_field(order, owner):
    type(order).objects.filter(pk=order.pk).update(
        state=State.ACKNOWLEDGED, accepted_at=order.created_at, due_at=order.created_at
    )
    form = form_of({"person": "担当"}, {"record": sent()})
    assert form.is_valid()
    with transaction.atomic():
        assert not keep_documents(form=form, order=order, actor=owner)
    assert "受け付けたあと" in str(form.errors["record"])


def test_the_field_names_types_and_limit():
    page = str(LegalForm()["record"]) + str(LegalForm()["record"].help_text)
    for extension in CONTENT_TYPES:
        assert f".{extension}" in page
    assert "10MB" in page
    assert 'accept=".xlsx,' in page


def test_a_name_from_the_browser_is_text_on_the_page(order, owner):
    form = form_of({"person": "担当"}, {"record": sent("<img src=x onerror=alert(1)>&quot;.pdf")})
    form.is_valid()
    keep_documents(form=form, order=order, actor=owner)
    assert "<img src" not in str(form["record"])
