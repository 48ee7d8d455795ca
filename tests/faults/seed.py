"""Rows for a stack, written by the portal's own services in a process of the stack's environment.

`python -m tests.faults.seed` reads one JSON object per line, calls the function of `planting`, `changing`,
`cancelling` or `following` that it names, and answers with one line; it ends with its input.
"""

import json
import subprocess
import sys
import traceback
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from selfcare.calendar import TOKYO
from selfcare.runtime import environ
from tests.harness import Stack

PASSWORD = "correct-horse-battery"
FIRST_NUMBER, FIRST_LINE = 5000010000, 7000010000
FUNCTIONS = ["numbering.add", "numbering.list", "lines.status", "tests.count", "tests.count_taken"]

_servers: dict[Path, subprocess.Popen[str]] = {}


@dataclass(frozen=True)
class Shopper:
    """A customer's owner who is logged in: `cookie` is the session's. `lines` are ids of lines in use."""

    selfcare_id: str
    cookie: str
    contract: int
    lines: list[int]


def shoppers(stack: Stack, count: int = 1, *, lines: int = 0, numbers: int = 0, limit: int = 50) -> list[Shopper]:
    """`count` customers with one contract, one user and `lines` lines each; `numbers` go into the pool.

    Once per stack. Each contract may add `limit` numbers.
    """
    made = _run(stack, what="shoppers", count=count, lines=lines, numbers=numbers, limit=limit)
    return [Shopper(**one) for one in made["shoppers"]]


@dataclass(frozen=True)
class Office:
    """A company that orders dial-in numbers: its owner, a voice group, its base numbers (ids)."""

    shopper: Shopper
    group: int
    bases: list[int]


def dial_in_offices(stack: Stack, count: int, *, bases: int, numbers: int) -> list[Office]:
    """So many companies with `bases` base numbers in 03 each; `numbers` of 03 go into the pool."""
    made = _run(stack, what="dial_in_offices", count=count, bases=bases, numbers=numbers)["offices"]
    return [Office(Shopper(**one["shopper"]), one["group"], one["bases"]) for one in made]


def orders(stack: Stack, procedure: str, subjects: list[int], *, due: datetime | None = None, **data: Any) -> list[int]:
    """One accepted order per subject, as the confirm page accepts it, but not yet carried out."""
    moment = due.isoformat() if due else None
    made = _run(stack, what="orders", procedure=procedure, subjects=subjects, due=moment, data=data)
    return list(made["orders"])


def confirmed_batch(stack: Stack, shopper: Shopper, count: int) -> tuple[int, list[int]]:
    """A batch of `count` orders that has been confirmed and that nobody has accepted yet: its id, and theirs."""
    made = _run(stack, what="confirmed_batch", user=shopper.selfcare_id, count=count)
    return made["batch"], made["orders"]


def booked_ends(stack: Stack, shopper: Shopper, count: int, ends_on: str) -> list[int]:
    """Order and issue `count` numbers and book the end of each; returns the booked orders."""
    return list(_run(stack, what="booked_ends", user=shopper.selfcare_id, count=count, ends_on=ends_on)["orders"])


def cancelled_around(
    stack: Stack, orders: list[int], moment: datetime, *, take_back: list[int] | None = None, protected: bool = True
) -> dict[int, str]:
    """Undo all of them at about `moment`, to which the clock jumps; each in a thread; "cancelled" or why not, by order.

    Those to `take_back` by an order of their own.
    """
    when = moment.isoformat()
    made = _run(
        stack, what="cancelled_around", orders=orders, taken_back=take_back or [], moment=when, protected=protected
    )
    return {int(pk): outcome for pk, outcome in made.items()}


def line_changes(stack: Stack, shopper: Shopper, wishes: list[dict[str, Any]], count: int) -> list[list[int]]:
    """`count` new lines, each with one accepted order of every wish: {"procedure": code, ...data}; orders by line.

    Wishes for the 1st and ends of lines can be undone until they take effect.
    """
    made = _run(stack, what="line_changes", user=shopper.selfcare_id, wishes=wishes, count=count)
    return list(made["orders"])


def rivals(
    stack: Stack, shopper: Shopper, wishes: list[dict[str, Any]], count: int, *, locked: bool = True
) -> list[int]:
    """`count` new lines for each of which all wishes are accepted at the same moment; the lines."""
    made = _run(stack, what="rivals", user=shopper.selfcare_id, wishes=wishes, count=count, locked=locked)
    return list(made["lines"])


def sip_changes(stack: Stack, shopper: Shopper, count: int) -> list[int]:
    """`count` numbers of the B2BUA service, each with an accepted change of its password from OLD to NEW."""
    return list(_run(stack, what="sip_changes", user=shopper.selfcare_id, count=count)["orders"])


def followed(stack: Stack, lines: list[int]) -> list[int]:
    """One request to the carrier per line that follows a change which has taken effect; returns the orders."""
    return list(_run(stack, what="followed", lines=lines)["orders"])


def rung(stack: Stack, until: datetime) -> None:
    """Tell the workers again and again that local work is due, until that moment of business time."""
    _run(stack, what="rung", until=until.isoformat())


def set_clock(stack: Stack, moment: str) -> None:
    """Business time jumps to a moment in Japan and runs on from there."""
    stack.set_clock(datetime.fromisoformat(moment).replace(tzinfo=TOKYO))


def _run(stack: Stack, **wanted: Any) -> Any:
    """One process per stack answers all calls: starting Django takes longer than what it is asked for."""
    process = _servers.get(stack.var)
    if process is None or process.poll() is not None:
        process = _servers[stack.var] = _start(stack)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(wanted) + "\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline() or '{"error": "it has ended"}')
    if "error" in answer:
        raise AssertionError(f"seed {wanted} failed:\n{answer['error']}")
    return answer


def _start(stack: Stack) -> subprocess.Popen[str]:
    for folder in [folder for folder in _servers if not folder.exists()]:
        _servers.pop(folder).kill()  # its stack is gone
    command = [sys.executable, "-m", "tests.faults.seed"]
    with (stack.var / "log" / "seed.log").open("a") as log:
        return subprocess.Popen(
            command,
            env=stack.worker_env,
            cwd=environ.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )


def main() -> None:
    import django

    django.setup()
    from django.db import close_old_connections

    from tests.faults import cancelling, changing, dialling, following, planting, rivals, toys, undoing

    toys.install()
    parts = (planting, changing, cancelling, following, undoing, rivals, dialling)
    for line in sys.stdin:
        close_old_connections()
        wanted = json.loads(line)
        try:
            what = wanted.pop("what")
            (function,) = (found for part in parts if (found := getattr(part, what, None)))
            answer = function(**wanted)
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
