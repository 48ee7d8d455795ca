"""Claiming fifty of a million numbers, eight at a time, beside the same SQL under pgbench and a loop of saves."""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from multiprocessing import Queue, get_context
from pathlib import Path
from statistics import median
from threading import Barrier

import pytest
from django.db import connection, connections, transaction

from numbering.models import Assignment, FreeNumber, Kind
from numbering.services import pool
from selfcare.accounts.models import Contract
from selfcare.runtime.embedded_postgres import programs
from tests import builders
from tests.scale import scaled

pytestmark = [
    pytest.mark.bench,
    pytest.mark.serial,
    pytest.mark.timeout(1800),
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]

TODAY = date(2026, 11, 20)
CLIENTS = 8
COUNT = 50
POOL = scaled(100_000, 1_000_000)
CLAIMS = scaled(150, 500)  # of each client in one run
SAVES = scaled(6, 20)
PAIRS = 5

_FILL = """
TRUNCATE numbering_assignment, numbering_freenumber, numbering_number CASCADE;
INSERT INTO numbering_number (digits, kind, area, unusable_reason, created_at)
SELECT '050' || lpad(n::text, 8, '0'), '050', '', '', now() FROM generate_series(1, {size}) AS n;
INSERT INTO numbering_freenumber (number_id, kind, area, available_on)
SELECT id, kind, area, '1970-01-01' FROM numbering_number;
ANALYZE numbering_number, numbering_freenumber, numbering_assignment;
"""
_AGAIN = """
TRUNCATE numbering_assignment CASCADE;
TRUNCATE numbering_freenumber;
INSERT INTO numbering_freenumber (number_id, kind, area, available_on)
SELECT id, kind, area, '1970-01-01' FROM numbering_number;
ANALYZE numbering_freenumber, numbering_assignment;
"""


Work = Callable[[Contract], None]


@dataclass(frozen=True)
class Run:
    """Claims a second of all clients together, and the latencies in ms (empty for pgbench)."""

    rate: float
    latencies: list[float]

    def percentile(self, percent: int) -> float:
        return sorted(self.latencies)[len(self.latencies) * percent // 100]


def rounded(ratios: list[float]) -> list[float]:
    return [round(ratio, 2) for ratio in ratios]


def as_owner(statement: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)


def claim(contract: Contract) -> None:
    pool.claim_numbers(wanted=pool.Wanted(COUNT), contract=contract, order=None, today=TODAY)


def save_each(contract: Contract) -> None:
    """What one writes without thinking about it: lock fifty, then a row at a time."""
    with transaction.atomic():
        free = FreeNumber.objects.select_for_update(skip_locked=True).select_related("number")
        oldest = free.filter(kind=Kind.IP_050, area="", available_on__lte=TODAY).order_by("available_on", "spread")
        chosen = list(oldest[:COUNT])
        for one in chosen:
            assignment = Assignment(
                number=one.number,
                digits=one.number.digits,
                customer_id=contract.customer_id,
                contract=contract,
                origin=Assignment.Origin.ADDED,
                free_since=one.available_on,
            )
            assignment.save()
        FreeNumber.objects.filter(pk__in=[one.pk for one in chosen]).delete()


def _client(work: Work, contract_id: int, times: int, ready: Barrier, results: "Queue[list[float]]") -> None:
    """One process with a connection of its own; says how long each claim took."""
    contract = Contract.objects.get(pk=contract_id)
    ready.wait()
    latencies = []
    for _turn in range(times):
        before = time.perf_counter()
        work(contract)
        latencies.append((time.perf_counter() - before) * 1000)
    results.put(latencies)


def run(work: Work, contracts: list[Contract], times: int) -> Run:
    connections.close_all()
    processes = get_context("fork")
    ready, results = processes.Barrier(CLIENTS + 1), processes.Queue()
    clients = [
        processes.Process(target=_client, args=(work, contract.pk, times, ready, results)) for contract in contracts
    ]
    for client in clients:
        client.start()
    ready.wait()
    begin = time.perf_counter()
    latencies = [one for _client in clients for one in results.get(timeout=600)]
    took = time.perf_counter() - begin
    for client in clients:
        client.join()
    return Run(CLIENTS * times / took, latencies)


def pgbench(contract: Contract, times: int) -> Run:
    """The same statements, prepared, from PostgreSQL's own client."""
    fixed = {
        "kind": "'050'",
        "area": "''",
        "count": str(COUNT),
        "today": f"'{TODAY}'::date",
        "order": "NULL",
        "customer": str(contract.customer_id),
        "contract": str(contract.pk),
        "origin": "'added'",
        "start": ":start",
        "waiting": "false",
    }
    statement = re.sub(r"%\((\w+)\)s", lambda found: fixed[found[1]], pool.CLAIM)
    settings = connection.settings_dict
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "claim.sql"
        script.write_text("\\set start random(0, 32767)\n" + " ".join(statement.split()) + ";\n")
        command = [
            programs() / "pgbench",
            "-n",
            "-M",
            "prepared",
            "-c",
            str(CLIENTS),
            "-j",
            "4",
            "-t",
            str(times),
            "-h",
            settings["HOST"],
            "-U",
            settings["USER"],
            "-f",
            script,
            settings["NAME"],
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PGOPTIONS": ""})
    return Run(float(re.findall(r"tps = ([0-9.]+)", done.stdout)[-1]), [])


@pytest.fixture
def contracts() -> list[Contract]:
    return [builders.contract() for _client in range(CLIENTS)]


def _no_duplicates(expected: int) -> None:
    assert Assignment.objects.count() == expected
    assert Assignment.objects.values("number").distinct().count() == expected


def test_claiming_is_nearly_as_fast_as_the_bare_statement(contracts):
    as_owner(_FILL.format(size=POOL))
    ratios, ours, theirs = [], [], []
    for _pair in range(PAIRS):
        as_owner(_AGAIN)
        theirs.append(pgbench(contracts[0], CLAIMS))
        as_owner(_AGAIN)
        ours.append(run(claim, contracts, CLAIMS))
        _no_duplicates(CLIENTS * CLAIMS * COUNT)
        ratios.append(ours[-1].rate / theirs[-1].rate)
    p50, p99 = (median(one.percentile(percent) for one in ours) for percent in (50, 99))
    print(
        f"\nclaim of {COUNT} of {POOL:,}, {CLIENTS} at a time: {median(one.rate for one in ours):.0f}/s,"
        f" p50 {p50:.1f} ms, p99 {p99:.1f} ms,"
        f" pgbench {median(one.rate for one in theirs):.0f}/s, share {median(ratios):.2f} {rounded(ratios)}"
    )
    assert median(ratios) >= 0.75


def test_claiming_is_eight_times_a_loop_of_saves(contracts):
    as_owner(_FILL.format(size=POOL))
    ratios = []
    for _pair in range(PAIRS):
        as_owner(_AGAIN)
        loop = run(save_each, contracts, SAVES)
        as_owner(_AGAIN)
        ratios.append(run(claim, contracts, CLAIMS).rate / loop.rate)
    print(f"\nclaim against a loop of saves: {median(ratios):.1f} times {rounded(ratios)}")
    assert median(ratios) >= 8


def test_a_claim_costs_the_same_from_a_small_pool_and_a_large_one(contracts):
    times = 10_000 // COUNT // CLIENTS // 2
    figures: dict[int, list[float]] = {10_000: [], POOL: []}
    for size, medians in figures.items():
        as_owner(_FILL.format(size=size))
        for _turn in range(PAIRS):
            as_owner(_AGAIN)
            medians.append(median(run(claim, contracts, times).latencies))
    ratio = median(figures[POOL]) / median(figures[10_000])
    print(f"\nclaim from {POOL:,} against 10,000: {ratio:.2f} times as long")
    assert ratio <= 1.5
