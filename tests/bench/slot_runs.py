"""Finishing what is due on copies of one database: by the product's processes, and by the bare script."""

import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Protocol

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from selfcare.runtime import environ
from tests.faults.seed import set_clock
from tests.harness import Stack, databases


class Plan(Protocol):
    """What is due: `slot.Plan`, `first.Plan`."""

    @property
    def bare(self) -> str:
        """The script that makes the same rows as the product."""

    def fill(self, owner: psycopg.Connection) -> None:
        """Write the rows of the acceptances into empty tables."""

    def made(self, owner: psycopg.Connection) -> tuple[object, ...]:
        """What was made of them; the same for product and script."""

    def check(self, owner: psycopg.Connection) -> None:
        """Raise AssertionError unless every row is there, once."""


def prepare(stack: Stack, plan: Plan, moment: str) -> None:
    """The rows of the acceptances, and business time at `moment`; nothing of the stack may run yet but its Redis."""
    with stack.connect() as owner:
        plan.fill(owner)
    set_clock(stack, moment)


@contextmanager
def copy_of(stack: Stack) -> Iterator[str]:
    """An identical database, while nobody is connected to the stack's own."""
    name = f"slot_{uuid.uuid4().hex[:12]}"
    stack.hang_up()
    with psycopg.connect(databases.owner_url(), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(stack.database))
        )
    try:
        yield name
    finally:
        databases.drop(name)


def finish(stack: Stack, database: str, processes: int) -> float:
    """Seconds until `processes` of the product's own have carried out all that is due, from when they are ready."""
    took, answers = _run(stack, database, processes)
    assert all(answers), "a process had nothing to do"
    return took


def taken(stack: Stack, database: str) -> int:
    """How many orders one of the product's own processes finds due."""
    (answer,) = _run(stack, database, 1)[1]
    return answer


def _run(stack: Stack, database: str, processes: int) -> tuple[float, list[int]]:
    env = {**stack.worker_env, **databases.urls(database)}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.finishing"],
            env=env,
            cwd=environ.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        began = time.perf_counter()
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [int(process.stdout.readline()) for process in started if process.stdout]
        took = time.perf_counter() - began
    finally:
        for process in started:
            process.kill()
            process.wait()
    return took, answers


def finish_bare(database: str, plan: Plan) -> float:
    """The same by the bare script, as the application's role."""
    url = databases.urls(database)["DATABASE_URL"]
    with psycopg.connect(make_conninfo(url)) as connection:
        began = time.perf_counter()
        connection.execute(plan.bare.encode())
        connection.commit()
        return time.perf_counter() - began


def check(database: str, plan: Plan) -> tuple[object, ...]:
    """Every row is there, once; returns what was made."""
    with psycopg.connect(databases.owner_url(database), autocommit=True) as owner:
        plan.check(owner)
        return plan.made(owner)


def pairs(stack: Stack, plan: Plan, *, processes: int, count: int) -> tuple[float, float, float]:
    """Medians of interleaved runs on fresh copies: seconds of the product, of the script, and of their ratios."""
    ours, bare = [], []
    for _ in range(count):
        with copy_of(stack) as database:
            bare.append(finish_bare(database, plan))
            wanted = check(database, plan)
        with copy_of(stack) as database:
            ours.append(finish(stack, database, processes))
            assert check(database, plan) == wanted
    ratios = [mine / theirs for mine, theirs in zip(ours, bare, strict=True)]
    return median(ours), median(bare), median(ratios)
