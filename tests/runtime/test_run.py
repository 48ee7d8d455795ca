"""One command starts everything, and nothing of it outlives its starter."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import httpx
import psutil
import psycopg
import pytest

from selfcare.runtime import environ, processes, registrar
from tests.harness.ports import free_sip_port
from tests.runtime.portal import Portal

pytestmark = pytest.mark.serial

Make = Callable[..., Portal]


def _sql(portal: Portal, statement: str) -> list[tuple]:
    lines = (portal.var / "run.env").read_text().splitlines()
    url = dict(line.split("=", 1) for line in lines)["DATABASE_OWNER_URL"]
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def _nobody_left(portal: Portal, seconds: float) -> bool:
    return processes.wait_until(lambda: not portal.processes(), seconds=seconds)


def _is_up(portal: Portal) -> bool:
    try:
        return httpx.get(f"{portal.url}/healthz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def test_ctrl_c_leaves_no_process_and_no_address(stopped: Portal) -> None:
    assert stopped.process is not None
    assert stopped.process.returncode == 0, stopped.output
    assert stopped.output.rstrip().endswith("Stopped.")
    assert stopped.processes() == []
    assert not (stopped.var / "run.env").exists()


@pytest.mark.timing
def test_a_later_start_is_quick(again: Make) -> None:
    later = again()
    started = time.monotonic()
    later.start_and_wait()
    took = time.monotonic() - started
    print(f"later start: first page after {took:.1f} s")
    assert _is_up(later)
    assert took < 8
    assert later.signal(signal.SIGTERM) == 0
    assert later.processes() == []


def test_kill_9_of_the_starter_ends_everything_and_does_not_block_the_next_start(again: Make) -> None:
    """The registrar with it, where there is one."""
    sip = {"SIP_PORT": str(free_sip_port())} if registrar.program() else {}
    first = again(**sip)
    first.start_and_wait()
    assert not sip or first.wait_for("Telephones register at"), first.output
    assert len(first.processes()) > 8
    first.signal(signal.SIGKILL)

    # At once, while the old processes are still ending.
    second = again(PORT=first.env["PORT"], **sip)
    second.start_and_wait()
    assert not sip or second.wait_for("Telephones register at"), second.output
    assert _sql(second, "SELECT count(*) > 0 FROM django_migrations") == [(True,)]

    # And nobody else's help is needed for the end.
    second.signal(signal.SIGKILL)
    assert _nobody_left(second, 20), second.processes()


def test_kill_9_of_everything_at_once_costs_no_committed_row(again: Make) -> None:
    first = again()
    first.start_and_wait()
    _sql(first, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS id")
    for process in first.processes():
        with suppress(psutil.NoSuchProcess):  # others that were killed before may have taken it along
            process.kill()
    assert _nobody_left(first, 20)

    second = again()
    second.start_and_wait()
    assert _sql(second, "SELECT count(*) FROM kept") == [(1000,)]


def test_a_command_in_a_second_terminal_means_the_running_portal(running: Portal) -> None:
    code = "from django.db import connection as c; c.ensure_connection(); print(c.settings_dict['HOST'])"
    result = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=environ.ROOT,
        env={name: value for name, value in running.env.items() if name != "PORT"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() in (running.var / "run.env").read_text()


def test_a_second_start_on_the_same_folder_is_refused_and_the_first_goes_on(running: Portal) -> None:
    second = Portal(running.var)
    second.output_file = running.var.with_name("second.out")
    assert "A portal is running on" in second.refuses()
    assert _is_up(running)


def test_secrets_are_made_once_and_are_for_the_owner_only(stopped: Portal, running: Portal) -> None:
    made = stopped.var / "secrets.env"
    assert made.stat().st_mode & 0o777 == 0o600
    assert (running.var / "secrets.env").read_text() == made.read_text()
    assert (running.var / "run.env").stat().st_mode & 0o777 == 0o600


def _dispatchers(portal: Portal) -> list[psutil.Process]:
    found = []
    for process in portal.processes():
        with suppress(psutil.NoSuchProcess):
            if process.cmdline()[-1:] == ["dispatch"]:
                found.append(process)
    return found


def test_a_process_that_dies_is_started_again_and_said(running: Portal) -> None:
    assert processes.wait_until(lambda: bool(_dispatchers(running)), seconds=10)
    (dispatcher,) = _dispatchers(running)
    dispatcher.kill()
    assert running.wait_for("dispatch ended (killed by signal 9); starting it again")
    assert processes.wait_until(lambda: any(p.pid != dispatcher.pid for p in _dispatchers(running)), seconds=10)


def test_a_web_server_whose_workers_hold_its_port_is_started_again(running: Portal) -> None:
    assert running.process is not None
    children = psutil.Process(running.process.pid).children()
    next(process for process in children if "granian" in process.cmdline()).kill()
    assert running.wait_for("web ended")
    assert processes.wait_until(lambda: _is_up(running), seconds=20)
