"""The rows of an order at once, checked on sets: the same for the page's form and for a file of 2,000 (spec 5.2, 5.4).

However many rows there are, the number of queries is the same.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from numbering.dial_in.contents import MANY
from numbering.dial_in.models import BaseNumber, ReservationCode
from numbering.dial_in.services import facts
from numbering.dial_in.services.standing import Standing, standings
from numbering.dial_in.tables import cells
from numbering.models import Kind
from selfcare import calendar, phones, tables
from selfcare.orders.models import Order

#: Numbers of one order.
MOST = 2_000
BASE, KIND, COUNT, CODE = "base", "kind", "count", "code"


@dataclass
class Typed:
    """One row as it came: the base number already looked up (None when it is not there), the rest as text.

    `by_code`: which of the two tables of the page it stands in; None in a file, where one of the two is filled in.
    """

    base: BaseNumber | None
    kind: str = ""
    count: str = ""
    code: str = ""
    by_code: bool | None = None
    problems: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self, column: str, reason: object) -> None:
        self.problems.append((column, str(reason)))


@dataclass(frozen=True)
class Known:
    """What the rows are compared with, read once. `held`: numbers on each base number, reserved ones included."""

    contract_id: int
    standings: Mapping[int, Standing]
    codes: Mapping[str, ReservationCode]
    held: Mapping[int, int]
    today: date


def known_for(order: Order, rows: Sequence[Typed], now: datetime) -> Known:
    """For the rows' base numbers, read with their voice contracts, and for the codes that they name."""
    bases = {row.base.pk: row.base for row in rows if row.base is not None}
    names = {code_of(row.code) for row in rows if row.code.strip()}
    codes = ReservationCode.objects.filter(customer_id=order.customer_id, code__in=names) if names else ()
    return Known(
        contract_id=order.contract_id or 0,
        standings=standings({base.voice_contract_id: base.voice_contract for base in bases.values()}.values(), now),
        codes={code.code: code for code in codes},
        held=facts.held(bases),
        today=calendar.today(now),
    )


def code_of(typed: str) -> str:
    """A reservation code as it is compared."""
    return tables.cell(typed).upper()


def check(rows: Sequence[Typed], known: Known) -> list[dict[str, Any]]:
    """Put what is wrong on the rows; what the good ones say, as the draft keeps it, in their order."""
    taken: list[dict[str, Any]] = []
    sizes: list[tuple[Typed, int]] = []
    used: Counter[str] = Counter(code_of(row.code) for row in rows if row.code.strip())
    for row in rows:
        kind = _kind(row, known)
        value, size = _by_code(row, kind, known, used) if _is_by_code(row) else _without_code(row)
        if row.base is not None and not row.problems:
            taken.append({BASE: row.base.pk, KIND: kind, **value})
            sizes.append((row, size))
    _check_sums(sizes, known)
    return taken


def _is_by_code(row: Typed) -> bool:
    return row.by_code if row.by_code is not None else bool(row.code.strip())


def _kind(row: Typed, known: Known) -> str:
    """The kind of number; whether the row's voice contract may have it at once is told beside it."""
    try:
        kind = cells.choice(row.kind, kind_words())
    except ValueError as error:
        row.refuse(KIND, error)
        return ""
    if not kind:
        row.refuse(KIND, _("種類を選んでください。"))
        return ""
    if row.base is None:
        return kind
    if kind == Kind.GEOGRAPHIC and not row.base.area:
        row.refuse(KIND, _("この基本契約番号は050番号のため、0ABJ番号は追加できません。"))
        return kind
    standing = known.standings[row.base.voice_contract_id]
    reason = standing.reason or standing.by_kind.get(kind, "")
    if reason:
        row.refuse(BASE if standing.reason else KIND, reason)
    return kind


def kind_words() -> dict[str, tuple[str, ...]]:
    """How files call the kinds; a spreadsheet takes 050 for 50."""
    geographic, ip = Kind.GEOGRAPHIC.value, Kind.IP_050.value
    return {
        geographic: (_("0ABJ番号"), "0ABJ", "0AJ", "0AJ番号", "0ABJ番号（03、06～）", "0ABJ番号(03、06~)", "ABJ"),
        ip: (str(Kind.IP_050.label), "050番号", "50番号", "50", "IP電話番号"),
    }


def _without_code(row: Typed) -> tuple[dict[str, Any], int]:
    if not row.count.strip():
        if row.by_code is None:
            row.refuse(COUNT, _("追加番号数か予約コードのどちらかを入力してください。"))
        else:
            row.refuse(COUNT, _("追加番号数を入力してください。追加しない行は削除してください。"))
        return {}, 0
    try:
        count = cells.count(row.count)
    except ValueError:
        count = 0
    if not 1 <= count <= MOST:
        row.refuse(COUNT, _("追加番号数は、1から%(most)sまでの整数で入力してください。") % {"most": f"{MOST:,}"})
    return {COUNT: count}, count


def _by_code(row: Typed, kind: str, known: Known, used: Counter[str]) -> tuple[dict[str, Any], int]:
    """A code of the customer's contract, open, of the row's kind and area, and in this order once."""
    name = code_of(row.code)
    if not name:
        row.refuse(CODE, _("予約コードを入力してください。追加しない行は削除してください。"))
        return {}, 0
    if row.count.strip():
        row.refuse(
            COUNT, _("予約コードを使う行では、追加番号数は空欄にしてください。予約された番号をすべて追加します。")
        )
    code = known.codes.get(name)
    if code is None or code.contract_id != known.contract_id or code.withdrawn_at is not None:
        row.refuse(CODE, _("この予約コードは、ご契約の予約の中に見つかりません。コードをお確かめください。"))
        return {}, 0
    if code.order_id is not None:
        row.refuse(CODE, _("この予約コードは、すでにお申し込みに使われています。"))
    elif code.valid_until < known.today:
        row.refuse(CODE, _("この予約コードは、有効期限（%(day)s）が過ぎています。") % {"day": code.valid_until})
    elif used[name] > 1:
        row.refuse(CODE, _("同じ予約コードの行がほかにもあります。1行にしてください。"))
    elif kind and code.kind != kind:
        row.refuse(KIND, _("この予約コードの番号は%(kind)sです。") % {"kind": Kind(code.kind).label})
    elif kind == Kind.GEOGRAPHIC and row.base is not None and code.area != row.base.area:
        row.refuse(
            CODE,
            _("この予約コードの番号は市外局番%(area)sのため、市外局番%(own)sの基本契約番号には追加できません。")
            % {"area": code.area, "own": row.base.area},
        )
    return {CODE: name}, code.count


def _check_sums(sizes: Sequence[tuple[Typed, int]], known: Known) -> None:
    """How many numbers come under one 代表, and with the whole order."""
    wanted: dict[int, int] = defaultdict(int)
    for row, size in sizes:
        if row.base is not None:
            wanted[row.base.pk] += size
    total = 0
    for row, size in sizes:
        if row.base is None:
            continue
        column = CODE if _is_by_code(row) else COUNT
        after = known.held.get(row.base.pk, 0) + wanted[row.base.pk]
        if after > MANY:
            row.refuse(column, _too_many_under(row.base, after))
        if total <= MOST < total + size:
            row.refuse(
                column,
                _("一度に追加できるのは合計%(most)s番号までです。この行までで%(total)s番号になります。")
                % {"most": f"{MOST:,}", "total": f"{total + size:,}"},
            )
        total += size


def _too_many_under(base: BaseNumber, after: int) -> str:
    return _(
        "%(base)sのダイヤルイン番号は、追加すると%(after)s番号になります。1つの基本契約番号で%(many)s番号を超える追加は、"
        "工事日を指定してお申し込みください。"
    ) % {"base": phones.display(base.digits), "after": f"{after:,}", "many": f"{MANY:,}"}
