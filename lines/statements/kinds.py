"""日次保有回線一覧, 月次保有回線一覧 and データ利用量 as billing's pages serve them; columns and words of spec 6.1."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from billing import availability
from billing.statements import cells, kinds
from billing.statements.kinds import Kind, Query
from lines.models import CustomerUsage, LineDay, LineMonth, Snapshot
from lines.statements.snapshots import USAGE_DAYS_BACK
from selfcare import calendar

# Words of the files, never translated.
_CARRIERS = {"docomo": "docomo", "softbank": "SoftBank"}
_KINDS = {"data": "データ", "sms": "SMS", "voice": "音声"}
_SIZES = {"standard": "標準", "micro": "マイクロ", "nano": "ナノ", "multi": "マルチ", "esim": "eSIM"}
_STATUSES = {"unopened": "未開通", "active": "利用中", "suspended": "中断中", "terminated": "解約済"}
_LISTED = (
    *("回線電話番号", "SIM製造番号", "出荷時商品コード", "プランコード", "キャリア種別", "SIM種別", "SIMサイズ"),
    *("出荷日", "利用開始日", "利用終了予定日", "SIMステータス"),
)
_USED = ("集計対象日", "回線電話番号", "プランコード", "プラン基準データ量", "データ利用量(集計対象日)")
_BACK = tuple(f"データ利用量({back}日前)" for back in range(1, 7))


def _words(column: str, words: Mapping[str, str]) -> str:
    """SQL of a code in the file's words; a code without any stays."""
    whens = " ".join(f"WHEN '{code}' THEN '{word}'" for code, word in words.items())
    return f"CASE {column} {whens} ELSE {column} END"


def _blank(expression: str) -> str:
    """SQL of a cell that is blank, and no quoted empty text, where there is nothing."""
    return f"nullif({expression}, '')"


def _date(column: str) -> str:
    return f"to_char({column}, 'YYYY-MM-DD')"


_CELLS = ", ".join(
    (
        _blank("number"),
        *(_blank(cells.guard(column)) for column in ("sim_serial", "product", "plan")),
        _words("carrier", _CARRIERS),
        _blank(_words("sim_kind", _KINDS)),
        _words("sim_size", _SIZES),
        *(_date(column) for column in ("shipped_on", "opened_on", "ends_on")),
        _words("status", _STATUSES),
    )
)
# In the order of the primary keys: no sort, however many lines.
_DAY_ROWS = f"""
SELECT {_date("day")}, {_CELLS} FROM lines_lineday
WHERE day = %(period)s AND customer_id = %(customer)s ORDER BY number, sim_serial
"""  # noqa: S608 - made of words that stand above
_MONTH_ROWS = f"""
SELECT to_char(month, 'YYYY-MM'), {_CELLS} FROM lines_linemonth
WHERE month = %(period)s AND customer_id = %(customer)s ORDER BY number, sim_serial
"""  # noqa: S608 - made of words that stand above
_USAGE_ROWS = f"""
SELECT {_date("day")}, number, {_blank(cells.guard("plan"))}, cap::text,
    {", ".join(f"bytes[{place}]::text" for place in range(1, 8))}, month_bytes::text
FROM lines_lineusage
WHERE day = %(period)s AND customer_id = %(customer)s ORDER BY number, sim_serial
"""  # noqa: S608 - made of words that stand above
_COUNTS = {
    "day": "SELECT count(*) FROM lines_lineday WHERE day = %(period)s AND customer_id = %(customer)s",
    "month": "SELECT count(*) FROM lines_linemonth WHERE month = %(period)s AND customer_id = %(customer)s",
    "usage": "SELECT count(*) FROM lines_lineusage WHERE day = %(period)s AND customer_id = %(customer)s",
}


def _query(sql: str) -> Callable[[int, date], Query]:
    return lambda customer_id, period: Query(sql, {"customer": customer_id, "period": period})


def _final(kind: Snapshot.Kind, rows: Callable[[int], QuerySet[Any]]) -> Callable[[int], list[date]]:
    """The lists that have been taken, for a customer who is on them."""

    def periods(customer_id: int) -> list[date]:
        taken = Snapshot.objects.filter(Exists(rows(customer_id)), kind=kind)
        return list(taken.order_by("-period").values_list("period", flat=True))

    return periods


_PERIOD = OuterRef("period")
_DAYS = _final(Snapshot.Kind.DAY, lambda customer: LineDay.objects.filter(day=_PERIOD, customer_id=customer))
_MONTHS = _final(Snapshot.Kind.MONTH, lambda customer: LineMonth.objects.filter(month=_PERIOD, customer_id=customer))
_USAGES = _final(Snapshot.Kind.USAGE, lambda customer: CustomerUsage.objects.filter(day=_PERIOD, customer_id=customer))


def register() -> None:
    kinds.register(
        Kind(
            code="line-d",
            title=_("日次保有回線一覧"),
            columns=("集計対象日", *_LISTED),
            file_name=lambda partner_id, _day: f"{partner_id}_line-d.csv",
            rows=_query(_DAY_ROWS),
            count=_query(_COUNTS["day"]),
            periods=_DAYS,
            available_from=lambda day: day + calendar.ONE_DAY,
            months_back=None,
            encodings=("utf-8",),
            order=50,
        )
    )
    kinds.register(
        Kind(
            code="line-m",
            title=_("月次保有回線一覧"),
            columns=("集計対象月", *_LISTED),
            file_name=lambda partner_id, month: f"{partner_id}_line-m_{month:%Y%m}.csv",
            rows=_query(_MONTH_ROWS),
            count=_query(_COUNTS["month"]),
            periods=_MONTHS,
            available_from=availability.line_month_from,
            months_back=availability.LINE_MONTHS_BACK,
            encodings=("utf-8",),
            order=60,
        )
    )
    kinds.register(
        Kind(
            code="datausage",
            title=_("データ利用量"),
            columns=(*_USED, *_BACK, "データ利用量(前月合計)"),
            file_name=lambda partner_id, _day: f"{partner_id}_datausage.csv",
            rows=_query(_USAGE_ROWS),
            count=_query(_COUNTS["usage"]),
            periods=_USAGES,
            available_from=lambda day: day + timedelta(days=USAGE_DAYS_BACK),
            months_back=None,
            encodings=("utf-8",),
            order=70,
        )
    )
