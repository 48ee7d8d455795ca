"""What is kept no more goes by the month, leaves a trace, and takes along what was made of it."""

from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile

from billing.models import CallRecord, RecordFile
from billing.records import bringing, loading, partitions, retention, storage
from billing.records.files import Refused, discard
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent, Contract, User
from selfcare.work import jobs
from tests.billing.records.world import call, calls, checked, take, usage
from tests.clock import Clock

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_a_month_is_erased_once_customers_reach_it_no_more(world: Contract, clock: Clock):
    bringing.load_rows(kind="calls", rows=[call(at="2026-10-05 10:00:00"), call()])
    bringing.load_rows(kind="usage", rows=[usage(day="2026-10-05"), usage()])
    clock.set("2027-05-31 23:59")
    assert "calls 2026-11" not in retention.erase_old()
    clock.set("2027-06-01 00:00")
    erased = retention.erase_old()
    assert erased["calls 2026-11"] == 1
    assert set(CallRecord.objects.values_list("billed_month", flat=True)) == {date(2026, 12, 1)}
    event = AuditEvent.objects.filter(action="records.erased", detail__kind="calls").latest("pk")
    assert event.detail == {"kind": "calls", "month": "2026-11-01", "rows": 1}
    assert retention.erase_old() == {}


def test_partitions_of_the_coming_months_are_there_in_time(clock: Clock):
    retention.make_ahead()
    for kind in ("calls", "usage"):
        assert {date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)} <= set(partitions.there(kind))
    assert retention.make_ahead() == 0


def test_it_is_done_every_day(clock: Clock):
    assert jobs.kinds()["billing.keep_records"].every == timedelta(days=1)


def test_discarding_erases_the_lines_and_says_why(world: Contract, operator: User):
    file = checked([call(kind="fax")])
    discard(file=file, reason="別の月でした", actor=operator)
    file.refresh_from_db()
    assert (file.state, file.stored, file.bad_rows.count()) == ("discarded", "", 0)
    event = AuditEvent.objects.get(action="records.discarded")
    assert (event.actor_id, event.detail["reason"]) == (operator.pk, "別の月でした")
    again = take(bringing.content("calls", [call(kind="fax")]))
    assert again.pk != file.pk


def test_a_loaded_file_cannot_be_discarded(world: Contract):
    file = loading.load(file=checked(calls(3)), actor=None)
    with pytest.raises(Refused, match="破棄できません"):
        discard(file=file, reason="", actor=None)


def test_files_that_nobody_wanted_and_content_without_a_file_are_swept(world: Contract):
    old, young = checked([call(kind="fax")]), checked([call()])
    RecordFile.objects.filter(pk=old.pk).update(uploaded_at=clocks.real_now() - timedelta(days=31))
    lost = storage.write(ContentFile(b"lost"))
    assert retention.sweep() == {"unused": 1, "lost": 0}
    assert storage.files_before(clocks.real_now() + timedelta(days=1)).count(lost) == 1
    young.refresh_from_db()
    assert young.state == "checked"
