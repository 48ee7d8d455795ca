"""Construction-date orders for tests: complete drafts with parts; placed, returned, placed again."""

from typing import Any

from numbering.dial_in.contents import AddRow, PortRow
from numbering.dial_in.functions import Functions
from numbering.dial_in.models import BaseNumber, DialInPart, VoiceContract
from numbering.dial_in.services import operating
from numbering.models import Assignment, Kind
from selfcare import clock
from selfcare.accounts.models import Role, User
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.services.accepting import accept
from selfcare.orders.services.correcting import resubmit
from selfcare.orders.services.drafts import new_draft
from selfcare.orders.services.offers import offer, seal_shown
from tests import builders

CODE = "numbering.dial_in_by_date"
#: A Monday, and the earliest one for new geographic numbers ordered on 2026-11-20.
DAY = "2026-12-07"
CONSENT = {"version": "1", "at": "2026-11-20T10:00:00+09:00"}
CONTACT = {
    "company": "架空商事株式会社",
    "department": "総務部",
    "name": "架空 太郎",
    "kana": "カクウ タロウ",
    "phone": "0312345678",
    "mail": "kaku@customer.example",
}


def new(count: int = 3, kind: str = Kind.GEOGRAPHIC, **functions: Any) -> dict[str, Any]:
    """A row of an addition."""
    return AddRow(kind=kind, count=count, functions=Functions(**functions)).as_json()


def coded(code: Any, **by_number: Functions) -> dict[str, Any]:
    """A row with a reservation code; its numbers get no functions unless said."""
    digits = code_digits(code)
    return AddRow(
        kind=code.kind, code=code.code, by_number={one: by_number.get(f"n{one}", Functions()) for one in digits}
    ).as_json()


def code_digits(code: Any) -> list[str]:
    return list(Assignment.objects.filter(reservation=code).order_by("digits").values_list("digits", flat=True))


def port(number: str, **fields: Any) -> dict[str, Any]:
    """A row of a portability."""
    said = {"carrier1": "架空電話", "carrier2": "", "line_kind": "isdn", **fields}
    return PortRow(number=number, **said).as_json()


def part(order: Order, base: BaseNumber, *rows: dict[str, Any]) -> DialInPart:
    kind = DialInPart.Kind.PORT if "number" in rows[0] else DialInPart.Kind.ADD
    return DialInPart.objects.create(
        order=order,
        customer_id=order.customer_id,
        kind=kind,
        base=base,
        rows=list(rows),
        updated_by=actor_of(order),
        updated_at=clock.now(),
    )


def draft(base: BaseNumber, *rows: dict[str, Any], actor: User | None = None, **data: Any) -> Order:
    """A saved draft for the base number's voice contract, with one part of these rows, ready to be confirmed.

    A site without networks gets one by the order itself, unless `networks` says otherwise.
    """
    site = base.voice_contract
    actor = actor or builders.user(customer=site.customer, role=Role.MEMBER)
    order = new_draft(
        procedure=procedures.get(CODE), subject=site, contract=site.contract, now=clock.now(), actor=actor
    )
    order.data = {
        "consent": CONSENT,
        "group": site.group_id,
        "networks": {"add": [] if site.networks.exists() or _is_coming(site) else ["10.1.2.0/24"], "delete": []},
        "date": DAY,
        "time": "",
        "date_reason": "",
        "contact": CONTACT,
        "revision": 1,
        **data,
    }
    order.save()
    if rows:
        part(order, base, *rows)
    return order


def actor_of(order: Order) -> User:
    """Who entered it: a customer's person."""
    assert order.actor is not None
    return order.actor


def _is_coming(site: VoiceContract) -> bool:
    """Whether another open order brings the site its network."""
    return Order.objects.open().filter(procedure=CODE, subject_id=site.pk).exists()


def place(order: Order, actor: User | None = None) -> Order:
    """Press the confirm page's button, having seen it just now."""
    order = fresh(order)
    shown = seal_shown(order, offer(order, now=clock.now()))
    return accept(order_id=order.pk, shown=shown, session_digest="", actor=actor or actor_of(order))[0]


def place_again(order: Order, actor: User | None = None) -> Order:
    """The same for one that was returned."""
    order = fresh(order)
    shown = seal_shown(order, offer(order, now=clock.now()))
    return resubmit(order_id=order.pk, shown=shown, actor=actor or actor_of(order))[0]


def returned(order: Order, reason: str = "基本契約番号をご確認ください。") -> Order:
    return operating.give_back(order=order, reason=reason, actor=builders.operator())


def problem(order: Order) -> str:
    """What the check says; empty when it can be ordered."""
    order = fresh(order)
    return order.handler.check([order], clock.now()).get(order, "")


def change(order: Order, **data: Any) -> Order:
    order.data = {**order.data, **data, "revision": order.data["revision"] + 1}
    order.save(update_fields=["data"])
    return order


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)
