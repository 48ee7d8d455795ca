"""`manage.py run` as somebody in a terminal has it: its output, its signals, and every process that belongs to it."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from selfcare.runtime import environ, processes
from tests.harness.ports import free_port

# What the test session sets for itself and a terminal does not have.
_OURS = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "SELFCARE_VAR",
    "PORT",
    "CARRIER_URL",
    "CARRIER_SECRET",
    "OUTSIDE_URL",
    "OUTSIDE_SECRET",
)
# What a test says nothing about, it does not want to wait for.
_SMALL = {"SELFCARE_WEB_WORKERS": "1", "SIP_PORT": "0"}


class Portal:
    """On the folder `var`; `env` on top of an environment that names no servers."""

    def __init__(self, var: Path, **env: str) -> None:
        self.var = var
        self.env = {name: value for name, value in os.environ.items() if name not in _OURS}
        self.env |= {"SELFCARE_VAR": str(var), "PORT": str(free_port()), **_SMALL, **env}
        self.url = f"http://127.0.0.1:{self.env['PORT']}"
        self.output_file = var.with_name(var.name + ".out")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.output_file.unlink(missing_ok=True)
        with self.output_file.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run"],
                cwd=environ.ROOT,
                env=self.env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def start_and_wait(self, seconds: float = 90) -> None:
        self.start()
        assert self.wait_for("Ready after", seconds), self.output

    def wait_for(self, text: str, seconds: float = 30) -> bool:
        return processes.wait_until(lambda: text in self.output or self.ended, seconds=seconds) and text in self.output

    @property
    def output(self) -> str:
        return self.output_file.read_text(errors="replace") if self.output_file.exists() else ""

    @property
    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def signal(self, number: signal.Signals) -> int:
        """Send it to the starter alone, and wait for its end."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(40)

    def refuses(self) -> str:
        """Start where it cannot; the sentence it says, checked for what every such sentence has in common."""
        self.start()
        assert self.process is not None
        assert self.process.wait(60) == 1, self.output
        assert "Traceback" not in self.output
        return self.output.strip()

    def processes(self, *, named: str = "") -> list[psutil.Process]:
        """Everything that works for this folder: by its environment, its command line or its working folder.

        `named`: only what has this in its program's name. Any of them may have ended by the time it is looked at.
        """
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.status() == psutil.STATUS_ZOMBIE or named not in process.name():
                    continue
                words = [*process.cmdline(), process.environ().get("SELFCARE_VAR", ""), process.cwd()]
                if any(word == str(self.var) or f"{self.var}/" in word for word in words):
                    found.append(process)
        return found

    def close(self) -> None:
        """Whatever the test did, nothing is left."""
        if not self.ended:
            self.signal(signal.SIGTERM)
        for process in self.processes():
            with suppress(psutil.Error):
                process.kill()
