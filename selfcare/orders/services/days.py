"""Changing the operator's calendar: days that have passed stay as promises were counted by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from selfcare import calendar, clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.orders import procedures
from selfcare.orders.models import Order, SpecialDay

#: What a calendar is kept ahead for at most.
LAST_YEAR = 2999


class DayError(ValueError):
    """This day cannot be changed; the message is for the operator."""


@dataclass(frozen=True)
class Wish:
    """A day as it is to be."""

    day: date
    kind: SpecialDay.Kind
    note: str = ""


def set_days(*, wishes: Sequence[Wish], actor: User) -> int:
    """Enter days, or change those that are there, all or none; returns how many differ. Raises DayError."""
    today = calendar.today(clock.now())
    for wish in wishes:
        _require_coming(wish.day, today)
    with transaction.atomic():
        days = [wish.day for wish in wishes]
        kept = {row.day: row for row in SpecialDay.objects.select_for_update().filter(day__in=days).order_by("day")}
        return sum(_set(wish, kept.get(wish.day), actor) for wish in wishes)


def _set(wish: Wish, row: SpecialDay | None, actor: User) -> bool:
    new = [str(wish.kind), wish.note]
    old = [row.kind, row.note] if row else None
    if new == old:
        return False
    if row is None:
        row = SpecialDay.objects.create(day=wish.day, kind=wish.kind, note=wish.note)
    else:
        row.kind, row.note = wish.kind, wish.note
        row.save(update_fields=["kind", "note"])
    action = "specialday.changed" if old else "specialday.created"
    audit.record(action=action, obj=row, detail={"day": wish.day.isoformat(), "from": old, "to": new}, actor=actor)
    return True


def remove_day(*, row: SpecialDay, actor: User) -> None:
    """Make it an ordinary day again. Raises DayError."""
    with transaction.atomic():
        kept = SpecialDay.objects.select_for_update().filter(pk=row.pk).first()
        if kept is None:
            raise DayError(_("この日はすでに削除されています。"))
        _require_coming(kept.day, calendar.today(clock.now()))
        detail = {"day": kept.day.isoformat(), "from": [kept.kind, kept.note], "to": None}
        audit.record(action="specialday.removed", obj=kept, detail=detail, actor=actor)
        kept.delete()


def _require_coming(day: date, today: date) -> None:
    if day < today:
        raise DayError(_("過ぎた日（%(day)s）は変更できません。") % {"day": day.isoformat()})
    if day.year > LAST_YEAR:
        raise DayError(_("%(year)d年までの日付にしてください。") % {"year": LAST_YEAR})


def booked_on(days: Sequence[date]) -> int:
    """How many open orders that operators see through are booked for these days: they are to be looked at."""
    staged = [procedure.code for procedure in procedures.every() if procedure.staged]
    booked = Order.objects.open().filter(procedure__in=staged).values_list("due_at", flat=True)
    wanted = set(days)
    return sum(calendar.today(moment) in wanted for moment in booked if moment) if wanted else 0
