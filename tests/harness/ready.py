"""When a process of a stack is ready for what a test wants of it."""

import re
import socket
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from selfcare.runtime import registrar


@dataclass
class Running:
    """A process that a stack has started; `log_start`: bytes that its log held before."""

    name: str
    kind: str
    process: subprocess.Popen[bytes]
    env: Mapping[str, str]
    log: Path
    log_start: int

    @property
    def written(self) -> str:
        return self.log.read_bytes()[self.log_start :].decode(errors="replace")


def is_ready(running: Running, value: Callable[..., Any]) -> bool:
    """`value` asks the stack's database."""
    match running.kind:
        case "web":
            # All of its processes: requests that come at once are to be served at once.
            started = set(re.findall(r"Started worker-\d+", running.written))
            return len(started) >= int(running.env["SELFCARE_WEB_WORKERS"]) and answers(
                f"http://127.0.0.1:{running.env['PORT']}/healthz"
            )
        case "carrier-simulator":
            return listens(running.env["CARRIER_URL"])
        case "outside-simulator":
            return listens(running.env["OUTSIDE_URL"])
        case "registrar":
            return registrar.answers("127.0.0.1", int(running.env["SIP_PORT"]))
        case "beat":
            return "beat: Starting" in running.written
        case "dispatch":
            query = "SELECT count(*) FROM work_heartbeat WHERE name = 'dispatch' AND host LIKE %s"
            return bool(value(query, f"%:{running.process.pid}"))
    return re.search(r"@\S+ ready\.", running.written) is not None


def answers(url: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(url, timeout=2).status_code == 200
    return False


def listens(url: str) -> bool:
    address = httpx.URL(url)
    with suppress(OSError), socket.create_connection((address.host, address.port or 80), timeout=1):
        return True
    return False
