"""Another construction day: what it changes, who is told, and when it cannot be had."""

import pytest

from numbering.dial_in.stages import Stage, stage_of
from selfcare.accounts.models import AuditEvent
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.ending import cancel
from selfcare.orders.states import State
from selfcare.orders.timeline import timeline
from selfcare.work.models import Mail
from tests.numbering.dial_in import by_date, parts, staging
from tests.numbering.dial_in.by_date import fresh
from tests.numbering.dial_in.staging import brought, day_comes, ordered, reschedule

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def base(clock):
    return staging.base(clock)


@pytest.mark.parametrize("start", [Stage.RECEIVED, Stage.CONFIRMING, Stage.ARRANGED])
def test_the_order_is_for_another_day_and_the_customer_is_told_why(clock, base, operator, start):
    order = brought(clock, ordered(base), start)
    reschedule(order, "2026-12-15", "13:30", actor=operator)
    order = fresh(order)
    assert stage_of(order) == start
    assert order.due_at == clock.set("2026-12-15 13:30")
    assert order.cancel_until == clock.set("2026-12-15 00:00")
    assert (order.data["date"], order.data["time"]) == ("2026-12-15", "13:30")
    assert "2026年12月15日(火)" in order.shown["ja"]["promise"]["text"]
    (row,) = [one for one in order.shown["ja"]["rows"] if one["label"] == "日程の変更"]
    assert "12月7日" in row["old"]
    assert "12月15日" in row["new"]
    mail = Mail.objects.filter(template="dial_in_rescheduled").latest("pk")
    (item,) = mail.context["items"]
    assert item["reason"] == "部材の遅れのため。"
    assert item["rows"][0] == {"label": "工事日", "old": "2026年12月7日(月)", "new": "2026年12月15日(火) 13:30"}
    event = AuditEvent.objects.get(action="order.rescheduled")
    assert event.detail == {"from": "2026-12-07", "to": "2026-12-15 13:30", "reason": "部材の遅れのため。"}


def test_twice_is_told_twice_and_the_page_shows_the_last(clock, base):
    order = ordered(base)
    reschedule(order, "2026-12-15")
    reschedule(order, "2026-12-16")
    told = [entry.text for entry in timeline(AuditEvent.objects.all(), fresh(order))]
    assert told == ["受け付けました", "予定日を変更しました", "予定日を変更しました"]
    assert [row["label"] for row in fresh(order).shown["ja"]["rows"]].count("日程の変更") == 1


def test_a_day_that_has_come_can_be_put_off(clock, base, operator):
    order = day_comes(clock, ordered(base))
    assert order.state == State.IN_PROGRESS
    reschedule(order, "2026-12-15", actor=operator)
    assert stage_of(brought(clock, fresh(order), Stage.ARRANGED, operator)) == Stage.ARRANGED
    with pytest.raises(NotPossible, match="12月15日"):
        staging.STEPS[Stage.DONE](order, operator)


def test_the_customer_has_until_the_new_day(clock, base):
    order = ordered(base)
    reschedule(order, "2026-12-15")
    clock.set("2026-12-14 23:59")
    cancel(order=fresh(order), actor=staging.customer(order))
    assert fresh(order).state == State.CANCELLED


@pytest.mark.parametrize(
    ("day", "text"),
    [
        ("2026-11-19", "今日以降"),
        ("2026-12-21", "工事を行わない日"),
        ("2026-12-30", "工事を行わない日"),
        (by_date.DAY, "いまと同じ"),
    ],
)
def test_days_that_cannot_be_had(clock, base, day, text):
    parts.special_day(clock.set("2026-12-21 00:00").date())
    clock.set(staging.ORDERED)
    order = ordered(base)
    with pytest.raises(NotPossible, match=text):
        reschedule(order, day)
    assert fresh(order).data["date"] == by_date.DAY
    assert not Mail.objects.filter(template="dial_in_rescheduled").exists()


def test_not_on_a_day_that_would_abolish_the_shown_number(clock, base):
    shown = by_date.new(3, shown_number="0312345678")
    order = ordered(base, shown, date="2026-12-21", free_dial_until="2026-12-17")
    for day in ("2026-12-17", "2026-12-16"):
        with pytest.raises(NotPossible, match=r"12月17日\(木\)）より後の日.*特定番号通知は自動的に廃止"):
            reschedule(order, day)
    assert fresh(order).data["date"] == "2026-12-21"
    reschedule(order, "2026-12-18")
    assert fresh(order).data["date"] == "2026-12-18"


def test_the_planned_end_says_nothing_where_no_number_is_shown(clock, base):
    order = ordered(base, date="2026-12-21", free_dial_until="2026-12-17")
    reschedule(order, "2026-12-16")
    assert fresh(order).data["date"] == "2026-12-16"


@pytest.mark.parametrize("start", [Stage.DONE, Stage.COMPLETED, Stage.RETURNED, Stage.CANCELLED])
def test_what_is_done_or_with_the_customer_keeps_its_day(clock, base, start):
    order = brought(clock, ordered(base), start)
    clock.set(staging.ORDERED)
    with pytest.raises(NotPossible, match="この操作はできません"):
        reschedule(order, "2026-12-15")
    assert fresh(order).due_at == clock.set("2026-12-07 09:00")
