"""Short words for what the tests of numbering do over and over."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

from django.db import connections

from numbering.models import Assignment, FreeNumber, Number
from numbering.models.numbers import NEVER_USED
from numbering.services import imports
from selfcare import clock
from selfcare.accounts.models import Contract, User
from selfcare.calendar import TOKYO
from selfcare.orders import procedures
from selfcare.orders.due import run_now
from selfcare.orders.models import Order
from selfcare.orders.services.accepting import accept
from selfcare.orders.services.drafts import new_draft, save_draft
from selfcare.orders.services.offers import offer, seal_shown

SESSION = "5" * 64


def stock(count: int, *, first: int = 5000010000, available_on: date = NEVER_USED) -> list[str]:
    """Free 050 numbers from 0`first` on; returns their digits."""
    digits = [f"0{first + n}" for n in range(count)]
    imports.import_numbers(preview=imports.preview_import(content="\n".join(digits).encode()), actor=None)
    if available_on != NEVER_USED:
        FreeNumber.objects.filter(number__digits__in=digits).update(available_on=available_on)
    return digits


def draft(code: str, subject: Any, data: dict[str, Any], *, actor: User) -> Order:
    procedure = procedures.get(code)
    contract = subject if isinstance(subject, Contract) else subject.contract
    now = clock.now()
    order = new_draft(procedure=procedure, subject=subject, contract=contract, now=now, actor=actor)
    return save_draft(order=order, data=data, now=now, actor=actor)


def take(order: Order, *, actor: User, session: str = SESSION) -> Order:
    """Accept a draft with what its confirm page shows now."""
    shown = seal_shown(order, offer(order, now=clock.now()))
    return accept(order_id=order.pk, shown=shown, session_digest=session, actor=actor)[0]


def add(contract: Contract, count: int, *, actor: User, session: str = SESSION) -> Order:
    """Order `count` numbers and carry it out as the web process does, right after acceptance."""
    order = take(draft("numbering.add", contract, {"count": count}, actor=actor), actor=actor, session=session)
    run_now([order.pk])
    order.refresh_from_db()
    return order


def cancel_number(assignment: Assignment, ends_on: date, *, actor: User) -> Order:
    data = {"ends_on": ends_on.isoformat(), "reference": "書面 2026-11-20", "reason": ""}
    return take(draft("numbering.cancel", assignment, data, actor=actor), actor=actor)


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=TOKYO)


def state_of(digits: str, today: date) -> str:
    return str(Number.objects.with_state(today).get(digits=digits).state)  # type: ignore[attr-defined]


def together(calls: Sequence[Callable[[], Any]], *, workers: int = 24) -> list[Any]:
    """Run all calls in threads with connections of their own; results or exceptions, in the order of the calls."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except Exception as error:
            return error

    def close() -> None:
        gate.wait()
        connections.close_all()

    gate = threading.Barrier(workers)
    with ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(run, calls))
        for closed in [pool.submit(close) for _worker in range(workers)]:
            closed.result()
    return results


def bare_order(contract: Contract) -> Order:
    """An order to reserve for, without going through the engine."""
    return Order.objects.create(
        procedure="numbering.add",
        customer_id=contract.customer_id,
        contract=contract,
        subject_id=contract.pk,
        created_at=clock.now(),
    )
