"""Keeps the children of `manage.py run` alive, and ends all of them."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from selfcare.runtime import environ, processes
from selfcare.runtime.children import Child
from selfcare.runtime.errors import StartError

STEADY_SECONDS = 60
LONGEST_PAUSE = 30
STOP_SECONDS = 15
LOG_BYTES = 20_000_000
# A child that can be asked is: at its start whenever we look, then at this interval. Questions are counted and not
# seconds: when this process itself was stopped for a while, nobody else is to blame.
ASK_SECONDS = 2.0
UNANSWERED, UNANSWERED_AT_START = 10, 120


@dataclass
class _Kept:
    child: Child
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    again_at: float = 0.0
    ask_at: float = 0.0
    unanswered: int = 0
    has_answered: bool = False


@dataclass
class Supervisor:
    logs: Path
    say: Callable[[str], None]
    kept: list[_Kept] = field(default_factory=list)
    ask_seconds: float = ASK_SECONDS

    def start(self, children: Sequence[Child]) -> None:
        for child in children:
            kept = _Kept(child)
            self.kept.append(kept)
            self._start(kept)

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def wait_for(self, name: str, ready: Callable[[], bool], *, seconds: float) -> None:
        """Until `ready`; raises StartError with the end of the child's log when it dies or takes too long."""
        kept = next(kept for kept in self.kept if kept.child.name == name)
        end = time.monotonic() + seconds
        while not ready():
            ended = kept.process is None or kept.process.poll() is not None
            if ended or time.monotonic() > end:
                what = "ended" if ended else f"did not answer within {seconds:.0f} s"
                raise StartError(f"The process {name!r} {what}; the end of {self.log(name)}:\n{self._tail(name)}")
            time.sleep(0.05)

    def look(self) -> bool:
        """Start again whoever died or hangs: at once the first time, then with growing pauses. True if anybody was."""
        started = False
        for kept in self.kept:
            if kept.process is not None and kept.process.poll() is not None:
                self._end(kept, f"ended ({_reason(kept.process.returncode)})")
            elif kept.process is not None and self._is_hung(kept):
                self._end(kept, "does not answer")
            if kept.process is None and time.monotonic() >= kept.again_at:
                self._start(kept)
                started = True
        return started

    def answers(self, name: str) -> bool:
        """Whether the child of that name, since it was started, has answered."""
        return any(kept.has_answered for kept in self.kept if kept.child.name == name)

    def running(self) -> list[subprocess.Popen[bytes]]:
        return [kept.process for kept in self.kept if kept.process]

    def stop(self) -> None:
        """Everybody is asked at once, then waited for: the slowest one decides how long it takes."""
        running = self.running()
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)  # one that is frozen does not hear
                process.terminate()
        end = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            finally:
                processes.kill_session(process.pid)
                process.wait()
        self.kept.clear()

    def _end(self, kept: _Kept, what: str) -> None:
        if kept.process is None:
            return
        processes.kill_session(kept.process.pid)  # its own children hold its port
        kept.process.wait()
        kept.process = None
        now = time.monotonic()
        kept.failures = 1 if now - kept.started > STEADY_SECONDS else kept.failures + 1
        pause = min(2 ** (kept.failures - 1) - 1, LONGEST_PAUSE)
        kept.again_at = now + pause
        self.say(
            f"{kept.child.name} {what}; starting it again"
            + (f" in {pause} s" if pause else "")
            + f". Its log: {self.log(kept.child.name)}"
        )

    def _is_hung(self, kept: _Kept) -> bool:
        if kept.child.answers is None or time.monotonic() < kept.ask_at:
            return False
        if kept.child.answers(os.environ):
            kept.has_answered, kept.unanswered = True, 0
        else:
            kept.unanswered += 1
        kept.ask_at = time.monotonic() + (self.ask_seconds if kept.has_answered else 0)
        return kept.unanswered >= (UNANSWERED if kept.has_answered else UNANSWERED_AT_START)

    def _start(self, kept: _Kept) -> None:
        log = self.log(kept.child.name)
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        kept.process = processes.spawn(kept.child.command(os.environ), log=log, cwd=environ.ROOT)
        kept.started = time.monotonic()
        kept.unanswered, kept.has_answered = 0, False

    def _tail(self, name: str) -> str:
        return "\n".join(self.log(name).read_text(errors="replace").splitlines()[-8:])


def _reason(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
