"""Lines that wait for a number from elsewhere, and the steps of orders at the carrier."""

from datetime import date
from typing import Any

from billing.models import RecurringCharge
from lines.models import Line, LineService, PortIn, PortOut
from lines.services import port_outs
from selfcare import clock
from selfcare.accounts.models import Role
from selfcare.orders import outside, procedures
from selfcare.orders.models import Order
from selfcare.orders.procedures import OrderForm
from selfcare.orders.services.drafts import new_draft, refusals
from tests import builders
from tests.lines import parts
from tests.lines.carriers.parts import wait_until

NUMBER = "07012345001"
HOLDER = {"name": "株式会社架空商事", "kana": "カブシキガイシャカクウショウジ", "kind": "corporate"}
#: Of clock's first moment, 2026-11-20 10:00.
EXPIRES = date(2026, 11, 30)


def waiting(number: str = NUMBER, **fields: Any) -> PortIn:
    """A docomo data line, shipped and not opened, to which `number` comes until EXPIRES."""
    if not LineService.objects.filter(code="docomo").exists():
        parts.service()
    expires_on, state = fields.pop("expires_on", EXPIRES), fields.pop("state", "waiting")
    contract = fields.pop("contract", None) or parts.contract()
    line = builders.line(
        **{
            "contract": contract,
            "plan": "data_3gb",
            "sim_kind": "data",
            "status": Line.Status.UNOPENED,
            "shipped_on": date(2026, 11, 10),
            **fields,
        }
    )
    return PortIn.objects.create(
        line=line,
        customer=line.customer,
        number=number,
        reservation_number="99-000-12345",
        expires_on=expires_on,
        state=state,
    )


def issued(line: Line, *, expires_on: date = EXPIRES) -> PortOut:
    """A number that an operator has been told by telephone."""
    order = parts.place(line, "lines.mnp_out", **HOLDER)
    outside.run_outside(limit=10)
    waits, operator = PortOut.objects.get(order=order), builders.operator()
    port_outs.issue_by_hand(port_out=waits, number="12-345-67890", expires_on=expires_on, actor=operator)
    Order.objects.filter(pk=order.pk).update(retry_at=None)
    outside.run_outside(limit=10)
    return PortOut.objects.get(order=order, state="issued")


def form(line: Line, code: str, **typed: Any) -> OrderForm:
    procedure = procedures.get(code)
    actor = builders.user(customer=line.customer, role=Role.OWNER)
    draft = new_draft(procedure=procedure, subject=line, contract=line.contract, now=clock.now(), actor=actor)
    return procedure.steps[0](typed, order=draft)


def obstacle(line: Line, code: str) -> str:
    """Why nothing can be ordered there now; empty when it can."""
    actor = builders.user(customer=line.customer, role=Role.OWNER)
    draft = new_draft(
        procedure=procedures.get(code), subject=line, contract=line.contract, now=clock.now(), actor=actor
    )
    return refusals([draft], now=clock.now()).get(draft, "")


def carried_out(order: Order) -> Order:
    """Poll as the workers do until the order has ended."""

    def ended() -> bool:
        Order.objects.filter(pk=order.pk).update(next_at=clock.now(), retry_at=None)
        outside.run_outside()
        return bool(parts.fresh(order).is_terminal)

    wait_until(ended)
    return Order.objects.get(pk=order.pk)


def charged(number: str) -> dict[str, str]:
    rows = RecurringCharge.objects.filter(subject=number, ended_on=None)
    return {item.removeprefix("lines."): str(day) for item, day in rows.values_list("item", "started_on")}
