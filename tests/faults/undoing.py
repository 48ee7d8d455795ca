"""Changes of lines and the moment at which they take effect, in a stack's environment: part of what `seed` runs."""

import time
from datetime import datetime
from typing import Any

from django.db.models import F

from lines.models import Line, LineService
from selfcare import clock
from selfcare.accounts.models import Contract, User
from selfcare.orders.models import Order
from selfcare.work import hints
from tests.faults.planting import accepted
from tests.lines import parts

#: Seconds between two calls: far less than the dispatcher takes.
EVERY = 0.02


def rung(*, until: str) -> dict[str, int]:
    """Wake the workers for local work until that moment of business time, as often as nobody would; once at least."""
    moment, times = datetime.fromisoformat(until), 1
    hints.publish("orders.local")
    while clock.now() < moment:
        time.sleep(EVERY)
        hints.publish("orders.local")
        times += 1
    return {"times": times}


def line_changes(*, user: str, wishes: list[dict[str, Any]], count: int) -> dict[str, Any]:
    owner = User.objects.get(selfcare_id=user)
    # Each wish sees what the one before has noted on the line.
    made = [[_wished(Line.objects.get(pk=line.pk), wish, owner) for wish in wishes] for line in new_lines(owner, count)]
    # So that undoing and taking effect meet.
    Order.objects.filter(pk__in=[pk for orders in made for pk in orders]).update(cancel_until=F("due_at"))
    return {"orders": made}


def new_lines(owner: User, count: int) -> list[Line]:
    """In use with `voice_3gb` and no options, charged for since April, of one contract."""
    if not LineService.objects.exists():
        parts.service()
    of_lines = Contract.objects.filter(customer=owner.customer, kind=Contract.Kind.MOBILE).first()
    contract = of_lines or parts.contract(customer=owner.customer)
    before = Line.objects.count()
    return [
        parts.line(contract=contract, number=f"0808{n:07}", sim_serial=f"DN8{n:012}")
        for n in range(before, before + count)
    ]


def _wished(line: Line, wish: dict[str, Any], actor: User) -> int:
    data = {key: value for key, value in wish.items() if key != "procedure"}
    return accepted(wish["procedure"], line, data, actor).pk
