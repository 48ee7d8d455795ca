"""Many lines from one CSV file: which columns a procedure has, what each row says, and files to fill in.

However many rows a file has, the number of statements is the same.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from lines.models import Line
from lines.services.bulk_forms import Choices, choices_of, examples, flat, kind_of, labels, maker, short
from selfcare import phones, tables, text
from selfcare.accounts.models import Contract, User
from selfcare.orders.procedures import Procedure
from selfcare.orders.services import bulk
from selfcare.orders.services.batches import Refused, Wish
from selfcare.tables import FileRefused

#: Rows of one file, and its bytes.
MOST = 10_000
LARGEST = 4 * 1024 * 1024
#: The column that says which line: its telephone number or its SIM serial.
LINE = "line"
_WORDS = (
    "回線電話番号|電話番号|番号|仮電話番号|sim製造番号|製造番号|iccid|"
    "number|phone|phonenumber|telephonenumber|sim|simserial"
)
#: What people write for on and off, after NFKC and in small letters.
_ON = frozenset({"on", "1", "true", "yes", "はい", "あり", "有", "有り", "オン", "○", "する"})
_OFF = frozenset({"off", "0", "false", "no", "いいえ", "なし", "無", "無し", "オフ", "×", "x", "しない"})


@dataclass(frozen=True)
class Column:
    """A field as a column. `choices`: what can stand there, as (what is written, what it is called)."""

    name: str
    title: str
    names: frozenset[str]
    choices: Choices
    is_required: bool
    help: str = ""


@dataclass(frozen=True)
class Checked:
    """What a file says: rows that can be ordered, and the others with the reason."""

    count: int
    wishes: list[Wish]
    refused: list[Refused]


def columns(procedure: Procedure, *, now: datetime, actor: User) -> list[Column]:
    """Those of the procedure's fields, as the actor's lines have them."""
    making = maker(procedure, now=now, actor=actor)
    fields: dict[str, list[forms.Field]] = defaultdict(list)
    for line in _one_of_each_kind(procedure, actor) if procedure.steps else ():
        for form in making.forms(line):
            for name, field in form.fields.items():
                if not field.disabled:
                    fields[name].append(field)
    return [_column(name, same) for name, same in fields.items()]


def _column(name: str, same: Sequence[forms.Field]) -> Column:
    title = labels(same)
    names = frozenset(map(tables.bare, (name, title, *(str(field.label) for field in same))))
    choices = [(value, label) for value, label in choices_of(same) if value]
    return Column(name, title, names, choices, all(field.required for field in same), str(same[0].help_text or ""))


def _one_of_each_kind(procedure: Procedure, actor: User) -> list[Line]:
    contracts = Contract.objects.visible_to(actor).with_function(procedure.function)
    kinds = ("contract_id", "carrier", "sim_kind", "sim_size", "plan")
    held = Line.objects.visible_to(actor).filter(contract__in=contracts).exclude(status=Line.Status.TERMINATED)
    return examples(held.order_by(*kinds).distinct(*kinds).select_related("contract")[:50])


def check(procedure: Procedure, *, content: bytes, now: datetime, actor: User) -> Checked:
    """Read and check a file without storing anything. Raises FileRefused."""
    if len(content) > LARGEST:
        raise FileRefused(too_large())
    rows = _rows(content, columns(procedure, now=now, actor=actor))
    found = _find([key for _line, key, _cells in rows], actor)
    making = maker(procedure, now=now, actor=actor)
    words: dict[Any, dict[str, forms.Field]] = {}
    typed: list[bulk.Typed] = []
    refused: list[Refused] = []
    for line, key, cells in rows:
        label = _("%(line)d行目") % {"line": line}
        subject = found.get(key.digits) or found.get(key.serial)
        if subject is None:
            refused.append(Refused(f"{label} {key.shown}".strip(), "", key.problem or unknown()))
            continue
        if kind_of(subject) not in words:
            made = making.forms(subject)
            words[kind_of(subject)] = {name: field for form in made for name, field in form.fields.items()}
        fields = words[kind_of(subject)]
        values = {name: _value(fields.get(name), cell) for name, cell in cells.items()}
        typed.append(bulk.Typed(subject, values, label))
    wishes, unread = bulk.read(procedure, typed, now=now, actor=actor)
    return Checked(len(rows), wishes, refused + unread)


def too_large() -> str:
    return _("ファイルが大きすぎます。4MBまで、10,000件までのCSVにしてください。")


def unknown() -> str:
    """The same for somebody else's line and for one that nobody has."""
    return _("この番号の回線は、ご契約の回線の中に見つかりません。番号をお確かめください。")


@dataclass(frozen=True)
class Key:
    """How a row names its line: digits of a number, or a SIM serial; else what is wrong with it."""

    digits: str = ""
    serial: str = ""
    typed: str = ""
    problem: str = ""

    @property
    def shown(self) -> str:
        return phones.display(self.digits) if self.digits else self.typed[:40]


def _key(cell: str) -> Key:
    typed = tables.unquoted(cell)
    if not typed:
        return Key(problem=_("回線電話番号を入力してください。"))
    serial = typed.upper().replace("-", "").replace(" ", "")
    try:
        digits = tables.phone_digits(cell)
    except ValueError as error:
        # A serial has letters or more digits than a number; what is neither is called a number.
        return Key(serial=serial, typed=typed, problem=str(error) if "E+" in serial else "")
    return Key(digits, serial)


def _rows(content: bytes, wanted: Sequence[Column]) -> list[tuple[int, Key, dict[str, str]]]:
    places: dict[str, int] | None = None
    rows: list[tuple[int, Key, dict[str, str]]] = []
    count = 0
    for line, cells in tables.rows(content):
        if places is None:
            places = _heading(cells, wanted)
            if places:
                continue
            places = {LINE: 0, **{column.name: place for place, column in enumerate(wanted, 1)}}
        count += 1
        if count <= MOST:
            at = {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
            rows.append((line, _key(at.pop(LINE)), at))
    if not rows:
        raise FileRefused(_("ファイルに回線が1件もありません。1行に1回線を入力してください。"))
    if count > MOST:
        raise FileRefused(
            _("一度に申し込めるのは%(most)s件までです（このファイルは%(count)s件）。ファイルを分けてください。")
            % {"most": f"{MOST:,}", "count": f"{count:,}"}
        )
    return rows


def _heading(cells: Sequence[str], wanted: Sequence[Column]) -> dict[str, int]:
    """Where the columns stand, if these cells are their names; else nothing. Raises FileRefused for a lacking one."""
    keys = {*_WORDS.split("|"), tables.bare(heading())}
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = tables.bare(cell)
        found = next((column.name for column in wanted if name in column.names), "")
        if found:
            places.setdefault(found, place)
        elif name in keys:
            places.setdefault(LINE, place)
    if LINE not in places:
        if places:
            raise FileRefused(_("見出しに「%(name)s」の列がありません。") % {"name": heading()})
        return {}
    lacking = [column.title for column in wanted if column.is_required and column.name not in places]
    if lacking:
        raise FileRefused(_("見出しに「%(name)s」の列がありません。") % {"name": "、".join(lacking)})
    return places


def heading() -> str:
    return _("回線電話番号")


def _find(keys: Sequence[Key], actor: User) -> Mapping[str, Line]:
    """The actor's own lines by number and by serial; a line in use goes before one that has ended."""
    digits, serials = {key.digits for key in keys} - {""}, {key.serial for key in keys} - {""}
    held = Line.objects.visible_to(actor).filter(Q(number__in=digits) | Q(sim_serial__in=serials))
    lines = sorted(held.order_by("pk"), key=lambda line: line.status != Line.Status.TERMINATED)
    return {line.sim_serial: line for line in lines} | {line.number: line for line in lines}


def _value(field: forms.Field | None, cell: str) -> str:
    """What a cell says, as the form's field takes it: a choice may be called by its name."""
    typed = tables.unquoted(cell)
    offered = flat(getattr(field, "choices", ()))
    if not typed or not offered:
        return typed
    wanted = tables.bare(typed)
    for value, label in offered:
        if wanted in (tables.bare(value), tables.bare(label), tables.bare(short(label))):
            return value
    values = {value for value, _label in offered}
    amount = wanted.replace(",", "").removesuffix("円")
    if amount in values:
        return amount
    if wanted in _ON and "on" in values:
        return "on"
    return "off" if wanted in _OFF and "off" in values else typed


def sample(wanted: Sequence[Column], lines: QuerySet[Line] | None) -> Iterator[list[str]]:
    """The heading, and a row with empty cells for each of the lines."""
    yield [heading(), *(column.title for column in wanted)]
    if lines is not None:
        for number in lines.values_list("number", flat=True).iterator(chunk_size=2000):
            yield [text.csv_cell(number), *("" for _column in wanted)]


def changeable(procedure: Procedure, actor: User) -> QuerySet[Line]:
    """The actor's lines on contracts that have the function, at most as many as a file may hold."""
    contracts = Contract.objects.visible_to(actor).with_function(procedure.function)
    held = Line.objects.visible_to(actor).filter(contract__in=contracts).exclude(status=Line.Status.TERMINATED)
    return held.order_by("number", "pk")[:MOST]
