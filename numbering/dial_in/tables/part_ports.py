"""The rows of a part that brings numbers, of the screen and of a file: one check for both (spec 5.3, 5.4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from numbering.dial_in.contents import OTHER, SAME, LineKind, PortRow
from numbering.dial_in.functions import NO_FUNCTIONS, Functions
from numbering.dial_in.models import BaseNumber
from numbering.dial_in.services.parts import claimed_by_others
from numbering.dial_in.services.ports import area_of, held_elsewhere, not_to_bring
from numbering.dial_in.tables import cells, part_functions
from numbering.dial_in.tables.checking import Schema
from numbering.dial_in.tables.columns import Column, Row
from numbering.models import Assignment, Kind
from selfcare import calendar
from selfcare.orders.models import Order

#: Characters of carriers, of a holder's name, of an address.
LONGEST = {"carrier1": 40, "carrier2": 40, "holder_name": 40, "address": 100}
PARTY = {
    SAME: (gettext_lazy("IP Voice名義と同じ"), "同じ"),
    OTHER: (gettext_lazy("IP Voice名義と異なる"), "異なる"),
}
PLACE = {
    SAME: (gettext_lazy("IP Voice設置場所と同じ"), "同じ"),
    OTHER: (gettext_lazy("IP Voice設置場所と異なる"), "異なる"),
}
REMOVAL = {
    "no": (gettext_lazy("撤去しない"), "しない", "無し", "なし", "無"),
    "yes": (gettext_lazy("撤去する"), "する", "有り", "あり", "有"),
}
REMAINING = {
    "no": (pgettext_lazy("remaining", "無し"), "なし", "無"),
    "yes": (pgettext_lazy("remaining", "有り"), "あり", "有"),
}
_LINE_WORDS = {
    LineKind.HIKARI_DENWA: ("光電話",),
    LineKind.ISDN: ("INSネット", "ISDN64"),
    LineKind.ANALOG: ("アナログ", "加入電話"),
    LineKind.DIRECT: ("直収",),
    LineKind.IP_PHONE: ("その他IP電話", "IP電話"),
    LineKind.CABLE: ("ケーブル",),
}
LINE_KINDS = {kind.value: (kind.label, *_LINE_WORDS[kind]) for kind in LineKind}
CHOICES: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "line_kind": LINE_KINDS,
    "holder": PARTY,
    "place": PLACE,
    "dsu_removal": REMOVAL,
    "remaining": REMAINING,
}
COLUMNS = (
    Column("number", gettext_lazy("引き継ぐ番号"), ("電話番号", "番号", "number"), needed=True, example="0312345678"),
    Column(
        "carrier1",
        gettext_lazy("事業者名1"),
        ("事業者1", "carrier 1"),
        example=gettext_lazy("現在ご契約の電話会社"),
    ),
    Column(
        "carrier2",
        gettext_lazy("事業者名2"),
        ("事業者2", "carrier 2"),
        example=gettext_lazy("回線の提供元が別の会社のときの会社名"),
    ),
    Column("line_kind", gettext_lazy("回線種別"), ("line kind",), example=LineKind.HIKARI_DENWA.label),
    Column("holder", gettext_lazy("回線名義"), ("名義", "line holder"), example=PARTY[SAME][0]),
    Column(
        "holder_name",
        gettext_lazy("回線名義人"),
        ("名義人", "holder name"),
        example=gettext_lazy("名義が異なるときの名義人"),
    ),
    Column("place", gettext_lazy("設置場所"), ("installation",), example=PLACE[SAME][0]),
    Column(
        "address",
        gettext_lazy("設置場所住所"),
        ("住所", "address"),
        example=gettext_lazy("設置場所が異なるときの住所"),
    ),
    Column("dsu_removal", gettext_lazy("DSU・屋内配線の撤去"), ("DSU撤去", "DSU removal"), example=REMOVAL["no"][0]),
    Column("remaining", gettext_lazy("残置番号"), ("残置", "remaining numbers"), example=REMAINING["no"][0]),
    *part_functions.COLUMNS,
)


@dataclass(frozen=True)
class _Known:
    """What there is to know of the numbers of all rows: who has which of them here, and who else brings them."""

    held: Mapping[str, tuple[int, str, int | None]]
    # Of those that are dial-in numbers.
    functions: Mapping[str, Functions]
    not_to_bring: set[str]
    in_other_parts: set[str]
    in_other_orders: set[str]
    customer_id: int
    base: BaseNumber

    def problem(self, digits: str) -> tuple[str, bool]:
        """Why this number cannot come, or "", and whether it only moves from another base number."""
        if self.base.kind != Kind.GEOGRAPHIC:
            return _("050番号の基本契約番号には、0ABJ番号を追加できません。"), False
        if digits in self.in_other_parts:
            return _("この番号は、このお申し込みの別の内容にすでに入っています。"), False
        if digits in self.in_other_orders:
            return _("この番号は、進行中の別のお申し込みに入っています。"), False
        if digits not in self.held:
            if digits in self.not_to_bring:
                return _("この番号は当社の番号のため、他社からは引き継げません。番号をお確かめください。"), False
            return "" if area_of(digits) and len(digits) == 10 else _not_geographic(), False
        customer, state, base = self.held[digits]
        if customer != self.customer_id:
            return _("この番号は引き継げません。番号をお確かめください。"), False
        if digits.startswith("050"):
            return _not_geographic(), False
        if base is None or state != Assignment.State.ACTIVE:
            return _("この番号はすでにご契約の番号です。移動できるのは、ご利用中のダイヤルイン番号です。"), False
        if base == self.base.pk:
            return _("この番号は、すでにこの基本契約番号のダイヤルイン番号です。"), False
        return "", True


def _not_geographic() -> str:
    return _("市外局番から始まる0ABJ番号を入力してください。例：03-1234-5678")


def schema(base: BaseNumber, *, part_id: int | None) -> Schema:
    def check_file(rows: Sequence[Row], order: Order, now: datetime) -> list[dict[str, Any]]:
        return check(rows, base=base, part_id=part_id, order=order, now=now)

    return Schema("dial-in-portability", COLUMNS, check_file)


def check(
    rows: Sequence[Row], *, base: BaseNumber, part_id: int | None, order: Order, now: datetime
) -> list[dict[str, Any]]:
    """Put what is wrong on the rows; returns the part's rows that the good ones make. Four queries for any number."""
    numbers = [_number(row) for row in rows]
    known = _known({digits for digits in numbers if digits}, base, part_id, order, calendar.today(now))
    seen: set[str] = set()
    found = []
    for row, digits in zip(rows, numbers, strict=True):
        problem, moves = known.problem(digits) if digits else ("", False)
        if digits and digits in seen:
            problem = _("この番号は2回入力されています。")
        if problem:
            row.refuse("number", problem)
        seen.add(digits)
        found.append(_row(row, digits, known.functions.get(digits, NO_FUNCTIONS) if moves else None).as_json())
    return found


def _number(row: Row) -> str:
    try:
        digits = cells.phone(row.cells.get("number", ""))
    except ValueError as error:
        row.refuse("number", error)
        return ""
    if not digits:
        row.refuse("number", _("引き継ぐ番号を入力してください。"))
    return digits


def _known(wanted: set[str], base: BaseNumber, part_id: int | None, order: Order, today: date) -> _Known:
    names = list(NO_FUNCTIONS.__dataclass_fields__)
    rows = list(
        Assignment.objects.filter(number__digits__in=wanted, released_on=None).values_list(
            "digits", "customer_id", "state", "dial_in_number__base", *(f"dial_in_number__{name}" for name in names)
        )
    )
    return _Known(
        held={digits: (customer, state, on) for digits, customer, state, on, *_chosen in rows},
        functions={
            digits: Functions(**dict(zip(names, chosen, strict=True)))
            for digits, _customer, _state, on, *chosen in rows
            if on is not None
        },
        not_to_bring=not_to_bring(digits=wanted, today=today),
        in_other_parts=claimed_by_others(order, part_id),
        in_other_orders=held_elsewhere(digits=wanted, order=order),
        customer_id=order.customer_id,
        base=base,
    )


def _row(row: Row, digits: str, had: Functions | None) -> PortRow:
    """`had`: the functions of a number that moves, kept unless others are said; None for one that is brought."""
    functions = part_functions.read(row, kind=Kind.GEOGRAPHIC)
    if had is not None:
        is_said = any(row.cells.get(column.name, "").strip() for column in part_functions.COLUMNS)
        return PortRow(digits, move=True, functions=functions if is_said else had)
    said = {name: _choice(row, name) for name in CHOICES}
    texts = {name: _text(row, name) for name in LONGEST}
    if not texts["carrier1"]:
        row.refuse("carrier1", _("事業者名1を入力してください。"))
    if said["holder"] == OTHER and not texts["holder_name"]:
        row.refuse("holder_name", _("回線名義人を入力してください。"))
    if said["place"] == OTHER and not texts["address"]:
        row.refuse("address", _("設置場所住所を入力してください。"))
    return PortRow(
        digits,
        carrier1=texts["carrier1"],
        carrier2=texts["carrier2"],
        line_kind=said["line_kind"],
        holder=said["holder"],
        holder_name=texts["holder_name"] if said["holder"] == OTHER else "",
        place=said["place"],
        address=texts["address"] if said["place"] == OTHER else "",
        dsu_removal=said["dsu_removal"] == "yes",
        remaining=said["remaining"] == "yes",
        functions=functions,
    )


def _choice(row: Row, name: str) -> str:
    try:
        value = cells.choice(row.cells.get(name, ""), CHOICES[name])
    except ValueError as error:
        row.refuse(name, error)
        return ""
    if not value:
        label = next(column.label for column in COLUMNS if column.name == name)
        row.refuse(name, _("%(name)sを選んでください。") % {"name": label})
    return value


def _text(row: Row, name: str) -> str:
    value = " ".join(row.cells.get(name, "").split())
    if not value.isprintable():
        row.refuse(name, _("使えない文字が含まれています。"))
    elif len(value) > LONGEST[name]:
        row.refuse(name, _("%(most)d文字までで入力してください。") % {"most": LONGEST[name]})
    return value


def typed(row: PortRow) -> dict[str, str]:
    """The row as the screen's fields show it."""
    return {
        "number": row.number,
        **{name: getattr(row, name) for name in ("carrier1", "carrier2", "line_kind", "holder_name", "address")},
        "holder": "" if row.move else row.holder,
        "place": "" if row.move else row.place,
        "dsu_removal": "" if row.move else ("yes" if row.dsu_removal else "no"),
        "remaining": "" if row.move else ("yes" if row.remaining else "no"),
    }


def written(rows: Sequence[PortRow]) -> Iterator[list[str]]:
    """The cells of a file that says the same."""
    for row in rows:
        shown = typed(row)
        named = {name: str(CHOICES[name][value][0]) for name, value in shown.items() if name in CHOICES and value}
        own = [named.get(column.name, shown.get(column.name, "")) for column in COLUMNS[: len(shown)]]
        yield [*own, *part_functions.written(row.functions)]
