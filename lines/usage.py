"""Data usage as pages show it: the newest list of seven days, of one line or of all lines of a customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import dateformat
from django.utils.translation import gettext as _

from lines import rules
from lines.models import CustomerUsage, Line, LineUsage, Snapshot
from selfcare import phones
from selfcare.accounts.models import User
from selfcare.shell.charts import BYTES, Bar, Bars, Column, Columns, Series

DAYS = 7
#: Lines that have used most of their caps.
TOP = 5


@dataclass(frozen=True)
class LineWeek:
    """`day` is the last of the seven; `cap` is empty for a plan without one."""

    day: date
    week: str
    cap: str
    chart: Columns


def _newest() -> QuerySet[Snapshot, date]:
    return Snapshot.objects.filter(kind=Snapshot.Kind.USAGE).order_by("-period").values_list("period", flat=True)[:1]


def of_line(line: Line, user: User) -> LineWeek | None:
    """None where the line is not on the newest list; one query, by the list's key."""
    rows = LineUsage.objects.visible_to(user).filter(day=_newest(), number=line.number, line_id=line.pk)
    row = rows.first()
    if row is None:
        return None
    cap = BYTES.text(row.cap) if row.cap is not None else ""
    chart = _days("usage-line", _("この回線の7日間のデータ利用量"), row.day, row.bytes)
    return LineWeek(row.day, BYTES.text(_sum(row.bytes)), cap, chart)


def of_customer(user: User) -> dict[str, Any] | None:
    """Facts of the home panel; None where the customer is not on the newest list. Two queries however many lines."""
    total = CustomerUsage.objects.visible_to(user).filter(day=_newest()).first()
    if total is None:
        return None
    return {
        "day": total.day,
        "week": BYTES.text(_sum(total.bytes)),
        "days": _days("usage-all", _("すべての回線の7日間のデータ利用量"), total.day, total.bytes),
        "together": _together(total) if total.cap else None,
        "top": _top(total.day, user) if total.cap else None,
    }


def _together(total: CustomerUsage) -> Bars:
    """All lines with a cap, against the sum of their caps."""
    row = Bar(_("基準データ量のある回線の合計"), total.capped_bytes, cap=total.cap)
    return _bars("usage-total", _("7日間のデータ利用量の合計とプラン基準データ量の合計"), [row])


def _top(day: date, user: User) -> Bars:
    """The lines that have used most of their caps, each against its own."""
    top = LineUsage.objects.visible_to(user).filter(day=day, share__gt=0).order_by("-share")[:TOP]
    rows = [
        Bar(
            phones.display(row.number),
            _sum(row.bytes),
            reverse("lines:line", args=[row.line_id]),
            cap=row.cap,
            note=_("基準データ量の%(percent)s%%") % {"percent": f"{(row.share or 0) // 100:,}"},
        )
        for row in top
    ]
    return _bars("usage-lines", _("回線ごとの7日間のデータ利用量とプラン基準データ量"), rows)


def _bars(name: str, title: str, rows: list[Bar]) -> Bars:
    return Bars(
        name=name,
        title=title,
        unit=BYTES,
        rows=rows,
        empty=_("この7日間にデータを利用した回線はありません。"),
        label_heading=_("回線"),
        value_heading=_("データ利用量 / 基準データ量"),
    )


def _sum(values: Sequence[int | None]) -> int:
    return sum(value or 0 for value in values)


def _days(name: str, title: str, last: date, values: Sequence[int | None]) -> Columns:
    """From the oldest day to the newest; the list has them the other way round."""
    days = [last - timedelta(days=back) for back in reversed(range(DAYS))]
    columns = [Column(f"{day.day}\n({dateformat.format(day, 'D')})", str(rules.day(day))) for day in days]
    series = Series(_("データ利用量"), list(reversed(values)))
    empty = _("データ利用量はまだありません。")
    return Columns(name=name, title=title, unit=BYTES, columns=columns, series=[series], empty=empty)
