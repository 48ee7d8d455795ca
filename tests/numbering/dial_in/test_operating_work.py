"""工事完了 and 竣工: what is there from then on, once; and that all is as before when some of it cannot be done."""

import pytest

from billing.models import RecurringCharge
from numbering.dial_in.models import DialInNumber, SiteNetwork
from numbering.dial_in.services import operating, reconciling
from numbering.dial_in.stages import Stage, stage_of
from numbering.models import Assignment, Number
from numbering.services import issued
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.search import containing
from selfcare.orders.states import State
from selfcare.work import reconcile
from selfcare.work.models import Mail
from selfcare.work.posting import post
from tests.numbering.dial_in import by_date, parts, staging
from tests.numbering.dial_in.by_date import fresh
from tests.numbering.dial_in.staging import brought, ordered

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
PORTED = "0399990001"
#: The earliest day with portability.
PORTING = "2026-12-14"


@pytest.fixture
def base(clock):
    return staging.base(clock)


def state_of(order):
    rows = Assignment.objects.filter(order=order).order_by("digits")
    return list(rows.values_list("digits", "state", "origin"))


def everything():
    return (
        list(Order.objects.order_by("pk").values("state", "phase", "result")),
        sorted(Assignment.objects.values_list("digits", "state", "started_on")),
        sorted(DialInNumber.objects.values_list("digits", "base_id", "message_box")),
        sorted(map(str, SiteNetwork.objects.values_list("network", flat=True))),
        RecurringCharge.objects.count(),
        Number.objects.count(),
        Mail.objects.count(),
        AuditEvent.objects.count(),
    )


def test_the_numbers_are_in_use_with_charges_from_the_day_of_the_work(clock, base, operator):
    order = brought(clock, ordered(base, by_date.new(2, message_box=True)), Stage.ARRANGED)
    assert [state for _digits, state, _origin in state_of(order)] == ["reserved", "reserved"]
    assert not RecurringCharge.objects.exists()
    clock.set("2026-12-08 11:00")
    done = operating.finish(order=order, actor=operator)
    assert [state for _digits, state, _origin in state_of(order)] == ["active", "active"]
    assert {str(one.started_on) for one in Assignment.objects.filter(order=order)} == {"2026-12-08"}
    charges = RecurringCharge.objects.order_by("subject", "item").values_list("item", "started_on")
    assert [item for item, _on in charges] == ["numbering.dial_in.0abj", "numbering.dial_in.message_box"] * 2
    assert {str(on) for _item, on in charges} == {"2026-12-08"}
    assert done.result == {"numbers": ["0320000000", "0320000001"]}
    assert containing(Order.objects.all(), "0320000001").get() == order
    assert fresh(base.voice_contract).works == 1
    assert "dial-in numbers" not in reconcile.run()


def test_numbers_are_brought_and_moved_with_their_functions(clock, base, operator):
    other = parts.base(base.voice_contract)
    (mine,) = parts.dial_ins(other, 1)
    order = by_date.draft(base, by_date.new(1), date=PORTING)
    by_date.part(order, base, by_date.port(PORTED), by_date.port(mine.digits, move=True, carrier1="", line_kind=""))
    order = brought(clock, by_date.place(order), Stage.ARRANGED, operator)
    clock.set(f"{PORTING} 10:00")
    order = operating.finish(order=order, actor=operator)
    assert order.result["numbers"] == sorted(["0320000000", PORTED, mine.digits])
    taken = DialInNumber.objects.get(digits=PORTED)
    assert (taken.base, taken.assignment.origin, taken.assignment.state) == (base, "ported", "active")
    assert fresh(mine).base == base
    assert sorted(one.digits for one in issued.issued_by(order)) == order.result["numbers"]


def test_the_networks_of_the_site_are_changed(clock, base, operator):
    old, kept = (parts.network(base.voice_contract, one) for one in ("10.9.0.0/16", "10.8.0.0/16"))
    order = ordered(base, networks={"add": ["10.9.1.0/24"], "delete": [old.pk]})
    brought(clock, order, Stage.ARRANGED)
    assert SiteNetwork.objects.count() == 3
    clock.set(staging.OPENING)
    operating.finish(order=order, actor=operator)
    found = {str(one) for one in SiteNetwork.objects.filter(voice_contract=base.voice_contract)}
    assert found == {"192.168.1.0/24", str(kept.network), "10.9.1.0/24"}


def test_the_customer_is_told_with_the_page_of_the_numbers(clock, base, operator):
    order = brought(clock, ordered(base), Stage.DONE, operator)
    mail = Mail.objects.filter(template="dial_in_done").latest("pk")
    (item,) = mail.context["items"]
    assert item["url"].endswith(f"/numbering/issued/{order.uuid}/")
    assert item["request_id"] == order.request_id
    before = Mail.objects.count()
    clock.set(staging.COMPLETION)
    operating.complete(order=order, actor=operator)
    assert Mail.objects.count() == before


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_mails_can_be_read(clock, base, operator, mailoutbox, language):
    order = brought(clock, ordered(base), Stage.RETURNED, operator)
    order = by_date.place_again(order)
    staging.reschedule(order, "2026-12-08", actor=operator)
    brought(clock, order, Stage.CONFIRMING, operator)
    operating.arrange(order=order, actor=operator)
    clock.set("2026-12-08 10:00")
    operating.finish(order=order, actor=operator)
    for template in ("dial_in_returned", "dial_in_rescheduled", "dial_in_done"):
        mail = Mail.objects.filter(template=template).latest("pk")
        mail.language = language
        post([mail])
        sent = mailoutbox[-1]
        assert order.request_id in sent.subject
        assert "http" in sent.body
        assert {"dial_in_returned": "番号をご確認ください。", "dial_in_rescheduled": "部材の遅れ"}.get(
            template, ""
        ) in sent.body


def used_by_somebody(order):
    parts.dial_ins(parts.base(), 1, first=PORTED)


def network_taken(order):
    parts.network(parts_site(order), "10.1.0.0/16")


def parts_site(order):
    return order.dial_in_parts.first().base.voice_contract


def site_ended(order):
    site = parts_site(order)
    site.ended_on = "2026-12-01"
    site.save(update_fields=["ended_on"])


def charged_already(order):
    """By nobody knows what: the books contradict the work."""
    first = DialInNumber.objects.filter(assignment__order=order).earliest("digits").digits
    RecurringCharge.objects.create(
        customer=order.customer, contract=order.contract, item="numbering.dial_in.0abj", subject=first,
        started_on="2026-11-01",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (charged_already, "登録済みの内容と矛盾"),
        (used_by_somebody, "すでに当社で使われています"),
        (network_taken, "重なっている"),
        (site_ended, "終了しています"),
    ],
)
def test_what_cannot_be_done_leaves_all_as_before(clock, base, operator, spoil, text):
    networks = {"add": ["10.1.2.0/24"], "delete": []}
    order = by_date.draft(base, by_date.new(2), date=PORTING, networks=networks)
    by_date.part(order, base, by_date.port(PORTED))
    order = brought(clock, by_date.place(order), Stage.ARRANGED, operator)
    clock.set(f"{PORTING} 10:00")
    spoil(order)
    before = everything()
    with pytest.raises(NotPossible, match=text):
        operating.finish(order=order, actor=operator)
    assert everything() == before
    assert stage_of(fresh(order)) == Stage.ARRANGED


def test_not_before_the_construction_day(clock, base, operator):
    order = brought(clock, ordered(base), Stage.ARRANGED, operator)
    clock.set("2026-12-06 23:59")
    with pytest.raises(NotPossible, match="2026年12月7日"):
        operating.finish(order=order, actor=operator)
    clock.set("2026-12-07 00:00")
    assert operating.finish(order=order, actor=operator).phase == "done"


def test_completion_before_its_day_asks_why(clock, base, operator):
    order = brought(clock, ordered(base), Stage.DONE, operator)
    clock.set("2026-12-08 23:59")
    with pytest.raises(NotPossible, match="理由を入力"):
        operating.complete(order=order, actor=operator)
    done = operating.complete(order=order, reason="お客様のご確認済み", actor=operator)
    assert (done.state, done.state_label) == (State.COMPLETED, "竣工")
    event = AuditEvent.objects.about("order", order.pk).latest("pk")
    assert event.detail["early"] == "お客様のご確認済み"
    assert fresh(base.voice_contract).works == 0


def test_an_order_at_once_waits_for_completion_only(clock, base, operator):
    """The counter that says so is begun once and ended once, whatever lies between."""
    order = brought(clock, ordered(base), Stage.RETURNED, operator)
    assert fresh(base.voice_contract).works == 1
    order = by_date.place_again(order)
    assert fresh(base.voice_contract).works == 1
    brought(clock, order, Stage.COMPLETED, operator)
    assert fresh(base.voice_contract).works == 0
    assert reconciling.differences(clocks.now()) == []
