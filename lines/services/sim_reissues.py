"""The replacement of a line's SIM from acceptance to the new SIM in use (`SimReissue`), and an eSIM's code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from lines import items
from lines.models import Line, SimReissue
from lines.services import fees, sim_mails, sims
from selfcare import calendar, clock, vault
from selfcare.accounts import audit
from selfcare.accounts.models import Role, User
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.states import State as OrderState

Method, State = SimReissue.Method, SimReissue.State

#: How long an eSIM's code can be read by the customer: from the moment it is there, and after the switch to it, for
#: a reading that broke off is repeated with the same code.
CODE_LIFE = timedelta(days=30)
AFTER_SWITCH = timedelta(days=1)
#: From when on the day before is told of: nobody is woken by it.
TELL_FROM = time(9, 0)
#: How long a finished replacement stands on the line's page.
RECENT = timedelta(days=30)
#: Reissues per transaction when many are told of.
CHUNK = 500
LONGEST_TRACKING_NUMBER = 40


def begin(orders: Sequence[Order], lines: Mapping[int, Line]) -> None:
    """Write a replacement for each order, in the accepting transaction. `lines` by id."""
    SimReissue.objects.bulk_create(
        SimReissue(
            order=order,
            customer_id=order.customer_id,
            line_id=order.subject_id or 0,
            method=order.data["method"],
            sim_size=order.data["size"],
            ship_on=_day(order.data),
            ship_to=order.data.get("ship_to") or {},
            old_serial=lines[order.subject_id or 0].sim_serial,
            new_serial=order.data.get("serial", ""),
        )
        for order in orders
    )


def _day(data: Mapping[str, Any]) -> date | None:
    return date.fromisoformat(data["ship_on"]) if data.get("ship_on") else None


def give_up(orders: Sequence[Order]) -> None:
    """The orders came to nothing, cancelled or failed: what acceptance took is free again."""
    sims.give_back(orders)
    SimReissue.objects.filter(order__in=orders).update(state=State.CANCELLED, sealed_code=None)


def make_ready(*, order: Order, code: str = "") -> None:
    """The switch is ready, for the customer to carry out; told by mail once, however often the carrier says so.

    `code` is an eSIM's activation code: sealed here and shown by `code_of` only.
    """
    with transaction.atomic():
        reissue = SimReissue.objects.select_for_update(no_key=True).get(order=order)
        if reissue.state != State.WAITING:
            return
        reissue.state, reissue.ready_at = State.READY, clock.now()
        if code:
            reissue.sealed_code = vault.seal(code, context=_context(reissue))
        reissue.save(update_fields=["state", "ready_at", "sealed_code"])
        sim_mails.tell([order], "sim_esim_ready" if reissue.method == Method.ESIM else "sim_ota_ready")


def finish(*, order: Order, serial: str, unread: bool) -> None:
    """Give the line its new SIM; in the transaction that completes the order.

    `serial` as the carrier tells it; empty: what is known here (the stock SIM's, the one that was shipped). `unread`:
    the customer has yet to read the code in, and the replacement stays ready until the code is erased.
    """
    reissue = SimReissue.objects.select_for_update(no_key=True, of=("self",)).select_related("line").get(order=order)
    reissue.new_serial = serial or reissue.new_serial
    reissue.done_at = clock.now()
    if not unread:
        reissue.state = State.DONE
    reissue.save(update_fields=["new_serial", "done_at", "state"])
    changed = {"sim_size": reissue.sim_size}
    if reissue.new_serial:
        changed["sim_serial"] = reissue.new_serial
    Line.objects.filter(pk=reissue.line_id).update(**changed)
    on = calendar.today(reissue.done_at)
    fees.charge(order=order, item=items.SIM_REISSUE, number=reissue.line.number, on=on)


def ship(*, reissue: SimReissue, tracking_number: str, serial: str = "", actor: User) -> None:
    """Note that the SIM is on its way; again for a number that was mistyped. `serial`: of the SIM, where it is known.

    Raises NotPossible before the shipping day, while the customer may still cancel, and for what is not shipped.
    """
    number = " ".join(tracking_number.split())
    if not number.isprintable() or len(number) > LONGEST_TRACKING_NUMBER:
        raise NotPossible(_("送り状番号は%(most)d文字までで入力してください。") % {"most": LONGEST_TRACKING_NUMBER})
    with transaction.atomic():
        # The order first, as everybody who ends one: a cancellation and this never both happen.
        order = Order.objects.select_for_update(of=("self",)).select_related("contract").get(pk=reissue.order_id)
        current = SimReissue.objects.select_for_update(no_key=True).get(pk=reissue.pk)
        now = clock.now()
        if current.method != Method.BLACK or current.state == State.CANCELLED:
            raise NotPossible(_("このSIM再発行には、発送するものがありません。"))
        if order.state == OrderState.ACKNOWLEDGED and order.due_at is not None and order.due_at > now:
            raise NotPossible(_("発送希望日になるまで、お客様が取り消せるため、発送済にはできません。"))
        if current.told_at is None:
            _tell([current], [order], now)
        current.tracking_number, current.shipped_at = number, current.shipped_at or now
        current.state = State.SHIPPED if current.state == State.WAITING else current.state
        if serial and current.state != State.DONE:
            current.new_serial = serial
        current.save(update_fields=["tracking_number", "shipped_at", "state", "new_serial"])
        audit.record(action="sim.shipped", obj=current, detail={"tracking_number": number}, actor=actor)


def tell_shippings(*, limit: int = CHUNK) -> int:
    """Tell of SIMs that are shipped tomorrow, once it is nine, or today; returns how many.

    Nothing has a lower bound: a day on which nobody ran is made up for. Who cancels at the same moment is told of
    neither twice nor never: the row is locked, and a cancelled one is not told.
    """
    with transaction.atomic():
        now = clock.now()
        today = calendar.today(now)
        last = today + calendar.ONE_DAY if calendar.local(now).time() >= TELL_FROM else today
        waiting = SimReissue.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).filter(
            method=Method.BLACK, shipped_at=None, told_at=None, ship_on__lte=last
        )
        rows = list(waiting.exclude(state=State.CANCELLED).order_by("ship_on", "pk")[:limit])
        orders = list(Order.objects.filter(pk__in=[row.order_id for row in rows]).order_by("pk"))
        _tell(rows, orders, now)
        return len(rows)


def _tell(reissues: Sequence[SimReissue], orders: Sequence[Order], now: datetime) -> None:
    SimReissue.objects.filter(pk__in=[reissue.pk for reissue in reissues]).update(told_at=now)
    for reissue in reissues:
        reissue.told_at = now
    sim_mails.tell(orders, "sim_shipping")


@dataclass(frozen=True)
class Standing:
    """What a line's page says of its replacement; `code_url` for those who may see an eSIM's code."""

    reissue: SimReissue
    code_url: str = ""


def standing(line: Line, user: User) -> Standing | None:
    """The line's latest replacement while it is under way and some weeks after; None otherwise."""
    found = SimReissue.objects.filter(line=line, customer=user.customer).exclude(state=State.CANCELLED)
    reissue = found.select_related("order").order_by("-pk").first()
    now = clock.now()
    if reissue is None or (reissue.done_at is not None and reissue.done_at <= now - RECENT):
        return None
    shown = has_code(reissue, now) and user.has_role(Role.MEMBER)
    return Standing(reissue, sim_mails.address_of_code(reissue.order) if shown else "")


def has_code(reissue: SimReissue, now: datetime) -> bool:
    until = _visible_until(reissue)
    return reissue.sealed_code is not None and until is not None and now < until


def _visible_until(reissue: SimReissue) -> datetime | None:
    if reissue.ready_at is None:
        return None
    until = reissue.ready_at + CODE_LIFE
    if reissue.state == State.DONE and reissue.done_at is not None:
        return min(until, reissue.done_at + AFTER_SWITCH)
    return until


@dataclass(frozen=True)
class Code:
    """An eSIM's activation code in clear: for its page, never stored."""

    text: str
    visible_until: datetime


def code_of(*, reissue: SimReissue, actor: User) -> Code | None:
    """The code, for this user to see, which is written down; None when there is none to see (any more)."""
    with transaction.atomic():
        now = clock.now()
        rows = SimReissue.objects.select_for_update(no_key=True, of=("self",)).select_related("line")
        current = rows.get(pk=reissue.pk)
        until = _visible_until(current)
        if current.sealed_code is None or until is None or until <= now:
            return None
        if current.line.status == Line.Status.TERMINATED:
            return None
        text = vault.open_sealed(current.sealed_code, context=_context(current))
        audit.record(action="sim.code_shown", obj=current, actor=actor)
    return Code(text, until)


def erase_old_codes() -> int:
    """Erase codes whose time is over; return how many. A line whose carrier was done has switched by now."""
    now = clock.now()
    switched = Q(state=State.DONE, done_at__lte=now - AFTER_SWITCH)
    old = SimReissue.objects.filter(Q(ready_at__lte=now - CODE_LIFE) | switched, sealed_code__isnull=False)
    return old.filter(done_at__isnull=False).update(sealed_code=None, state=State.DONE) + old.update(sealed_code=None)


def _context(reissue: SimReissue) -> str:
    """The associated data of the sealed code."""
    return f"lines.sim_reissue:code:{reissue.pk}"
