"""What customers see of their bills as numbers and pictures: the last months, by kind of cost."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Sum
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import availability
from billing.kinds import CostKind
from billing.models import Bill, BillLine
from selfcare import calendar
from selfcare.accounts.models import User
from selfcare.shell import charts

#: Kinds of costs that share a colour, in the order in which they are stacked; the tax comes on top of them.
_GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (gettext_lazy("月額料金"), (CostKind.BASE,)),
    (gettext_lazy("通話・SMS・音声オプション"), (CostKind.VOICE_TAXED, CostKind.VOICE_UNTAXED)),
    (gettext_lazy("ユニバーサルサービス料等"), (CostKind.UNIVERSAL, CostKind.RELAY)),
    (gettext_lazy("一時費用・訂正"), (CostKind.ONCE, CostKind.CORRECTION)),
)
#: Seconds for which the sums of a bill, which never change, are kept in the process.
_KEPT = 24 * 60 * 60


@dataclass(frozen=True)
class MonthlyBills:
    """The bills of one month, one for each billing cycle of the customer's contracts."""

    month: date
    bills: list[Bill]

    @property
    def total(self) -> int:
        return sum(bill.total or 0 for bill in self.bills)


def newest_month(now: datetime) -> date:
    """The newest month whose bills customers may have by now."""
    day = calendar.today(now)
    month = day.replace(day=1)
    while availability.bill_from(month) > day:
        month = calendar.add_months(month, -1)
    return month


def billed(user: User, now: datetime) -> list[MonthlyBills]:
    """Oldest first, as far back as customers reach; months without a bill are left out."""
    newest = newest_month(now)
    oldest = calendar.add_months(newest, 1 - availability.MONTHS_BACK)
    months: dict[date, list[Bill]] = {}
    for bill in Bill.objects.visible_to(user).filter(month__range=(oldest, newest)).order_by("month", "cycle"):
        months.setdefault(bill.month, []).append(bill)
    return [MonthlyBills(month, bills) for month, bills in months.items()]


def by_month(months: Sequence[MonthlyBills]) -> charts.Columns:
    """The picture of these months, from the first to the last; what lies between without a bill stays empty."""
    kinds = _kinds([bill for month in months for bill in month.bills])
    known = {month.month: month for month in months}
    shown = _months(months)
    series = [
        charts.Series(str(name), [_sum(known.get(month), kinds, group) for month in shown]) for name, group in _GROUPS
    ]
    taxes = [sum(bill.tax or 0 for bill in known[month].bills) if month in known else None for month in shown]
    return charts.Columns(
        name="bills",
        title=_("直近のご請求金額（税込・費用の種類ごと）"),
        unit=charts.YEN,
        columns=[
            charts.Column(dateformat.format(month, _("n月")), dateformat.format(month, _("Y年n月"))) for month in shown
        ],
        series=[*series, charts.Series(_("消費税"), taxes)],
        empty=_("確定したご請求はまだありません。"),
    )


def _column(month: date) -> charts.Column:
    return charts.Column(dateformat.format(month, _("n月")), dateformat.format(month, _("Y年n月")))


def _months(months: Sequence[MonthlyBills]) -> list[date]:
    if not months:
        return []
    shown = [months[0].month]
    while shown[-1] < months[-1].month:
        shown.append(calendar.add_months(shown[-1], 1))
    return shown


def _sum(month: MonthlyBills | None, kinds: dict[int, Counter[str]], group: tuple[str, ...]) -> int | None:
    return sum(kinds[bill.pk][kind] for bill in month.bills for kind in group) if month else None


def _kinds(bills: Sequence[Bill]) -> dict[int, Counter[str]]:
    """Yen of each kind of each closed bill. A bill of ten thousand lines is added up once in a while only."""
    keys = {f"billing.kinds:{bill.pk}": bill.pk for bill in bills}
    found = {keys[key]: sums for key, sums in cache.get_many(keys).items()}
    missing = [bill.pk for bill in bills if bill.pk not in found]
    if missing:
        read: dict[int, Counter[str]] = {pk: Counter() for pk in missing}
        sums = BillLine.objects.filter(bill__in=missing).order_by().values_list("bill", "kind")
        for pk, kind, amount in sums.annotate(amount=Sum("amount")):
            read[pk][kind] = amount
        cache.set_many({f"billing.kinds:{pk}": counted for pk, counted in read.items()}, _KEPT)
        found |= read
    return found
