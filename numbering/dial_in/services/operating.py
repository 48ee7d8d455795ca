"""What operators do with a construction-date order or a sales order: one stage after the other (spec 5.3).

Every step is one transaction: the order's row is locked, the table in `stages` is asked, the order is moved by
compare-and-set on state and phase, and what follows from the step is done. Of two operators one wins; the other reads
what has happened.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import dateformat
from django.utils.translation import gettext as _
from psycopg import sql

from numbering.dial_in.services import finishing, works
from numbering.dial_in.services.telling import tell
from numbering.dial_in.stages import STAGED, Stage, may_become, stage_of
from selfcare import calendar, clock
from selfcare.accounts.models import AuditEvent, User
from selfcare.orders.days import business_days
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.search import with_result
from selfcare.orders.services import correcting, telling
from selfcare.orders.services.locks import busy_is_not_possible, wait_briefly
from selfcare.orders.services.moves import move
from selfcare.orders.states import State

logger = logging.getLogger(__name__)


def confirm(*, order: Order, actor: User) -> Order:
    """受付 → 確認中. The customer may still undo it."""
    with _taken(order, Stage.CONFIRMING) as (taken, now):
        _move(taken, State(taken.state), now, actor, phase=Stage.CONFIRMING.value)
    return taken


def arrange(*, order: Order, actor: User) -> Order:
    """確認中 → 工事手配: the construction is ordered, the customer sees the planned numbers and cannot undo it."""
    with _taken(order, Stage.ARRANGED) as (taken, now):
        _move(taken, State.IN_PROGRESS, now, actor, phase=Stage.ARRANGED.value, next_at=None)
    return taken


def finish(*, order: Order, actor: User) -> Order:
    """工事手配 → 工事完了: everything ordered is there, and the customer is told, with the page of the numbers.

    Not before the construction day: one that has been done earlier is first put on that day.
    """
    with _taken(order, Stage.DONE) as (taken, now):
        _require_day(taken, now, _("工事日は%(day)sです。早まったときは、先に工事日を変更してください。"))
        taken.result = {"numbers": finishing.finish(order=taken, now=now)}
        columns = {"phase": Stage.DONE.value, "next_at": None, "result": taken.result, "search": with_result(taken)}
        _move(taken, State.IN_PROGRESS, now, actor, **columns)
        tell(taken, "dial_in_done", address=taken.handler.issued_page(taken))
    return taken


def complete(*, order: Order, reason: str = "", actor: User) -> Order:
    """竣工: of a construction-date order after 工事完了, of a sales order from its opening on.

    Orders at once are open to the voice contract again. `reason` (for the audit trail) is asked before the day on
    which it is expected, see `completion_day`.
    """
    with _taken(order, Stage.COMPLETED) as (taken, now):
        _require_day(taken, now, _("開通日は%(day)sです。それより前に竣工にすることはできません。"))
        expected = completion_day(taken)
        if expected is not None and calendar.today(now) < expected and not reason:
            raise NotPossible(
                _("竣工の予定日（%(day)s）より前です。理由を入力してください。") % {"day": _day(expected)}
            )
        _move(taken, State.COMPLETED, now, actor, detail={"early": reason} if reason else {}, phase="", next_at=None)
        works.end(voice_contract=_voice_contract(taken))
        telling.tell([taken], "completed", now=now)
    return taken


def give_back(*, order: Order, reason: str, actor: User) -> Order:
    """差戻し: the customer reads the reason, corrects the order and sends it again; what is reserved stays so."""
    with _taken(order, Stage.RETURNED) as (taken, _now):
        correcting.give_back(order=taken, reason=reason, actor=actor)
        tell(taken, "dial_in_returned", reason=reason)
    return taken


def cancel(*, order: Order, reason: str, actor: User) -> Order:
    """取消: everything reserved goes back, the customer is told why. A sales order is withdrawn by it, silently."""
    with _taken(order, Stage.CANCELLED) as (taken, now):
        _move(taken, State.CANCELLED, now, actor, phase="", reason=reason, next_at=None)
        taken.handler.release([taken])
        telling.tell([taken], "cancelled", now=now)
    return taken


def completion_day(order: Order) -> date | None:
    """The day on which 竣工 is expected; None while there is no opening date."""
    if order.due_at is None:
        return None
    return works.until(order, business_days(since=calendar.today(order.due_at)))


@contextmanager
def _taken(order: Order, to: Stage) -> Iterator[tuple[Order, datetime]]:
    """The order as it is now, locked, and the moment; raises NotPossible unless the step is allowed."""
    with _contradiction_is_not_possible(), busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        taken = locked(order)
        if not may_become(taken, to):
            raise NotPossible(what_happened(taken))
        yield taken, clock.now()


@contextmanager
def _contradiction_is_not_possible() -> Iterator[None]:
    """Around a transaction: what a constraint refuses is for somebody to look at, and nothing of the step is done."""
    try:
        yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        name = diagnosis.constraint_name if diagnosis else ""
        logger.exception("A constraint refused an operator's step.", extra={"constraint": name})
        raise NotPossible(
            _(
                "登録済みの内容と矛盾するため、何も変更していません。"
                "システム管理者に連絡してください（制約：%(name)s）。"
            )
            % {"name": name}
        ) from error


def locked(order: Order) -> Order:
    """The row under the lock that every step, the customer's undoing and the engine take; in a transaction."""
    rows = Order.objects.select_for_update(of=("self",)).select_related("contract", "customer", "actor")
    return rows.get(pk=order.pk, procedure__in=STAGED)


def what_happened(order: Order) -> str:
    """Why a button that was shown is not possible any more: where the order stands now, by whom, since when."""
    stage = stage_of(order)
    words = {"stage": stage.label if stage else order.state_label, "who": "", "at": ""}
    last = AuditEvent.objects.about("order", order.pk).filter(action__startswith="order.").order_by("-pk").first()
    if last is None:
        return _("この申し込みは「%(stage)s」のため、この操作はできません。") % words
    words["at"] = dateformat.format(calendar.local(last.business_at), _("n/j(D) H:i"))
    words["who"] = last.actor_name or _("システム")
    return _("この申し込みは「%(stage)s」になっているため、この操作はできません（%(at)s %(who)s）。") % words


def _move(order: Order, new: State, now: datetime, actor: User, **columns: Any) -> None:
    """By compare-and-set on state and phase: what the lock keeps out, this would keep out, too."""
    where = sql.SQL("o.phase = {}").format(sql.Literal(order.phase))
    if not move([order.pk], State(order.state), new, now=now, actor=actor, where=where, **columns):
        raise NotPossible(what_happened(Order.objects.get(pk=order.pk)))
    order.refresh_from_db(fields=["state", "phase", "reason", "result", "search", "next_at", "finished_at"])


def _require_day(order: Order, now: datetime, text: str) -> None:
    if order.due_at is not None and calendar.today(now) < calendar.today(order.due_at):
        raise NotPossible(text % {"day": _day(calendar.today(order.due_at))})


def _voice_contract(order: Order) -> int:
    if order.subject_id is None:
        raise RuntimeError(f"{order.request_id} is about no voice contract")
    return order.subject_id


def _day(day: date) -> str:
    return dateformat.format(day, _("Y年n月j日(D)"))
