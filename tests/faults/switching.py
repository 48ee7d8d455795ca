"""Cloud phone contracts whose switch to the new scheme is due, and processes that carry it out and are interrupted.

`python -m tests.faults.switching seed` makes one contract with its accepted order, in the environment of a stack;
`carry_out` does what is due. SWITCH_FAULT names what happens at which place: "kill:ended", "stop:renamed",
"raise:charged", "commit-kill:ended".
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from itertools import count
from typing import Any

from selfcare.runtime import environ
from tests.harness import Stack

NUMBERS, IDS = 20, 30
#: How many of them end at the switch.
END_NUMBERS, END_IDS = 3, 5
DAY = date(2026, 12, 1)
_MODULE = "tests.faults.switching"

#: All that a switch touches of a contract, in a form that can be compared.
_STATE = {
    "scheme": "SELECT scheme, switched_on FROM numbering_cloudcontract WHERE contract_id = %s",
    "numbers": "SELECT n.id, n.ended_on, n.own_of_id, a.state, a.released_on FROM numbering_cloudnumber AS n"
    " JOIN numbering_assignment AS a ON a.id = n.assignment_id WHERE n.cloud_id = %s ORDER BY n.id",
    "ids": "SELECT id, login_name, password, ended_on, is_included, outgoing_id FROM numbering_cloudid"
    " WHERE cloud_id = %s ORDER BY id",
    "ringing": "SELECT r.number_id, r.cloud_id FROM numbering_ringing AS r JOIN numbering_cloudnumber AS n"
    " ON n.id = r.number_id WHERE n.cloud_id = %s ORDER BY 1, 2",
    "devices": "SELECT d.id, d.logged_out_at IS NULL FROM numbering_device AS d JOIN numbering_cloudid AS i"
    " ON i.id = d.cloud_id WHERE i.cloud_id = %s ORDER BY d.id",
    "results": "SELECT number_id, on_id_id, is_kept, old_login_name, new_login_name FROM numbering_schemeresult"
    " WHERE cloud_id = %s ORDER BY id",
    "charges": "SELECT item, subject, started_on, ended_on FROM billing_recurringcharge WHERE contract_id = %s"
    " ORDER BY item, subject, started_on",
    "free": "SELECT f.number_id, f.available_on FROM numbering_freenumber AS f JOIN numbering_assignment AS a"
    " ON a.number_id = f.number_id WHERE a.contract_id = %s ORDER BY 1",
}


def state(stack: Stack, cloud: int) -> dict[str, list[tuple[Any, ...]]]:
    return {name: stack.sql(query, cloud) for name, query in _STATE.items()}


def order_state(stack: Stack, order: int) -> str:
    return str(stack.value("SELECT state FROM orders_order WHERE id = %s", order))


def seed(stack: Stack) -> tuple[int, int]:
    """Contract and accepted order; the clock stands before the switch."""
    made = _process(stack, "seed").communicate(timeout=120)[0]
    found = json.loads(made.splitlines()[-1])
    return found["cloud"], found["order"]


def carrier_out(stack: Stack, fault: str = "") -> subprocess.Popen[str]:
    """A process that carries out what is due."""
    return _process(stack, "carry_out", fault)


def carry_out(stack: Stack, fault: str = "") -> tuple[int, str]:
    """Exit code (-9 when it was killed) and what it said."""
    process = carrier_out(stack, fault)
    said, _ = process.communicate(timeout=120)
    return process.returncode, said


def retry(stack: Stack) -> None:
    """An operator lets held orders go on."""
    process = _process(stack, "retry")
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said


def _process(stack: Stack, what: str, fault: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", _MODULE, what],
        env={**stack.worker_env, "SWITCH_FAULT": fault},
        cwd=environ.ROOT,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


class PlantedError(Exception):
    """What is raised in the middle."""


def _plant(fault: str) -> None:
    """Between two statements of the switch: after numbers have ended, after login names changed, after charges."""
    from django.db import connection

    from numbering.cloud.services import charges, devices, releasing

    kind, _, place = fault.partition(":")
    owner, name = {
        "ended": (releasing, "end_numbers"),
        # Right after the login names, before the contract itself has changed.
        "renamed": (devices, "log_out_all"),
        "charged": (charges, "follow"),
    }[place]
    real: Callable[..., Any] = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = real(*args, **kwargs)
        if kind == "raise":
            raise PlantedError
        if kind == "commit-kill" and connection.connection is not None:
            connection.connection.commit()
        os.kill(os.getpid(), signal.SIGSTOP if kind == "stop" else signal.SIGKILL)
        return result

    setattr(owner, name, wrapped)


def _seed() -> None:
    from billing.models import TaxRate
    from numbering.cloud.services import charges
    from selfcare import clock
    from selfcare.orders import procedures
    from selfcare.orders.services.accepting import accept
    from selfcare.orders.services.drafts import new_draft, save_draft
    from selfcare.orders.services.offers import offer, seal_shown
    from tests import builders
    from tests.billing.cloud import make_prices
    from tests.numbering.cloud import parts

    if not TaxRate.objects.exists():
        make_prices()
    # Each process counts on from a place of its own.
    first = os.getpid() % 9000 * 100
    parts.start_at(first)
    builders._numbers = count(first)
    cloud = parts.cloud(numbers=NUMBERS, ids=IDS)
    charges.follow(clouds=[cloud], on=date(2026, 11, 1))
    numbers, ids = parts.numbers(cloud), parts.ids(cloud)
    for row in ids:
        parts.device(row)
    end_numbers, end_ids = numbers[-END_NUMBERS:], ids[-END_IDS:]
    data = {
        "numbers": [str(row.pk) for row in numbers if row not in end_numbers],
        "ids": [str(row.pk) for row in ids if row not in end_ids],
        "day": DAY.isoformat(),
        "end_numbers": [row.pk for row in end_numbers],
        "end_ids": [row.pk for row in end_ids],
    }
    actor, now = parts.member(cloud), clock.now()
    procedure = procedures.get("cloud.scheme_switch")
    order = new_draft(procedure=procedure, subject=cloud.contract, contract=cloud.contract, now=now, actor=actor)
    order = save_draft(order=order, data=data, now=now, actor=actor)
    shown = seal_shown(order, offer(order, now=now))
    accept(order_id=order.pk, shown=shown, session_digest="5" * 64, actor=actor)
    print(json.dumps({"cloud": cloud.pk, "order": order.pk}))


def main(what: str) -> None:
    import django

    django.setup()
    if what == "seed":
        _seed()
        return
    if what == "retry":
        from selfcare.orders.models import Order
        from selfcare.orders.services import operating
        from tests import builders

        operator = builders.operator(selfcare_id=f"operator_{os.getpid()}")
        for order in Order.objects.filter(state="held"):
            operating.retry(order=order, actor=operator)
        return
    from selfcare.orders.due import run_local

    if os.environ.get("SWITCH_FAULT"):
        _plant(os.environ["SWITCH_FAULT"])
    while run_local():
        pass


if __name__ == "__main__":
    main(sys.argv[1])
