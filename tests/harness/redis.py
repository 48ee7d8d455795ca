"""A Redis that tests may empty, freeze, stop and start."""

import os
import signal
from contextlib import suppress
from typing import Any

import redis

from selfcare.runtime.embedded_redis import EmbeddedRedis


class RedisUnderTest(EmbeddedRedis):
    """Emptied, frozen and stopped at will; `start` brings it back at the same address, empty."""

    def client(self, **options: Any) -> redis.Redis:
        return redis.Redis.from_url(self.url, **{"socket_timeout": 5, **options})

    def flush(self) -> None:
        with self.client() as client:
            client.flushall()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        if self.process:
            self.process.wait()

    def start(self) -> None:
        if self.process is None or self.process.poll() is not None:
            super().start()

    def _signal(self, number: signal.Signals) -> None:
        if self.process is None:
            raise AssertionError("Redis is not running")
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, number)
