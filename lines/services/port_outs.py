"""Numbers on their way to other carriers: asked for, issued, gone or expired. The reservation outlives its order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from lines import items
from lines.carriers.port import Action, CarrierAnswer, Fact
from lines.models import CarrierOrder, Line, PortOut
from lines.services import calling, fees, port_ins, porting_mails, terminating
from selfcare import calendar, clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible, TryAgain
from selfcare.orders.services import operating
from selfcare.work import jobs

State = PortOut.State

#: The job that asks the carrier whether a number has left, when it has said so.
LOOK = "lines.port_out_look"
#: Ten digits, usually written in groups.
_NUMBER = re.compile(r"[0-9][0-9-]{8,18}[0-9]")
_TONES = {State.PENDING: "tone--info", State.ISSUED: "tone--ok", State.EXPIRED: "tone--bad"}


@dataclass(frozen=True)
class Reservation:
    """A port-out as pages show it. `deadline` only while the number can be used; `tone` is a CSS class."""

    port_out: PortOut
    label: str
    tone: str
    deadline: port_ins.Deadline | None


def shown(port_out: PortOut, *, today: date) -> Reservation:
    """On the day after its last one it is expired, whether a worker has been there or not."""
    state = State(port_out.state)
    if state == State.ISSUED and port_out.expires_on is not None:
        if port_out.expires_on >= today:
            left = port_ins.deadline(port_out.expires_on, today=today)
            return Reservation(port_out, str(state.label), _TONES[state], left)
        state = State.EXPIRED
    return Reservation(port_out, str(state.label), _TONES.get(state, "tone--off"), None)


def of_line(line: Line, *, today: date) -> Reservation | None:
    """The latest reservation of a line as its page shows it; none where it was cancelled or never asked for."""
    latest = line.port_outs.exclude(state=State.CANCELLED).select_related("order").order_by("-pk").first()
    return shown(latest, today=today) if latest is not None else None


def live(line_ids: Sequence[int]) -> dict[int, PortOut]:
    """Reservations that are asked for or can be used, by line."""
    found = PortOut.objects.filter(line_id__in=line_ids, state__in=[State.PENDING, State.ISSUED])
    return {port_out.line_id: port_out for port_out in found}


def begin(orders: Sequence[Order]) -> None:
    """One for each order's line, in the accepting transaction. Raises IntegrityError where one is live."""
    PortOut.objects.bulk_create(
        [PortOut(order=order, customer_id=order.customer_id, line_id=order.subject_id or 0) for order in orders],
        batch_size=2000,
    )


def cancel(orders: Sequence[Order]) -> None:
    """The orders have ended without a number."""
    PortOut.objects.filter(order__in=orders, state=State.PENDING).update(state=State.CANCELLED)


def told(answer: CarrierAnswer) -> tuple[str, date]:
    """Number and last day as the carrier tells them. Raises ValueError for what is neither."""
    number = answer.facts.get(Fact.PORT_OUT_NUMBER, "")
    if not _NUMBER.fullmatch(number):
        raise ValueError("The carrier has completed a port-out without a reservation number.")
    return number, _on_our_clock(date.fromisoformat(answer.facts.get(Fact.PORT_OUT_EXPIRES, "")))


def _on_our_clock(day: date) -> date:
    """Carriers live in real time: where the portal's clock is moved, their days move with it."""
    moved = clock.now() - clock.real_now()
    return day + timedelta(days=round(moved / calendar.ONE_DAY))


def issue(*, order: Order, number: str, expires_on: date, on: date) -> None:
    """The number is there: kept, and told by mail; in the transaction that completes the order."""
    pending = PortOut.objects.filter(order=order, state=State.PENDING)
    if pending.update(state=State.ISSUED, reservation_number=number, expires_on=expires_on, issued_on=on):
        port_out = PortOut.objects.select_related("order").get(order=order)
        porting_mails.tell_port_outs([port_out], "mnp_out_issued")


def issue_by_hand(*, port_out: PortOut, number: str, expires_on: date, actor: User) -> None:
    """What an operator has been told by telephone: written down, and the order completes with it.

    Raises NotPossible for a number that is none, a day that is over, or an order that has ended.
    """
    if not _NUMBER.fullmatch(number):
        raise NotPossible(_("MNP予約番号は、数字とハイフンで入力してください。"))
    if expires_on < calendar.today(clock.now()):
        raise NotPossible(_("有効期限が過ぎています。"))
    with transaction.atomic():
        waiting = PortOut.objects.filter(pk=port_out.pk, state=State.PENDING)
        if not waiting.update(reservation_number=number, expires_on=expires_on):
            raise NotPossible(_("この転出は、発行待ちではありません。"))
        operating.complete(order=port_out.order, reason=_("MNP予約番号を登録"), actor=actor)


def left(*, port_out: PortOut, on: date, actor: User | None) -> bool:
    """The line has gone to another carrier: it ends with that day. False when that was known; told by mail once.

    Raises NotPossible for a port-out without a number.
    """
    with transaction.atomic():
        line = Line.objects.select_for_update(no_key=True).get(pk=port_out.line_id)
        row = PortOut.objects.select_for_update(of=("self",)).select_related("order").get(pk=port_out.pk)
        if row.state == State.LEFT:
            return False
        if row.state not in (State.ISSUED, State.EXPIRED):
            raise NotPossible(_("MNP予約番号が発行されていない回線は、転出済にできません。"))
        row.state, row.left_on = State.LEFT, on
        row.save(update_fields=["state", "left_on"])
        if line.status != Line.Status.TERMINATED:
            terminating.end_lines(lines=[line], days={line.pk: on}, but=[], actor=actor)
        fees.charge(order=row.order, item=items.PORT_OUT, number=line.number, on=on)
        audit.record(action="line.ported_out", obj=line, detail={"on": on.isoformat()}, actor=actor)
        porting_mails.tell_port_outs([row], "mnp_out_left")
    return True


def heard(row: CarrierOrder, answer: CarrierAnswer) -> None:
    """A carrier says by itself that a number has left: ask it back, as of everything that it tells so."""
    if row.action == Action.PORT_OUT and answer.facts.get(Fact.PORTED_OUT) == "true":
        key = f"{row.pk}:{clock.real_now().isoformat()}"
        jobs.enqueue(kind=LOOK, key=key, payload={"order": row.order_id})


def look(port_out: PortOut) -> bool:
    """Ask the carrier whether the number has left; True when it has. Outside any transaction.

    Raises TryAgain when the carrier is not to be had.
    """
    if not CarrierOrder.objects.filter(order_id=port_out.order_id).exists():
        # Carried out by hand from the beginning.
        return False
    answer = calling.ask_status(order=port_out.order)
    if answer is None or answer.facts.get(Fact.PORTED_OUT) != "true":
        return False
    left(port_out=port_out, on=calendar.today(clock.now()), actor=None)
    return True


def look_after_all() -> int:
    """Ask after every number that can be used: an event may have been lost. Return how many have left.

    A carrier that is not to be had is left alone until the next time; the others are asked.
    """
    gone = 0
    away: set[str] = set()
    for port_out in PortOut.objects.filter(state=State.ISSUED).select_related("order", "line").order_by("pk"):
        if port_out.line.carrier in away:
            continue
        try:
            gone += look(port_out)
        except TryAgain:
            away.add(port_out.line.carrier)
    return gone


def expire(now: datetime) -> int:
    """End reservations after their last day, or with their lines; return how many. Who has left meanwhile has left.

    One whose carrier is not to be had waits for the next time: only the carrier knows.
    """
    today = calendar.today(now)
    over = PortOut.objects.filter(state=State.ISSUED).filter(
        Q(expires_on__lt=today) | Q(line__status=Line.Status.TERMINATED)
    )
    expired = 0
    for port_out in over.select_related("order").order_by("expires_on", "pk"):
        try:
            gone = look(port_out)
        except TryAgain:
            continue
        expired += 0 if gone else _expire(port_out)
    return expired


def _expire(port_out: PortOut) -> int:
    """Once, however many are at it."""
    with transaction.atomic():
        if not PortOut.objects.filter(pk=port_out.pk, state=State.ISSUED).update(state=State.EXPIRED):
            return 0
        port_out.state = State.EXPIRED
        porting_mails.tell_port_outs([port_out], "mnp_out_expired")
    return 1
