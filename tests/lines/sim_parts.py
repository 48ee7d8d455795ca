"""SIMs in stock, the form of a SIM's replacement, and an order for it as the pages place it."""

from typing import Any

from lines.forms.sim_reissue import SimReissueForm
from lines.models import Line, SimReissue, StockSim
from selfcare import clock
from selfcare.accounts.models import Customer, Role
from selfcare.orders import outside, procedures
from selfcare.orders.models import Order
from selfcare.orders.services.drafts import new_draft
from selfcare.orders.services.ending import cancel
from tests import builders
from tests.lines.carriers.parts import wait_until
from tests.lines.parts import fresh

CODE = "lines.sim_reissue"
#: ICCIDs with their check digits.
SERIALS = ("8981100000000000010", "8981100000000000028", "8981100000000000036")
PROVISIONAL = "02099990001"
SHIPPED = {"method": "black", "size": "nano", "ship_on": "2026-11-25", "ship_to": {}}
ESIM = {"method": "esim", "size": "esim"}
ELSEWHERE = {
    "postal_code": "〒１２３－４５６７",
    "prefecture": "北海道",
    "address": "みなも市 架空町１−２",
    "building": "",
    "addressee": "岬支店 架空 花子",
    "phone": "０１１−２００−００００",
}


def stock(customer: Customer, serial: str = SERIALS[0], **fields: Any) -> StockSim:
    """A docomo one of size nano, with a provisional number."""
    values = {"carrier": "docomo", "provisional_number": PROVISIONAL, "sim_size": "nano", "added_at": clock.now()}
    return StockSim.objects.create(customer=customer, serial=serial, **{**values, **fields})


def rewritten(serial: str = SERIALS[0], provisional: str = PROVISIONAL) -> dict[str, Any]:
    return {"method": "ota", "size": "nano", "serial": serial, "provisional_number": provisional}


def form(line: Line, **typed: Any) -> SimReissueForm:
    """The form of this line with what was typed; unbound without anything."""
    actor = builders.user(customer=line.customer, role=Role.OWNER)
    procedure = procedures.get(CODE)
    draft = new_draft(procedure=procedure, subject=line, contract=line.contract, now=clock.now(), actor=actor)
    return SimReissueForm(typed, order=draft) if typed else SimReissueForm(order=draft)


def errors(line: Line, **typed: Any) -> dict[str, str]:
    return {name: " ".join(map(str, texts)) for name, texts in form(line, **typed).errors.items()}


def undo(order: Order) -> Order:
    """As a colleague of who ordered."""
    return cancel(order=order, actor=builders.user(customer=order.customer))


def reissue_of(order: Order) -> SimReissue:
    return SimReissue.objects.get(order=order)


def look(order: Order) -> Order:
    """One step of the workers, now."""
    Order.objects.filter(pk=order.pk).update(next_at=clock.now(), retry_at=None)
    outside.run_outside()
    return fresh(order)


def until(order: Order, reached: Any) -> Order:
    """Step by step until `reached(order)`."""
    wait_until(lambda: reached(look(order)))
    return fresh(order)
