"""Finishing what is due on copies of one database: by the product's processes, and by the bare script."""

import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from selfcare.runtime import environ
from tests.bench import slot
from tests.faults.seed import set_clock
from tests.harness import Stack, databases


def prepare(stack: Stack, plan: slot.Plan, moment: str) -> None:
    """The rows of the acceptances, and business time at `moment`; nothing of the stack may run yet but its Redis."""
    with stack.connect() as owner:
        slot.fill(owner, plan)
    set_clock(stack, moment)


@contextmanager
def copy_of(stack: Stack) -> Iterator[str]:
    """An identical database, while nobody is connected to the stack's own."""
    name = f"slot_{uuid.uuid4().hex[:12]}"
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
        answers = [process.stdout.readline() for process in started if process.stdout]
        took = time.perf_counter() - began
    finally:
        for process in started:
            process.kill()
            process.wait()
    assert all(int(answer) for answer in answers), "a process had nothing to do"
    return took


def finish_bare(database: str) -> float:
    """The same by the bare script, as the application's role."""
    url = databases.urls(database)["DATABASE_URL"]
    with psycopg.connect(make_conninfo(url)) as connection:
        began = time.perf_counter()
        connection.execute(slot.BARE.encode())
        connection.commit()
        return time.perf_counter() - began


def check(database: str, plan: slot.Plan) -> int:
    """Every row is there, once; returns how many mails tell of single orders."""
    with psycopg.connect(databases.owner_url(database), autocommit=True) as owner:
        assert slot.made(owner) == slot.wanted(plan)
        found = owner.execute("SELECT count(*) FROM work_mail WHERE template = 'order_completed'").fetchone()
        assert found is not None
        return int(found[0])


def pairs(stack: Stack, plan: slot.Plan, *, processes: int, count: int) -> tuple[float, float, float]:
    """Medians of interleaved runs on fresh copies: seconds of the product, of the script, and of their ratios."""
    ours, bare = [], []
    for _ in range(count):
        with copy_of(stack) as database:
            bare.append(finish_bare(database))
            check(database, plan)
        with copy_of(stack) as database:
            ours.append(finish(stack, database, processes))
            check(database, plan)
    ratios = [mine / theirs for mine, theirs in zip(ours, bare, strict=True)]
    return median(ours), median(bare), median(ratios)
