"""A month as a whole: the shelf that the page shows, the ZIP, rendering ahead, and what is erased in the end."""

import io
import zipfile
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.availability import State
from billing.models import StatementFile
from billing.statements import jobs, kinds, shelf
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent
from selfcare.work.models import Job
from tests.billing.statements import parts

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
ZIP = "/billing/files/202704.zip"
NAMES = ["P0001_INVOICE_202704.csv", "P0001_INVOICE-VOICE_202704.csv", "P0001_CDR_202704.csv"]


@pytest.fixture
def user(clock):
    clock.set("2027-05-10 00:00")
    made = parts.customer_user()
    parts.april(made)
    return made


def items(user, month: date) -> dict[str, shelf.Item]:
    months = {one.month: one for one in shelf.months(user.customer, clocks.now())}
    return {item.kind.code: item for item in months[month].items if item.kind.code in ("invoice", "voice", "cdr")}


def test_a_month_says_what_there_is_and_from_when_the_rest_will_be(user, clock):
    clock.set("2027-04-25 00:00")
    found = items(user, parts.APRIL)
    assert {code: item.availability.state for code, item in found.items()} == {
        "invoice": State.EARLY,
        "voice": State.READY,
        "cdr": State.READY,
    }
    assert found["invoice"].availability.since == date(2027, 5, 10)
    assert found["cdr"].name == "P0001_CDR_202704.csv"
    assert (found["cdr"].rows, found["cdr"].size, found["cdr"].replaced) == (None, None, None)


def test_a_closed_month_without_a_bill_has_a_file_without_rows(user, clock):
    clock.set("2027-06-10 00:00")
    may = parts.run("bills", date(2027, 5, 1), "month_end")
    page = parts.client(user)
    assert page.get("/billing/files/P0001_INVOICE_202705.csv").status_code == 404
    parts.close(may)
    answer = page.get("/billing/files/P0001_INVOICE_202705.csv")
    assert b"".join(answer) == (",".join(kinds.get("invoice").columns) + "\r\n").encode()
    # A month that nobody has closed has none.
    assert page.get("/billing/files/P0001_INVOICE_202706.csv").status_code == 404


def test_what_is_rendered_ahead_has_sizes_and_rows(user):
    assert jobs.publish(Job())["rendered"] >= 3
    assert jobs.publish(Job()) == {"rendered": 0, "failed": 0}
    found = items(user, parts.APRIL)
    assert found["cdr"].rows == len(parts.CALLS)
    assert found["cdr"].size == (parts.GOLDEN / "P0001_CDR_202704.csv").stat().st_size
    assert found["cdr"].replaced is None
    b"".join(parts.client(user).get("/billing/files/P0001_CDR_202704.csv?encoding=cp932"))
    parts.settle()
    assert items(user, parts.APRIL)["cdr"].replaced == 4


def test_more_months_cost_no_query_more(user):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            shelf.months(user.customer, clocks.now())
        return len(asked)

    before = queries()
    for month in (1, 2, 3):
        parts.close(parts.run("voice", date(2027, month, 1)))
    jobs.publish(Job())
    assert queries() == before <= 2 * len(kinds.every()) + 1


def test_the_zip_of_a_month_has_all_its_files_and_the_same_bytes_each_time(user):
    page = parts.client(user)
    first = b"".join(page.get(ZIP))
    parts.settle()
    assert b"".join(page.get(ZIP)) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[:3] == NAMES
        for name in NAMES:
            assert archive.read(name) == (parts.GOLDEN / name).read_bytes()
        assert archive.getinfo(NAMES[0]).date_time == (2027, 5, 10, 0, 0, 0)
    (event, _again) = AuditEvent.objects.filter(action="statement.downloaded").order_by("pk")
    assert event.detail["files"][:3] == NAMES


def test_the_zip_in_cp932_without_headers(user):
    content = b"".join(parts.client(user).get(f"{ZIP}?encoding=cp932&header=off"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        golden = (parts.GOLDEN / "P0001_CDR_202704.cp932.csv").read_bytes()
        assert archive.read("P0001_CDR_202704.csv") == golden.split(b"\r\n", 1)[1]


@pytest.mark.parametrize(("month", "words"), [("202705", "から"), ("202613", None), ("199901", None), ("000000", None)])
def test_a_month_without_files_has_no_zip(user, month, words):
    answer = parts.client(user).get(f"/billing/files/{month}.zip")
    assert answer.status_code == 404
    assert words is None or words in answer.content.decode()


def test_files_of_calls_are_erased_with_their_records_and_bills_stay(user, clock):
    jobs.publish(Job())
    stored = StatementFile.objects.filter(kind="cdr").count()
    clock.set("2027-10-31 23:00")
    assert jobs.erase(clocks.now()) == 0
    clock.set("2027-11-01 00:00")
    assert jobs.erase(clocks.now()) == stored == 1
    assert set(StatementFile.objects.values_list("kind", flat=True)) >= {"invoice", "voice"}
    assert AuditEvent.objects.get(action="statements.erased").detail["files"] == 1


@pytest.mark.parametrize(
    ("kind", "before"), [("cdr", "2027-05-01"), ("invoice", "2027-05-01"), ("other", "2027-12-01")]
)
def test_the_database_erases_nothing_that_is_kept(user, kind, before):
    with pytest.raises(DatabaseError, match="still kept"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM billing_erase_statements(%s, %s)", [kind, before])
