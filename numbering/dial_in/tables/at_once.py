"""The rows of an order at once as a file: 基本契約番号, 種類, 追加番号数 or 予約コード (spec 5.4)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.dial_in.models import BaseNumber
from numbering.dial_in.services import at_once_rows
from numbering.dial_in.services.at_once_rows import BASE, CODE, COUNT, KIND, Typed
from numbering.dial_in.tables import cells
from numbering.dial_in.tables.checking import Schema
from numbering.dial_in.tables.columns import MOST, Column, Row
from selfcare import phones
from selfcare.orders.models import Order

COLUMNS = (
    Column(
        BASE,
        gettext_lazy("基本契約番号"),
        ("基本番号", "代表番号", "代表", "basenumber", "base"),
        needed=True,
        example=gettext_lazy("03-1234-5678（ハイフンや全角でもかまいません）"),
    ),
    Column(
        KIND,
        gettext_lazy("種類"),
        ("番号の種類", "番号種別", "種別", "kind", "type"),
        needed=True,
        example=gettext_lazy("0ABJ番号、または 050番号"),
    ),
    Column(
        COUNT,
        gettext_lazy("追加番号数"),
        ("番号数", "数", "追加数", "count", "quantity"),
        example=gettext_lazy("1から2,000まで。予約コードを使う行では空欄"),
    ),
    Column(
        CODE,
        gettext_lazy("予約コード"),
        ("コード", "予約番号", "reservationcode", "code"),
        example=gettext_lazy("予約コードを使う行だけ"),
    ),
)


def _check(rows: Sequence[Row], order: Order, now: datetime) -> list[dict[str, Any]]:
    digits = [_digits(row) for row in rows]
    own = BaseNumber.objects.filter(
        digits__in={one for one in digits if one},
        customer_id=order.customer_id,
        voice_contract__group=order.subject_id,
        ended_on=None,
    )
    bases = {base.digits: base for base in own.select_related("voice_contract__group__contract")}
    typed = []
    for row, one in zip(rows, digits, strict=True):
        if one and one not in bases:
            row.refuse(
                BASE, _("この番号は、この音声グループの基本契約番号の中に見つかりません。番号をお確かめください。")
            )
        typed.append(Typed(bases.get(one), row.cells[KIND], row.cells[COUNT], row.cells[CODE]))
    taken = at_once_rows.check(typed, at_once_rows.known_for(order, typed, now))
    for row, checked in zip(rows, typed, strict=True):
        for column, reason in checked.problems:
            row.refuse(column, reason)
    return taken


def _digits(row: Row) -> str:
    try:
        digits = cells.phone(row.cells[BASE])
    except ValueError as error:
        row.refuse(BASE, error)
        return ""
    if not digits:
        row.refuse(BASE, _("基本契約番号を入力してください。"))
    return digits


SCHEMA = Schema("dial-in-at-once", COLUMNS, _check)


def known_bases(order: Order) -> Iterator[list[str]]:
    """The base numbers of the voice group, for a file to fill in."""
    own = BaseNumber.objects.filter(
        customer_id=order.customer_id,
        voice_contract__group=order.subject_id,
        ended_on=None,
        voice_contract__ended_on=None,
    )
    for digits in own.order_by("digits").values_list("digits", flat=True)[:MOST]:
        yield [phones.display(digits), "", "", ""]


def written(order: Order) -> Iterator[list[str]]:
    """The heading, and the rows of an order as they were entered; it can be sent as a file again."""
    yield [str(column.label) for column in COLUMNS]
    rows = order.data.get("rows", [])
    own = BaseNumber.objects.filter(customer_id=order.customer_id, pk__in={row[BASE] for row in rows})
    bases = dict(own.values_list("pk", "digits"))
    words = at_once_rows.kind_words()
    for row in rows:
        base = phones.display(bases.get(row[BASE], ""))
        yield [base, words[row[KIND]][0], str(row.get(COUNT, "")), row.get(CODE, "")]
