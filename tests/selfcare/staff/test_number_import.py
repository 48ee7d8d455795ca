"""Importing numbers: a preview that stores nothing, then the import; whatever is wrong is named by its line."""

import io
import time
from collections import Counter

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from numbering.models import FreeNumber, Number
from selfcare.accounts.models import AuditEvent
from selfcare.staff.models import ImportFile
from selfcare.staff.services.imports import sweep as _sweep
from selfcare.work.models import Job
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def client(clock):
    return inside(operator_of("provisioning"))


def upload(client, content: bytes, name="numbers.csv"):
    return client.post(reverse("admin:numbering_number_import"), {"file": SimpleUploadedFile(name, content)})


def paste(client, lines: str):
    return client.post(reverse("admin:numbering_number_import"), {"lines": lines})


def confirm(client, previewed):
    return client.post(reverse("admin:numbering_number_import"), {"name": previewed.context["name"]}, follow=True)


def test_a_range_is_previewed_and_then_imported_once(client):
    previewed = paste(client, "05000010000-05000010019")
    assert len(previewed.context["preview"].new) == 20
    assert not Number.objects.exists()
    told = confirm(client, previewed).content.decode()
    assert "20番号を在庫に加えました" in told
    assert FreeNumber.objects.count() == 20
    again = confirm(client, previewed).content.decode()
    assert "すでに済んだか" in again
    assert Number.objects.count() == 20
    assert AuditEvent.objects.get(action="number.imported").detail["stored"] == 20


def test_bad_lines_are_named_and_the_good_ones_go_in(client):
    content = "番号\n05000010001\n０５０-０００１-０００２\n05000010001\nabc\n0500001\n0312345678\n0312345678,03\n\n"
    preview = upload(client, content.encode("utf-8-sig")).context["preview"]
    assert [entry.digits for entry in preview.new] == ["05000010001", "05000010002", "0312345678"]
    assert [problem.line for problem in preview.wrong] == [4, 5, 6, 7]


def test_numbers_we_have_are_passed_over(client):
    confirm(client, paste(client, "05000010001"))
    previewed = paste(client, "05000010001\n05000010002")
    assert [problem.text for problem in previewed.context["preview"].known] == ["05000010001"]
    confirm(client, previewed)
    assert Number.objects.count() == 2


def test_shift_jis_is_read_and_other_encodings_are_refused_with_a_sentence(client):
    assert len(upload(client, "電話番号\n05000010001\n".encode("cp932")).context["preview"].new) == 1
    for content in ("05000010001\n".encode("utf-16"), b"PK\x03\x04\x00\x00zip", bytes(range(256))):
        answer = upload(client, content)
        assert answer.status_code == 200
        assert "文字コードを読み取れません" in answer.content.decode()
    assert not ImportFile.objects.exists() or not Number.objects.exists()


@pytest.mark.parametrize("data", [{}, {"lines": "  "}, {"lines": "05000010001", "file": "both"}])
def test_nothing_or_both_is_asked_again(client, data):
    if "file" in data:
        data = {**data, "file": io.BytesIO(b"05000010002")}
    answer = client.post(reverse("admin:numbering_number_import"), data)
    assert "どちらか一方" in answer.content.decode()


def test_a_hundred_thousand_lines_are_previewed_and_imported_in_seconds(client):
    content = "\n".join(f"050{n:08d}" for n in range(10_000_000, 10_100_000)).encode()
    started = time.monotonic()
    previewed = upload(client, content)
    assert len(previewed.context["preview"].new) == 100_000
    confirm(client, previewed)
    took = time.monotonic() - started
    print(f"100,000 lines: {took:.1f} s")
    assert Number.objects.count() == 100_000
    assert took < 60


def test_a_range_beyond_a_million_is_refused(client):
    preview = paste(client, "05000000000-05099999999").context["preview"]
    assert not preview.new
    assert "1,000,000" in preview.wrong[0].reason


@pytest.mark.parametrize("name", ["", "nonsense", "00000000-0000-0000-0000-000000000000", "../../etc/passwd"])
def test_a_name_that_is_no_upload_changes_nothing(client, name):
    answer = client.post(reverse("admin:numbering_number_import"), {"name": name}, follow=True)
    assert "期限が切れています" in answer.content.decode()
    assert not Number.objects.exists()


@pytest.mark.parametrize("group", ["support", "billing"])
def test_others_may_not_import(clock, group):
    client = inside(operator_of(group))
    assert client.get(reverse("admin:numbering_number_import")).status_code == 403
    assert paste(client, "05000010001").status_code == 403


def test_an_upload_is_confirmed_by_nobody_else(client):
    previewed = paste(client, "05000010001")
    colleague = inside(operator_of("provisioning", "op_colleague"))
    assert "期限が切れています" in confirm(colleague, previewed).content.decode()
    assert not Number.objects.exists()
    assert "1番号を在庫に加えました" in confirm(client, previewed).content.decode()


def test_uploads_that_nobody_confirmed_are_swept_after_hours(client):
    paste(client, "05000010001")
    job = Job(kind="staff.sweep_imports", key="now")
    assert _sweep(job) == {"deleted": 0}
    ImportFile.objects.update(created_at="2026-01-01T00:00Z")
    assert _sweep(job) == {"deleted": 1}


def test_the_list_is_saved_as_csv_and_workbook_without_formulas(client):
    confirm(client, paste(client, "05000010001\n05000010002"))
    Number.objects.filter(digits="05000010001").update(unusable_reason="=HYPERLINK(1)")
    address = reverse("admin:numbering_number_export", args=["csv"])
    saved = b"".join(client.get(address)).decode("utf-8-sig")
    assert "05000010002" in saved
    assert "'=HYPERLINK(1)" in saved
    assert Counter(saved.splitlines())["電話番号,種別,市外局番,状態,契約番号,使用不可の理由"] == 1
    narrowed = b"".join(client.get(address, {"q": "0002"})).decode("utf-8-sig")
    assert "05000010001" not in narrowed
    assert b"".join(client.get(reverse("admin:numbering_number_export", args=["xlsx"]))).startswith(b"PK")
    assert client.get(reverse("admin:numbering_number_export", args=["exe"])).status_code == 404
    assert AuditEvent.objects.filter(action="rows.exported").count() == 3
