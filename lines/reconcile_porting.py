"""Where numbers that come and go and their lines must agree."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import F

from lines.models import Line, PortIn, PortOut
from lines.procedures.mnp_out import issued_by
from selfcare import calendar

_MOST = 20


def check(now: datetime) -> list[str]:
    """Numbers that came or left without their lines, and numbers that are not issued in time."""
    return [*_came(), *_left(), *_late(now)]


def _came() -> Iterator[str]:
    opened = PortIn.objects.filter(state=PortIn.State.OPENED)
    # One that came may have left again with its line.
    wrong = opened.exclude(line__number=F("number")) | opened.filter(line__status=Line.Status.UNOPENED)
    for port_in in wrong.order_by("pk")[:_MOST]:
        yield f"port-in {port_in.pk} has come and its line {port_in.line_id} does not have it"


def _left() -> Iterator[str]:
    left = PortOut.objects.filter(state=PortOut.State.LEFT).exclude(line__status=Line.Status.TERMINATED)
    for port_out in left.order_by("pk")[:_MOST]:
        yield f"port-out {port_out.pk} has left and its line {port_out.line_id} is not terminated"


def _late(now: datetime) -> Iterator[str]:
    """Promised within 4 business days."""
    today = calendar.today(now)
    pending = PortOut.objects.filter(state=PortOut.State.PENDING, order__due_at__lte=now)
    for port_out in pending.select_related("order").order_by("pk"):
        if port_out.order.due_at and issued_by(port_out.order.due_at) < today:
            yield f"{port_out.order.request_id}: the reservation number is late"
