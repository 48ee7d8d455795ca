"""An order at once as a draft that grows step by step, and what it asks of the pool (spec 5.2).

Its data: "consent" {"version", "at"}, "method" "screen" | "file", "bases" [ids], "typed" [{"base": id, "kind", "count",
"code", "by_code"}, all as typed], "file" (Checked.as_json), "rows" [{"base": id, "kind", "count"} | {"base", "kind",
"code"}] (only when all of them are right), "contact" {...}.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from numbering.dial_in.models import BaseNumber, ReservationCode
from numbering.dial_in.services import at_once_rows
from numbering.dial_in.services.at_once_rows import BASE, CODE, COUNT, KIND, Typed
from numbering.dial_in.services.claiming import Claim
from numbering.models import Kind
from selfcare.accounts.models import Contract, User
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.drafts import save_draft
from selfcare.orders.states import State

SCREEN, FILE = "screen", "file"
#: Base numbers that can be chosen, and rows that can be filled in, on the screen; more come by a file.
MOST_BASES = MOST_ROWS = 100
Data = dict[str, Any]


def keep(*, order: Order, change: Callable[[Data], Data], now: datetime, actor: User) -> Order:
    """Save what one step says into the draft as it is now: two tabs lose nothing of each other.

    `change` gets the data and returns what it is to be. A draft that has been accepted or has expired is left alone:
    its input goes on as a new draft.
    """
    with transaction.atomic():
        kept = None
        if order.pk:
            drafts = Order.objects.filter(pk=order.pk, actor=actor, state=State.DRAFT, expires_at__gt=now)
            kept = drafts.select_for_update(of=("self",)).first()
        data = change(dict(kept.data if kept else order.data))
        return save_draft(order=kept or order, data=data, now=now, actor=actor)


def bases_of(order: Order, ids: Sequence[int]) -> dict[int, BaseNumber]:
    """The base numbers of the order's voice group among these, with their voice contracts."""
    rows = BaseNumber.objects.filter(
        pk__in=list(ids), customer_id=order.customer_id, voice_contract__group=order.subject_id, ended_on=None
    )
    return {base.pk: base for base in rows.select_related("voice_contract__group__contract")}


def recheck(orders: Sequence[Order], now: datetime) -> dict[Order, str]:
    """Why the rows of a draft cannot be ordered (any more), in one sentence; nothing for those that can."""
    reasons = {}
    for order in orders:
        rows = order.data.get("rows", [])
        if not rows:
            continue
        bases = bases_of(order, [row[BASE] for row in rows])
        typed = [
            Typed(
                bases.get(row[BASE]), row[KIND], str(row.get(COUNT, "")), row.get(CODE, ""), by_code=bool(row.get(CODE))
            )
            for row in rows
        ]
        known = at_once_rows.known_for(order, typed, now)
        at_once_rows.check(typed, known)
        reason = next(
            (
                _("%(base)s：%(reason)s") % {"base": row.base, "reason": row.problems[0][1]}
                if row.base
                else _("選ばれた基本契約番号の一部が、ご契約の中に見つかりません。選び直してください。")
                for row in typed
                if row.base is None or row.problems
            ),
            "",
        )
        if reason:
            reasons[order] = reason
    return reasons


def claims_of(order: Order) -> list[Claim]:
    """What the rows ask for: those without a code summed by base number and kind. Kept on the order object.

    Raises NotPossible when a base number or a code is not there any more.
    """
    rows = order.data.get("rows", [])
    kept: tuple[Any, list[Claim]] | None = getattr(order, "_at_once_claims", None)
    if kept is not None and kept[0] == rows:
        return kept[1]
    bases = bases_of(order, [row[BASE] for row in rows])
    names = [row[CODE] for row in rows if CODE in row]
    codes = {
        code.code: code
        for code in ReservationCode.objects.filter(
            customer_id=order.customer_id, contract=order.contract, code__in=names
        )
    }
    if any(row[BASE] not in bases for row in rows) or any(name not in codes for name in names):
        raise NotPossible(_("選ばれた基本契約番号か予約コードが、ご契約の中に見つかりません。選び直してください。"))
    sums: Counter[tuple[int, str]] = Counter()
    for row in rows:
        if COUNT in row:
            sums[row[BASE], row[KIND]] += row[COUNT]
    claims = [Claim(base=bases[base], kind=kind, count=count) for (base, kind), count in sums.items()]
    claims += [Claim(base=bases[row[BASE]], kind=row[KIND], code=codes[row[CODE]]) for row in rows if CODE in row]
    order._at_once_claims = (rows, claims)  # type: ignore[attr-defined]
    return claims


def contract_of(order: Order) -> Contract:
    """The IP Voice contract that the order's voice group hangs on."""
    if order.contract is None:
        raise RuntimeError(f"{order.request_id} hangs on no contract")
    return order.contract


def totals(claims: Sequence[Claim]) -> dict[str, int]:
    """How many numbers of each kind; kinds without any are missing."""
    found: dict[str, int] = defaultdict(int)
    for claim in claims:
        found[claim.kind] += claim.code.count if claim.code else claim.count
    return {kind: found[kind] for kind in (Kind.GEOGRAPHIC.value, Kind.IP_050.value) if kind in found}


def typed_of(rows: Sequence[Data]) -> list[Data]:
    """Good rows as the page's form has them."""
    return [
        {
            BASE: row[BASE],
            KIND: row[KIND],
            COUNT: str(row.get(COUNT, "")),
            CODE: row.get(CODE, ""),
            "by_code": CODE in row,
        }
        for row in rows
    ]


def with_method(data: Data, method: str) -> Data:
    """Rows belong to the way in which they were entered; what was typed on the screen is kept for coming back."""
    if data.get("method") == method:
        return data
    kept = {name: value for name, value in data.items() if name not in ("rows", "file")}
    return {**kept, "method": method}


def with_bases(data: Data, chosen: list[int]) -> Data:
    """The chosen base numbers, at most MOST_BASES; what was entered for others goes with them."""
    chosen = chosen[:MOST_BASES]
    fresh = [pk for pk in chosen if pk not in data.get("bases", [])]
    typed = [row for row in data.get("typed", []) if row[BASE] in chosen] + [empty_row(pk) for pk in fresh]
    # A base number whose row is still empty is not finished.
    rows = [] if fresh else [row for row in data.get("rows", []) if row[BASE] in chosen]
    return {**data, "bases": chosen, "typed": typed, "rows": rows}


def kept_text(words: object, *, most: int) -> str:
    """What came, as the draft can keep it: JSON in the database takes no NUL."""
    return str(words).replace("\x00", "")[:most]


def empty_row(base: int, *, by_code: bool = False) -> Data:
    """A row of the page's form before anything is typed."""
    return {BASE: base, KIND: "", COUNT: "", CODE: "", "by_code": by_code}
