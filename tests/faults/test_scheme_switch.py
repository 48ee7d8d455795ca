"""The switch of 20 numbers and 30 IDs to the new scheme, interrupted at three places: all of it or nothing of it."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.faults import seed, switching
from tests.faults.help import MARKS
from tests.faults.own import Own, owning

pytestmark = MARKS


@pytest.fixture(scope="module")
def own() -> Iterator[Own]:
    with owning() as made:
        yield made


@pytest.fixture
def due(own: Own) -> tuple[int, int]:
    """A contract, and its order that is due now."""
    seed.set_clock(own.stack, "2026-11-20 12:00")
    made = switching.seed(own.stack)
    seed.set_clock(own.stack, "2026-12-01 00:00:01")
    return made


def check_switched(own: Own, cloud: int, order: int, before: dict) -> None:
    """The result list is that of the rows, before and after."""
    after = switching.state(own.stack, cloud)
    kept_numbers = switching.NUMBERS - switching.END_NUMBERS
    kept_ids = switching.IDS - switching.END_IDS
    assert switching.order_state(own.stack, order) == "completed"
    assert after["scheme"] == [("shared", switching.DAY)]
    assert [row[1] for row in after["numbers"]] == [None] * kept_numbers + [switching.DAY] * switching.END_NUMBERS
    assert {row[2] for row in after["numbers"]} == {None}
    assert [row[3] for row in after["ids"]] == [None] * kept_ids + [switching.DAY] * switching.END_IDS
    # The passwords of all, and nobody who is logged in.
    assert [row[2] for row in after["ids"]] == [row[2] for row in before["ids"]]
    assert {is_in for _device, is_in in after["devices"]} == {False}
    assert len(after["free"]) == switching.END_NUMBERS
    results = after["results"]
    assert [row[0] for row in results if row[0]] == [row[0] for row in after["numbers"]]
    names = {row[1]: (row[3], row[4]) for row in results if row[1]}
    assert {pk: old for pk, (old, _new) in names.items()} == {row[0]: row[1] for row in before["ids"]}
    kept = {row[0]: row[1] for row in after["ids"] if row[3] is None}
    assert {pk: new for pk, (_old, new) in names.items() if new} == kept
    assert {row[0] or row[1] for row in results if not row[2]} == {
        row[0] for row in [*after["numbers"][kept_numbers:], *after["ids"][kept_ids:]]
    }
    open_numbers = [row for row in after["charges"] if row[0] == "cloud.number" and row[3] is None]
    assert len(open_numbers) == kept_numbers


def test_killed_between_two_statements_nothing_has_happened_and_then_all_of_it(own: Own, due: tuple[int, int]) -> None:
    cloud, order = due
    before = switching.state(own.stack, cloud)
    code, said = switching.carry_out(own.stack, "kill:ended")
    assert code == -signal.SIGKILL, said
    assert switching.state(own.stack, cloud) == before
    code, said = switching.carry_out(own.stack)
    assert code == 0, said
    check_switched(own, cloud, order, before)


def test_a_database_that_crashes_in_the_middle_leaves_nothing_half_done(own: Own, due: tuple[int, int]) -> None:
    cloud, order = due
    before = switching.state(own.stack, cloud)
    process = switching.carrier_out(own.stack, "stop:renamed")
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    own.crash()
    own.server.start()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert switching.state(own.stack, cloud) == before
    code, said = switching.carry_out(own.stack)
    assert code == 0, said
    check_switched(own, cloud, order, before)


def test_an_exception_in_the_middle_holds_the_order_and_an_operator_lets_it_go_on(
    own: Own, due: tuple[int, int]
) -> None:
    cloud, order = due
    before = switching.state(own.stack, cloud)
    code, said = switching.carry_out(own.stack, "raise:charged")
    assert code == 0, said
    assert switching.order_state(own.stack, order) == "held"
    assert switching.state(own.stack, cloud) == before
    switching.retry(own.stack)
    code, said = switching.carry_out(own.stack)
    assert code == 0, said
    check_switched(own, cloud, order, before)


def test_without_one_transaction_a_kill_leaves_numbers_ended_and_login_names_old(
    own: Own, due: tuple[int, int]
) -> None:
    """The negative control: what was written by then is committed, and the process is killed at the same place."""
    cloud, _order = due
    before = switching.state(own.stack, cloud)
    code, said = switching.carry_out(own.stack, "commit-kill:ended")
    assert code == -signal.SIGKILL, said
    after = switching.state(own.stack, cloud)
    assert sum(row[1] is not None for row in after["numbers"]) == switching.END_NUMBERS
    assert after["scheme"] == before["scheme"] == [("own", None)]
    assert [row[1] for row in after["ids"]] == [row[1] for row in before["ids"]]
