"""Long lists: written by a worker, fetched by who asked, swept after a day, and all of it on record."""

import csv
import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.urls import reverse

from selfcare import clock as time
from selfcare.accounts.models import AuditEvent, User
from selfcare.staff.files import exporting
from selfcare.staff.models import ExportFile
from selfcare.staff.services import exports
from selfcare.work import jobs
from selfcare.work.models import Job
from tests import builders
from tests.hostile import crowd
from tests.selfcare.staff.people import inside, operator_of
from tests.staff.help import DATABASES, sheet

pytestmark = pytest.mark.django_db(databases=DATABASES)

LINES = "/admin/lines/line/export/{kind}/"
MANY = exporting.AT_ONCE + 1


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    place = tmp_path / "exports"
    kept = settings.STORAGES["exports"]
    settings.STORAGES = {
        **settings.STORAGES, "exports": {**kept, "OPTIONS": {**(kept["OPTIONS"] or {}), "location": place}},
    }  # fmt: skip
    return place


@pytest.fixture
def actor(clock, folder) -> User:
    return operator_of("support")


@pytest.fixture
def client(actor):
    return inside(actor)


@pytest.fixture
def many(contract):
    crowd.lines(contract, MANY)


def work_off() -> None:
    Job.objects.exclude(kind=exports.JOB).delete()
    while Job.objects.filter(kind=exports.JOB, state=Job.State.WAITING, due_at__lte=time.real_now()).exists():
        jobs.run_due()


def asked(client, kind="csv", query="") -> ExportFile:
    address = LINES.format(kind=kind) + query
    page = client.get(address)
    assert page.status_code == 200
    assert "ファイルを作成する" in page.content.decode()
    answer = client.post(address)
    assert answer["Location"] == reverse("admin:staff_exportfile_changelist")
    return ExportFile.objects.latest("pk")


def fetched(client, export: ExportFile) -> bytes:
    answer = client.get(reverse("admin:staff_exportfile_file", args=[export.pk]))
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    return b"".join(answer)


def test_a_long_list_is_asked_for_written_and_fetched(client, many, folder):
    export = asked(client)
    assert "作成中" in client.get("/admin/staff/exportfile/").content.decode()
    work_off()
    export.refresh_from_db()
    assert (export.state, export.rows) == ("ready", MANY)
    assert "保存する" in client.get("/admin/staff/exportfile/").content.decode()
    content = fetched(client, export)
    assert len(content) == export.size
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == MANY + 1
    (stored,) = (path for path in folder.rglob("*") if path.is_file())
    assert stat_mode(stored) == 0o600
    told = [(event.action, event.actor_name) for event in AuditEvent.objects.filter(object_type="exportfile")]
    assert told == [(action, "op_support") for action in ("export.requested", "rows.exported", "export.fetched")]


def stat_mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_get_asks_for_nothing_and_stores_nothing(client, many):
    client.get(LINES.format(kind="csv"))
    assert not ExportFile.objects.exists()
    assert not AuditEvent.objects.filter(action__startswith="export").exists()


def test_search_and_filters_hold_for_a_long_list_and_are_on_record(client, many, contract):
    builders.line(contract=contract, number="09099999999", status="suspended")
    export = asked(client, query="?status__exact=active&q=070")
    work_off()
    export.refresh_from_db()
    assert export.rows == MANY
    detail = AuditEvent.objects.get(action="rows.exported").detail
    assert detail["query"] == "status__exact=active&q=070"
    assert (detail["noun"], detail["rows"]) == ("lines.line", MANY)


def test_a_short_list_comes_at_once_and_is_on_record(client, contract):
    crowd.lines(contract, 3)
    answer = client.get(LINES.format(kind="csv"), {"q": "07000000001"})
    assert b"07000000001" in b"".join(answer)
    detail = AuditEvent.objects.get(action="rows.exported").detail
    assert detail == {"noun": "lines.line", "kind": "csv", "query": "q=07000000001", "rows": 1}


def test_a_workbook_is_written_by_the_worker_as_well(client, many):
    export = asked(client, "xlsx")
    work_off()
    export.refresh_from_db()
    lines = sheet(fetched(client, export))
    assert len(lines) == MANY + 1
    assert {type(cell) for cell in lines[1]} <= {str, type(None)}


def test_only_who_asked_and_superusers_see_a_file(client, many):
    export = asked(client)
    work_off()
    export.refresh_from_db()
    address = reverse("admin:staff_exportfile_file", args=[export.pk])
    colleague = inside(operator_of("admin", "op_colleague"))
    assert colleague.get(address).status_code == 404
    assert "保存する" not in colleague.get("/admin/staff/exportfile/").content.decode()
    assert colleague.get(f"/admin/staff/exportfile/{export.pk}/change/").status_code in {302, 404}
    chief = operator_of("admin", "op_chief")
    User.objects.filter(pk=chief.pk).update(is_superuser=True)
    assert inside(chief).get(address).status_code == 200


def test_who_may_not_see_the_list_gets_no_file(client, clock):
    assert client.get("/admin/numbering/number/export/csv/").status_code in {200, 403}
    builders.user()
    assert client.post("/admin/staff/operator/export/csv/").status_code in {302, 403, 404}


def test_rights_lost_meanwhile_count(client, actor, many):
    export = asked(client)
    actor.groups.clear()
    work_off()
    export.refresh_from_db()
    assert (export.state, export.stored) == ("failed", "")
    assert "権限がありません" in export.reason


def test_an_operator_who_has_left_gets_nothing(client, actor, many, folder):
    export = asked(client)
    User.objects.filter(pk=actor.pk).update(is_active=False)
    work_off()
    export.refresh_from_db()
    assert export.state == "failed"
    assert not list(folder.rglob("*/*"))


def test_a_killed_worker_is_followed_by_another_one(client, many, folder):
    """The first one has written its file and died before it could say so; the second one begins anew."""
    export = asked(client)
    storages["exports"].save("ab/orphan", io.BytesIO(b"half"))
    Job.objects.filter(kind=exports.JOB).update(
        attempt=1,
        lease_until=time.real_now() - timedelta(seconds=1),
        lease_token="00000000-0000-0000-0000-000000000001",
    )
    work_off()
    export.refresh_from_db()
    assert (export.state, export.rows) == ("ready", MANY)
    old = (time.real_now() - exports.WITHOUT_ROW - timedelta(hours=1)).timestamp()
    os.utime(folder / "ab" / "orphan", (old, old))
    assert (exports.sweep(Job()) or {})["without_row"] == 1
    assert fetched(client, export)


def test_two_workers_leave_one_file(client, many, folder):
    export = asked(client)
    assert exports.finish(export=export, content=io.BytesIO(b"first"), rows=1)
    assert not exports.finish(export=export, content=io.BytesIO(b"second"), rows=2)
    export.refresh_from_db()
    assert fetched(client, export) == b"first"
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 1
    assert AuditEvent.objects.filter(action="rows.exported").count() == 1


def test_after_a_day_it_is_over(client, many, folder):
    export = asked(client)
    work_off()
    ExportFile.objects.update(expires_at=time.real_now() - timedelta(seconds=1))
    answer = client.get(reverse("admin:staff_exportfile_file", args=[export.pk]), follow=True)
    assert "保存できません" in answer.content.decode()
    assert (exports.sweep(Job()) or {})["expired"] == 1
    export.refresh_from_db()
    assert (export.state, export.stored) == ("expired", "")
    assert not [path for path in folder.rglob("*") if path.is_file()]
    assert "期限切れ" in client.get("/admin/staff/exportfile/").content.decode()
    ExportFile.objects.update(created_at=time.real_now() - exports.REMEMBERED - timedelta(days=1))
    assert (exports.sweep(Job()) or {})["forgotten"] == 1


def test_a_list_of_a_filter_that_is_none_is_told(client, many, actor):
    export = exports.ask_for(noun="lines.line", kind="csv", query="status__exact__nonsense=1", actor=actor)
    work_off()
    export.refresh_from_db()
    assert export.state == "failed"
    assert "絞り込み" in export.reason


@pytest.mark.parametrize("query", ["status__exact__nonsense=1", "customer__contracts__mail=x", "p=99999"])
def test_an_address_that_is_no_lists_is_no_error(client, query):
    assert client.get(LINES.format(kind="csv") + f"?{query}").status_code in {200, 302, 400}
