"""Children of a portal that was killed by -9: they are ending already; a new start waits for them.

The kernel has told them to stop; this waits until their ports and files are free, and insists after a while.
"""

import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from selfcare.runtime import environ, processes

PATIENCE = 15.0


def _file() -> Path:
    return environ.var() / "children"


def note(children: Sequence[subprocess.Popen[bytes]]) -> None:
    """Process numbers are used again; with the moment of birth they are not."""
    lines = []
    for child in children:
        with suppress(psutil.Error):
            lines.append(f"{child.pid} {psutil.Process(child.pid).create_time()}\n")
    _file().write_text("".join(lines))


def end(say: Callable[[str], None]) -> None:
    sessions = _alive()
    if sessions:
        say("Processes of the last run are still ending ...")
        limit = time.monotonic() + PATIENCE
        while _alive() and time.monotonic() < limit:
            time.sleep(0.1)
        for session in _alive():
            processes.kill_session(session)
    _file().unlink(missing_ok=True)


def _alive() -> list[int]:
    """The noted sessions of which anybody is left, be it without their leader."""
    if not _file().exists():
        return []
    noted = [line.split() for line in _file().read_text().splitlines()]
    return [int(pid) for pid, born in noted if _is_ours(int(pid), float(born)) and processes.session_members(int(pid))]


def _is_ours(pid: int, born: float) -> bool:
    try:
        return bool(abs(psutil.Process(pid).create_time() - born) < 1)
    except psutil.NoSuchProcess:
        return True  # nobody gets a number that is still a session's
