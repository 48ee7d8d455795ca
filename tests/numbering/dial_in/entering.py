"""How the tests enter parts of a construction-date order: over the pages, as a browser without scripts does."""

from typing import Any

from django.test import Client
from django.urls import reverse

from numbering.dial_in.models import BaseNumber, DialInPart, VoiceContract
from numbering.dial_in.services import parts as saving
from selfcare import clock
from selfcare.accounts.models import Contract, User
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests.numbering.dial_in import parts
from tests.people import person

CONSENT = {"version": "2026-10", "at": "2026-11-20T10:00:00+09:00", "important": "2026-10"}
#: A geographic number that the numbering plan knows, and nobody here has.
BROUGHT = "0332345678"


def url(name: str, *args: Any) -> str:
    return reverse(f"numbering:dial-in-by-date{name and '-'}{name}", args=args)


class Office:
    """A customer with one voice contract, one base number, an owner and a colleague."""

    def __init__(self, **fields: Any) -> None:
        self.contract: Contract = parts.contract()
        self.group = parts.group(self.contract)
        self.site: VoiceContract = parts.voice_contract(self.group, **fields)
        self.base: BaseNumber = parts.base(self.site)
        customer = self.contract.customer
        self.owner: User = person(f"{self.group.code}_own", customer=customer, role="owner", name="入力 花子")
        self.colleague: User = person(f"{self.group.code}_mem", customer=customer, role="member", name="続き 次郎")

    def draft(self, *, actor: User | None = None) -> Order:
        from uuid import uuid4

        return saving.begin(
            uuid=uuid4(), voice_contract=self.site, consent=CONSENT, source=None, actor=actor or self.owner
        )

    def part(self, order: Order, rows: list[dict[str, Any]] | None = None, kind: str = "add") -> DialInPart:
        content = saving.Content(kind=kind, base_id=self.base.pk, rows=rows or [added(3)])
        return saving.save_part(order=order, part_id=None, version=0, content=content, actor=self.owner)


def added(count: int, kind: str = "0abj", **functions: Any) -> dict[str, Any]:
    return {"kind": kind, "count": count, "functions": functions}


def brought(number: str = BROUGHT, **fields: Any) -> dict[str, Any]:
    return {
        "number": number,
        "carrier1": "架空電話",
        "carrier2": "",
        "line_kind": "hikari_denwa",
        "holder": "same",
        "holder_name": "",
        "place": "same",
        "address": "",
        "dsu_removal": False,
        "remaining": False,
        "move": False,
        "functions": {},
        **fields,
    }


def rows_of(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What the page of rows sends."""
    sent: dict[str, Any] = {"row": [str(at) for at in range(len(rows))], "do": "next"}
    for at, row in enumerate(rows):
        sent |= {f"{name}-{at}": value for name, value in row.items()}
    return {**sent, **more}


def port_row(number: str = BROUGHT, **fields: Any) -> dict[str, Any]:
    """A number to bring, as the page sends it."""
    return {
        "number": number,
        "carrier1": "架空電話",
        "line_kind": "isdn",
        "holder": "same",
        "place": "same",
        "dsu_removal": "no",
        "remaining": "no",
        **fields,
    }


def choose_base(page: Client, order: Order, which: Any, base: BaseNumber, method: str = "screen") -> Any:
    return page.post(url("part", order.uuid, which), {"method": method, "base": base.pk})


def save(page: Client, order: Order, which: Any, **fields: Any) -> Any:
    return page.post(url("part-check", order.uuid, which), fields)


def return_for_correction(order: Order, reason: str = "設置場所をご確認ください。") -> Order:
    """As operators leave it, without going through acceptance."""
    now = clock.now()
    Order.objects.filter(pk=order.pk).update(
        state=State.PENDING, phase="returned", reason=reason, accepted_at=now, due_at=now
    )
    order.refresh_from_db()
    return order


def errors(answer: Any) -> list[str]:
    return [text for _id, text in answer.context["errors"]]
