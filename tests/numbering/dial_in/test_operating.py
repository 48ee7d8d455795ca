"""Every stage from every stage: what the table allows is done, everything else changes nothing."""

import pytest

from numbering.dial_in.models import DialInNumber, VoiceContract
from numbering.dial_in.services import operating, reconciling
from numbering.dial_in.stages import STEPS, Stage, next_of, stage_of
from numbering.models import Assignment, FreeNumber
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent
from selfcare.orders.models import Order, OrderKey
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import operating as engine
from selfcare.orders.services.ending import cancel
from selfcare.orders.states import State
from selfcare.orders.timeline import timeline
from selfcare.work.models import Mail
from tests import builders
from tests.numbering.dial_in import by_date, staging
from tests.numbering.dial_in.by_date import fresh
from tests.numbering.dial_in.staging import brought, day_comes, ordered

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

#: Written out, so that a slip in the table is seen: from each stage, what an operator can do next.
ALLOWED = {
    Stage.RECEIVED: {Stage.CONFIRMING, Stage.RETURNED, Stage.CANCELLED},
    Stage.CONFIRMING: {Stage.ARRANGED, Stage.RETURNED, Stage.CANCELLED},
    Stage.ARRANGED: {Stage.DONE, Stage.RETURNED, Stage.CANCELLED},
    Stage.DONE: {Stage.COMPLETED},
    Stage.RETURNED: {Stage.CANCELLED},
    Stage.COMPLETED: set(),
    Stage.CANCELLED: set(),
}


@pytest.fixture
def base(clock):
    return staging.base(clock)


def everything(order):
    """What a step may change."""
    row = Order.objects.filter(pk=order.pk).values("state", "phase", "due_at", "reason", "result", "next_at").get()
    numbers = sorted(Assignment.objects.values_list("digits", "state", "order_id"))
    works = VoiceContract.objects.get(pk=order.subject_id).works
    return row, numbers, works, AuditEvent.objects.count(), Mail.objects.count(), FreeNumber.objects.count()


@pytest.mark.parametrize("to", staging.STEPS)
@pytest.mark.parametrize("start", ALLOWED)
def test_every_step_from_every_stage(clock, base, operator, start, to):
    order = brought(clock, ordered(base), start)
    assert stage_of(order) == start
    clock.set(staging.COMPLETION)
    before = everything(order)
    if to in ALLOWED[start]:
        done = staging.STEPS[to](order, operator)
        assert stage_of(done) == stage_of(fresh(order)) == to
        assert AuditEvent.objects.about("order", order.pk).latest("pk").actor_name == operator.selfcare_id
    else:
        with pytest.raises(NotPossible, match="この操作はできません"):
            staging.STEPS[to](order, operator)
        assert everything(order) == before
    assert reconciling.differences(clocks.now()) == []


@pytest.mark.parametrize("start", [Stage.RECEIVED, Stage.CONFIRMING, Stage.ARRANGED, Stage.DONE])
def test_that_the_day_has_come_makes_no_difference(clock, base, operator, start):
    """The engine calls what is due in progress; the stages go on as they were."""
    order = day_comes(clock, brought(clock, ordered(base), start), staging.COMPLETION)
    assert (order.state, stage_of(order)) == (State.IN_PROGRESS, start)
    for step in ALLOWED[start] - {Stage.CANCELLED, Stage.RETURNED}:
        assert stage_of(staging.STEPS[step](order, operator)) == step
    assert not Order.objects.filter(state=State.HELD).exists()


def test_what_is_due_is_moved_once_and_not_looked_at_over_and_over(clock, base):
    order = day_comes(clock, ordered(base))
    events = AuditEvent.objects.count()
    order = day_comes(clock, order, "2026-12-20 10:00")
    assert AuditEvent.objects.count() == events
    assert order.state_label == "受付"


def test_the_next_step_is_the_way_to_the_end(clock, base):
    order = ordered(base)
    seen = []
    while following := next_of(order):
        seen.append(following)
        order = brought_by(clock, order, following)
    assert seen == [Stage.CONFIRMING, Stage.ARRANGED, Stage.DONE, Stage.COMPLETED]
    assert order.state == State.COMPLETED


def brought_by(clock, order, step):
    clock.set({Stage.DONE: staging.OPENING, Stage.COMPLETED: staging.COMPLETION}.get(step, staging.ORDERED))
    return staging.STEPS[step](order, builders.operator())


def test_who_comes_second_reads_what_has_happened(clock, base, operator):
    order = brought(clock, ordered(base), Stage.CONFIRMING, operator)
    with pytest.raises(NotPossible) as told:
        operating.confirm(order=order, actor=operator)
    assert "「確認中」になっている" in str(told.value)
    assert operator.selfcare_id in str(told.value)


@pytest.mark.parametrize("start", [Stage.RECEIVED, Stage.CONFIRMING, Stage.RETURNED])
def test_the_customer_cancels_until_the_construction_is_arranged(clock, base, start):
    order = brought(clock, ordered(base), start)
    cancel(order=order, actor=staging.customer(order))
    assert fresh(order).state == State.CANCELLED
    assert fresh(base.voice_contract).works == 0
    assert FreeNumber.objects.count() == 20
    assert [entry.text for entry in timeline(AuditEvent.objects.all(), fresh(order))][-1] == "取り消しました"


@pytest.mark.parametrize("start", [Stage.ARRANGED, Stage.DONE, Stage.COMPLETED])
def test_what_is_arranged_the_customer_cannot_undo(clock, base, start):
    order = brought(clock, ordered(base), start)
    clock.set(staging.ORDERED)
    with pytest.raises(NotPossible):
        cancel(order=order, actor=staging.customer(order))
    assert stage_of(fresh(order)) == start


def test_cancelling_gives_everything_back_and_says_why(clock, base):
    order = ordered(base, by_date.new(3))
    order = brought(clock, order, Stage.ARRANGED)
    cancelled = staging.STEPS[Stage.CANCELLED](order, staging.customer(order))
    assert (cancelled.state, cancelled.phase, cancelled.reason) == (State.CANCELLED, "", "工事ができないため。")
    assert not DialInNumber.objects.filter(assignment__order=order).exists()
    assert FreeNumber.objects.count() == 20
    assert not OrderKey.objects.filter(order=order, is_open=True).exists()
    assert fresh(base.voice_contract).works == 0
    mail = Mail.objects.filter(template="order_cancelled").latest("pk")
    assert mail.context["items"][0]["reason"] == "工事ができないため。"


def test_what_is_returned_can_be_corrected_and_goes_the_way_again(clock, base):
    order = brought(clock, ordered(base), Stage.RETURNED)
    mail = Mail.objects.filter(template="dial_in_returned").latest("pk")
    (item,) = mail.context["items"]
    assert item["reason"] == order.reason == "番号をご確認ください。"
    assert item["url"].endswith(order.get_absolute_url())
    again = by_date.place_again(order)
    assert stage_of(again) == Stage.RECEIVED
    assert stage_of(brought(clock, again, Stage.COMPLETED)) == Stage.COMPLETED
    assert fresh(base.voice_contract).works == 0


def test_the_engines_own_ends_are_closed_to_it(clock, base, operator):
    order = brought(clock, ordered(base), Stage.DONE)
    assert not engine.can_refuse(order)
    assert not engine.can_complete(order)
    for end in (engine.refuse, engine.complete):
        with pytest.raises(NotPossible):
            end(order=order, reason="x", actor=operator)
    assert stage_of(fresh(order)) == Stage.DONE


def test_the_timeline_has_every_stage(clock, base):
    order = brought(clock, ordered(base), Stage.RETURNED)
    order = brought(clock, by_date.place_again(order), Stage.COMPLETED)
    told = [entry.text for entry in timeline(AuditEvent.objects.all(), order)]
    assert told == ["受け付けました", "確認中", "差戻し", "受け付けました", "確認中", "工事手配", "工事完了", "竣工"]


def test_every_step_of_the_table_has_a_service():
    for steps in STEPS.values():
        assert set(steps) <= set(staging.STEPS)
