"""The rows of ダイヤルイン番号追加, of the screen and of a file: one check for both (spec 5.3, 5.4)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.dial_in.contents import AddRow
from numbering.dial_in.functions import NO_FUNCTIONS, Functions
from numbering.dial_in.models import BaseNumber, ReservationCode
from numbering.dial_in.services.parts import claimed_by_others
from numbering.dial_in.tables import cells, part_functions
from numbering.dial_in.tables.checking import Schema
from numbering.dial_in.tables.columns import Column, Row
from numbering.models import Assignment, Kind
from selfcare import calendar, text
from selfcare.orders.models import Order

#: Numbers of one row; more is another row.
MOST = 999
KIND_WORDS: dict[str, tuple[Any, ...]] = {
    Kind.GEOGRAPHIC.value: (gettext_lazy("0ABJ番号"), gettext_lazy("0ABJ番号（03、06～）"), "0ABJ", "0AJ", "0AJ番号"),
    Kind.IP_050.value: (gettext_lazy("050番号"), "50"),
}
COLUMNS = (
    Column("kind", gettext_lazy("種類"), ("種別", "番号種別", "kind"), needed=True, example=KIND_WORDS["0abj"][0]),
    Column("count", gettext_lazy("追加番号数"), ("番号数", "数", "count"), example="10"),
    Column("code", gettext_lazy("予約コード"), ("コード", "reservation code"), example="RSV-0001"),
    Column(
        "number",
        gettext_lazy("ダイヤルイン番号"),
        ("番号", "dial-in number"),
        example=gettext_lazy("予約コードの番号ごとに付加機能を分けるときだけ入力"),
    ),
    *part_functions.COLUMNS,
)


@dataclass
class _Codes:
    """The reservation codes that the rows name, the customer's own, with the digits kept under each."""

    by_code: Mapping[str, ReservationCode]
    digits: Mapping[int, list[str]]
    elsewhere: set[str]
    order: Order
    base: BaseNumber
    now: datetime
    used: dict[str, "_Code"] = field(default_factory=dict)

    def problem(self, code: str, kind: str) -> str:
        """Why this code cannot be used here; the same for an unknown one and for somebody else's."""
        found = self.by_code.get(code)
        if found is None:
            return _("この予約コードは見つかりません。予約コードをお確かめください。")
        if found.order_id is not None and found.order_id != self.order.pk:
            return _("この予約コードは、別のお申し込みで使われています。")
        if found.withdrawn_at is not None:
            return _("この予約コードは取り消されています。")
        if found.valid_until < calendar.today(self.now):
            return _("この予約コードの有効期限（%(day)s）が過ぎています。") % {"day": found.valid_until.isoformat()}
        if code in self.elsewhere:
            return _("この予約コードは、このお申し込みの別の内容にすでに入っています。")
        if found.kind != kind:
            return _("この予約コードの番号は%(kind)sです。種類をお確かめください。") % {"kind": Kind(found.kind).label}
        if kind == Kind.GEOGRAPHIC and found.area != self.base.area:
            return _("この予約コードの番号は市外局番%(area)sで、基本契約番号と異なります。") % {"area": found.area}
        return ""


@dataclass
class _Code:
    """One code over its rows: functions of named numbers, and of all others. `place`: of its first row."""

    place: int
    kind: str
    others: Functions | None = None
    named: dict[str, Functions] = field(default_factory=dict)


def normalize_code(typed: str) -> str:
    return text.normalize_identifier(typed).upper()


def schema(base: BaseNumber, *, part_id: int | None) -> Schema:
    def check_file(rows: Sequence[Row], order: Order, now: datetime) -> list[dict[str, Any]]:
        return check(rows, base=base, part_id=part_id, order=order, now=now)

    return Schema("dial-in-additions", COLUMNS, check_file)


def check(
    rows: Sequence[Row], *, base: BaseNumber, part_id: int | None, order: Order, now: datetime
) -> list[dict[str, Any]]:
    """Put what is wrong on the rows; returns the part's rows that the good ones make."""
    codes = _codes(rows, base, part_id, order, now)
    found: dict[int, AddRow] = {}
    for place, row in enumerate(rows):
        kind = _kind(row, base)
        functions = part_functions.read(row, kind=kind)
        code = normalize_code(row.cells.get("code", ""))
        typed = row.cells.get("count", "").strip()
        if code and typed:
            row.refuse("count", _("追加番号数と予約コードは、どちらか一方だけ入力してください。"))
        elif code:
            _take_code(codes, row, place, kind, code, functions)
        else:
            count = _count(row, typed)
            if row.cells.get("number", "").strip():
                row.refuse("number", _("ダイヤルイン番号は、予約コードを使う行だけに入力してください。"))
            found[place] = AddRow(kind, count, functions=functions)
    found |= _of_codes(codes)
    return [found[place].as_json() for place in sorted(found)]


def _codes(rows: Sequence[Row], base: BaseNumber, part_id: int | None, order: Order, now: datetime) -> _Codes:
    """Two queries at most, none where no row names a code."""
    wanted = {normalize_code(row.cells.get("code", "")) for row in rows} - {""}
    held = ReservationCode.objects.filter(customer_id=order.customer_id, contract=order.contract)
    by_code = {one.code: one for one in held.filter(code__in=wanted)} if wanted else {}
    digits: dict[int, list[str]] = defaultdict(list)
    if by_code:
        kept = Assignment.objects.filter(
            reservation__in=[one.pk for one in by_code.values()], state=Assignment.State.RESERVED
        )
        for reservation, one in kept.order_by("digits").values_list("reservation_id", "digits"):
            digits[reservation or 0].append(one)
    elsewhere = claimed_by_others(order, part_id) if wanted else set()
    return _Codes(by_code, digits, elsewhere, order, base, now)


def _kind(row: Row, base: BaseNumber) -> str:
    try:
        kind = cells.choice(row.cells.get("kind", ""), KIND_WORDS)
    except ValueError as error:
        row.refuse("kind", error)
        return ""
    if not kind:
        row.refuse("kind", _("種類を選んでください。"))
    elif kind == Kind.GEOGRAPHIC and base.kind != Kind.GEOGRAPHIC:
        row.refuse("kind", _("050番号の基本契約番号には、0ABJ番号を追加できません。"))
    return kind


def _count(row: Row, typed: str) -> int:
    if not typed:
        row.refuse("count", _("追加番号数か予約コードを入力してください。"))
        return 0
    try:
        count = cells.count(typed)
    except ValueError as error:
        row.refuse("count", error)
        return 0
    if not 1 <= count <= MOST:
        row.refuse("count", _("追加番号数は1から%(most)dまでで入力してください。") % {"most": MOST})
    return count


def _take_code(codes: _Codes, row: Row, place: int, kind: str, code: str, functions: Functions) -> None:
    problem = codes.problem(code, kind) if kind else ""
    if problem or not kind:
        if problem:
            row.refuse("code", problem)
        return
    used = codes.used.setdefault(code, _Code(place, kind))
    number = row.cells.get("number", "").strip()
    if not number:
        if used.others is not None:
            row.refuse("code", _("同じ予約コードが2回入力されています。"))
        used.others = functions
        return
    try:
        digits = cells.phone(number)
    except ValueError as error:
        row.refuse("number", error)
        return
    if digits not in codes.digits[codes.by_code[code].pk]:
        row.refuse("number", _("この番号は、この予約コードの番号ではありません。"))
    elif digits in used.named:
        row.refuse("number", _("同じ番号が2回入力されています。"))
    used.named[digits] = functions


def _of_codes(codes: _Codes) -> dict[int, AddRow]:
    found = {}
    for code, used in codes.used.items():
        held = codes.digits[codes.by_code[code].pk]
        by_number = {digits: used.named.get(digits, used.others or NO_FUNCTIONS) for digits in held}
        found[used.place] = AddRow(used.kind, code=code, by_number=by_number)
    return found


def with_functions(rows: Sequence[dict[str, Any]], before: Sequence[AddRow | None]) -> list[dict[str, Any]]:
    """Rows as the screen gives them, with the functions that each had before, as far as they still fit."""
    kept = []
    for one, old in zip(rows, before, strict=True):
        row = AddRow.from_json(one)
        if old is not None and old.code == row.code and old.kind == row.kind:
            by_number = {digits: old.by_number.get(digits, NO_FUNCTIONS) for digits in row.by_number}
            row = replace(row, functions=old.functions, by_number=by_number)
        kept.append(row.as_json())
    return kept


def written(rows: Sequence[AddRow]) -> Iterator[list[str]]:
    """The cells of a file that says the same; a code's numbers one by one where their functions differ."""
    for row in rows:
        kind = str(KIND_WORDS[row.kind][0])
        if not row.code:
            yield [kind, str(row.count), "", "", *part_functions.written(row.functions)]
        elif len({repr(one) for one in row.by_number.values()}) == 1:
            yield [kind, "", row.code, "", *part_functions.written(next(iter(row.by_number.values())))]
        else:
            for digits, one in row.by_number.items():
                yield [kind, "", row.code, digits, *part_functions.written(one)]
