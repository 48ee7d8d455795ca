"""Whether a line is in use or rests."""

from lines.models import Line


def suspend_line(*, line_id: int) -> None:
    """Mark a line as suspended. Safe to repeat; a line in another state than 利用中 or 中断中 is left alone."""
    Line.objects.filter(pk=line_id, status=Line.Status.ACTIVE).update(status=Line.Status.SUSPENDED)


def resume_line(*, line_id: int) -> None:
    """Mark a suspended line as in use again. Safe to repeat."""
    Line.objects.filter(pk=line_id, status=Line.Status.SUSPENDED).update(status=Line.Status.ACTIVE)
