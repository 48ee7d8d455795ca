"""The operators' pages: upload, preview, load; and what they refuse."""

import io
import zipfile
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from billing import items
from billing.models import CallRecord, OnceCharge, RecordFile
from billing.records import bringing, files
from billing.services.entering import enter_fee
from selfcare.accounts.models import AuditEvent, Contract, User
from selfcare.work import jobs
from selfcare.work.models import Job
from tests.billing.records.world import ITEM, call, calls, usage
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)
ADD = "/admin/billing/recordfile/add/"


@pytest.fixture
def client(world: Contract) -> Client:
    return inside(operator_of("billing"))


def _send(client: Client, content: bytes, kind: str = "calls", name: str = "calls.csv") -> Any:
    return client.post(ADD, {"kind": kind, "file": SimpleUploadedFile(name, content)}, follow=True)


def _work() -> None:
    """Until nothing of ours is due."""
    Job.objects.exclude(kind__startswith="billing.check").exclude(kind__startswith="billing.load").delete()
    for job in Job.objects.filter(state=Job.State.WAITING, kind__startswith="billing."):
        jobs.kinds()[job.kind].work(job)
        Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)


def _page(client: Client, file: RecordFile) -> str:
    return client.get(reverse("admin:billing_recordfile_change", args=[file.pk])).content.decode()


def test_a_right_file_goes_all_the_way(client: Client):
    page = _send(client, bringing.content("calls", calls(20))).content.decode()
    assert "内容を確認しています" in page
    file = RecordFile.objects.get()
    _work()
    page = _page(client, file)
    assert "すべての行を確認しました" in page
    assert "2026-10" in page
    assert client.post(reverse("admin:billing_recordfile_operate", args=[file.pk, "load"])).status_code == 302
    assert "取り込みを始めました" in _page(client, file)
    _work()
    file.refresh_from_db()
    assert (file.state, str(file.closed_by)) == ("loaded", "op_billing")
    assert CallRecord.objects.count() == 20
    assert "取り込み済み" in _page(client, file)
    told = _send(client, bringing.content("calls", calls(20)), name="again.csv").content.decode()
    assert "op_billing が取り込み済みです" in told


def test_a_wrong_file_shows_its_lines_and_cannot_be_loaded(client: Client):
    _send(client, bringing.content("calls", [call(), call(kind="<b>"), call(name="=1+1", seconds="-1")]))
    file = RecordFile.objects.get()
    _work()
    page = _page(client, file)
    assert "誤りのある行が2行あります" in page
    assert "知らない通信の種類です。" in page
    assert "<b>" not in page
    address = reverse("admin:billing_recordfile_operate", args=[file.pk, "load"])
    assert address not in page
    assert client.post(address).status_code == 302
    assert "いまの状態ではできません" in _page(client, file)
    listed = client.get(reverse("admin:billing_recordfile_bad", args=[file.pk]))
    assert listed.content.decode("utf-8-sig").splitlines()[1].startswith("3,通信の種類,知らない通信の種類です。,")
    assert AuditEvent.objects.filter(action="records.bad_rows_read", actor__isnull=False).count() == 1


def _zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("calls.csv", bringing.content("calls", [call()]))
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "空です"),
        (_zip(), "このファイルは読めません"),
        (bringing.content("calls", [call()]).decode().encode("utf-16"), "このファイルは読めません"),
        (bringing.content("calls", [call()]).decode().encode("euc-jp"), "このファイルは読めません"),
        (b"\0" * 5000, "このファイルは読めません"),
        (b"x" * 100_000, "このファイルは読めません"),
        ("回線電話番号,通信開始日時\r\n".encode(), "このファイルは読めません"),
        (bringing.content("usage", [usage()]), "別の種類のファイルです"),
        (b'"' * 4000, "このファイルは読めません"),
    ],
)
def test_what_is_no_such_file_is_refused_at_once(client: Client, content: bytes, told: str):
    assert told in _send(client, content).content.decode()
    assert not RecordFile.objects.exists()


def test_a_file_over_the_limit_is_refused_with_clear_words(client: Client, settings: Any):
    """The words; how much is read is for the upload's handler, which has tests of its own."""
    with pytest.raises(files.Refused, match="120 MBまで"):
        upload = SimpleUploadedFile("calls.csv", b"x")
        upload.size = files.LARGEST + 1
        files.take_file(kind="calls", name="calls.csv", upload=upload, actor=None)


@pytest.mark.parametrize("group", ["support", "provisioning"])
def test_calls_are_for_billing_only(client: Client, group: str):
    _send(client, bringing.content("calls", [call()]))
    file = RecordFile.objects.get()
    other = inside(operator_of(group))
    for address in (
        ADD,
        reverse("admin:billing_recordfile_changelist"),
        reverse("admin:billing_recordfile_change", args=[file.pk]),
        reverse("admin:billing_recordfile_bad", args=[file.pk]),
        reverse("admin:billing_recordfile_operate", args=[file.pk, "load"]),
    ):
        assert other.get(address).status_code == 403, address


def test_names_of_files_are_text(client: Client):
    _send(client, bringing.content("calls", [call()]), name="<img src=x>.csv")
    page = client.get(reverse("admin:billing_recordfile_changelist")).content.decode()
    assert "<img" not in page


def _correction(contract: Contract, **fields: Any) -> dict[str, Any]:
    given = {
        "contract": contract.pk, "item": ITEM, "words": "料金訂正", "subject": "", "charged_on": "2026-11-20",
        "amount": "-500", "tax_class": "standard", "corrects": "2026-10-15", "reason": "二重に請求",
    }  # fmt: skip
    return {**given, **fields}


def test_a_correction_is_a_new_row_with_month_and_reason(client: Client, world: Contract):
    assert items.get(ITEM)
    address = reverse("admin:billing_oncecharge_add")
    answer = client.post(address, _correction(world))
    assert answer.status_code == 302, answer.content.decode()
    row = OnceCharge.objects.get()
    assert (row.amount, row.corrects, row.reason) == (-500, date(2026, 10, 1), "二重に請求")
    assert row.customer_id == world.customer_id
    assert AuditEvent.objects.filter(action="oncecharge.created").count() == 1
    page = client.get(reverse("admin:billing_oncecharge_change", args=[row.pk])).content.decode()
    assert 'name="amount"' not in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": ""}, {"corrects": ""}, {"amount": "0"}, {"item": "nobody.knows"}, {"corrects": "2010-01-01"},
        {"corrects": "2026-12-01"}, {"tax_class": "reduced"},
    ],
)  # fmt: skip
def test_a_correction_says_why_and_of_what(client: Client, world: Contract, wrong: dict[str, str]):
    answer = client.post(reverse("admin:billing_oncecharge_add"), _correction(world, **wrong))
    assert answer.status_code == 200
    assert not OnceCharge.objects.exists()


@pytest.mark.parametrize("noun", ["taxrate", "issuer", "paymentterms"])
def test_terms_are_written_by_billing_and_read_by_support(client: Client, noun: str):
    assert client.get(f"/admin/billing/{noun}/add/").status_code == 200
    support = inside(operator_of("support"))
    assert support.get(f"/admin/billing/{noun}/").status_code == 200
    assert support.get(f"/admin/billing/{noun}/add/").status_code == 403


@pytest.mark.parametrize("subject", ['=HYPERLINK("http://x.example")\nx', "東京", "-", "0312", "+1 555"])
def test_what_a_correction_is_of_is_a_number(client: Client, world: Contract, subject: str):
    answer = client.post(reverse("admin:billing_oncecharge_add"), _correction(world, subject=subject))
    if subject == "0312":
        assert OnceCharge.objects.get().subject == subject
    else:
        assert answer.status_code == 200
        assert "subject" in answer.context["adminform"].form.errors
        assert not OnceCharge.objects.exists()


def test_a_number_is_kept_as_digits(client: Client, world: Contract):
    client.post(reverse("admin:billing_oncecharge_add"), _correction(world, subject="０７０-0000-0001"))
    assert OnceCharge.objects.get().subject == "07000000001"


def test_no_other_way_in_takes_anything_else(world: Contract, operator: User):
    fee = OnceCharge(contract=world, item=ITEM, words="x", subject="=1+1", charged_on=date(2026, 11, 20), amount=1)
    fee.cause = "tests:1"
    with pytest.raises(ValidationError, match="数字"):
        enter_fee(fee=fee, fields=["contract", "item", "words", "subject", "charged_on", "amount"], actor=operator)
