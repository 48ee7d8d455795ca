"""Rows for a stack, written by its own services: `python -m tests.faults.seed '{"shoppers": 2, ...}'` prints JSON.

In the tests: `seed.run(stack, shoppers=2, lines=10)`; each call is one process in the stack's environment.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from selfcare.runtime import environ
from tests.harness import Stack

PASSWORD = "correct-horse-battery"
FIRST_NUMBER, FIRST_LINE = 5000010000, 7000010000
FUNCTIONS = ["numbering.add", "numbering.list", "lines.status", "tests.count"]


@dataclass(frozen=True)
class Shopper:
    """A customer's owner who is logged in: `cookie` is the session's. `lines` are ids of lines in use."""

    selfcare_id: str
    cookie: str
    contract: int
    lines: list[int]


def shoppers(stack: Stack, count: int = 1, *, lines: int = 0, numbers: int = 0) -> list[Shopper]:
    """`count` customers with one contract, one user and `lines` lines each; `numbers` go into the pool."""
    made = _run(stack, what="shoppers", count=count, lines=lines, numbers=numbers)
    return [Shopper(**one) for one in made["shoppers"]]


def orders(stack: Stack, procedure: str, subjects: list[int], *, due: datetime | None = None, **data: Any) -> list[int]:
    """One accepted order per subject, as the confirm page accepts it, but not yet carried out."""
    moment = due.isoformat() if due else None
    made = _run(stack, what="orders", procedure=procedure, subjects=subjects, due=moment, data=data)
    return list(made["orders"])


def booked_ends(stack: Stack, shopper: Shopper, count: int, ends_on: str) -> list[int]:
    """Order and issue `count` numbers and book the end of each; returns the booked orders."""
    return list(_run(stack, what="booked_ends", user=shopper.selfcare_id, count=count, ends_on=ends_on)["orders"])


def set_clock(stack: Stack, moment: str) -> None:
    """Business time jumps to a moment in Japan and runs on from there."""
    stack.sql("DELETE FROM work_businessclock")
    stack.sql(
        'INSERT INTO work_businessclock ("only", "offset") VALUES (true, %s::timestamptz - now())', f"{moment}+09"
    )


def _run(stack: Stack, **wanted: Any) -> Any:
    command = [sys.executable, "-m", "tests.faults.seed", json.dumps(wanted)]
    done = subprocess.run(command, env=stack.worker_env, cwd=environ.ROOT, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise AssertionError(f"seed {wanted} failed:\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    import django

    django.setup()
    from tests.faults import planting, toys

    toys.install()
    wanted = json.loads(sys.argv[1])
    print(json.dumps(getattr(planting, wanted.pop("what"))(**wanted)))


if __name__ == "__main__":
    main()
