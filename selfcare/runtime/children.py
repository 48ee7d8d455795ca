"""The processes of a portal: the one list that `manage.py run` and the tests' harness start from."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from selfcare.runtime import environ

Command = Sequence[str | Path]

MANAGE: Command = (sys.executable, environ.ROOT / "manage.py")
# No mingling with other workers at the start, no gossip: it costs a second and this system needs neither.
CELERY_WORKER: Command = (
    *(sys.executable, "-m", "celery", "-A", "selfcare", "worker", "--loglevel", "info"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
)


@dataclass(frozen=True)
class Child:
    """`command` is asked at the start, with the child's environment: PORT and the like."""

    name: str
    command: Callable[[Mapping[str, str]], Command]
    demo_only: bool = False


def web(env: Mapping[str, str]) -> Command:
    workers = env.get("SELFCARE_WEB_WORKERS") or str(max(2, min(os.cpu_count() or 2, 8)))
    return (
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "selfcare.wsgi:application"),
        *("--host", env.get("SELFCARE_BIND") or "127.0.0.1", "--port", env.get("PORT") or "8000"),
        # One thread a process was the fastest by measurement; more of them share one interpreter.
        *("--workers", workers, "--blocking-threads", "1", "--respawn-failed-workers"),
        *("--workers-kill-timeout", "10", "--working-dir", environ.ROOT),
    )


def worker(_env: Mapping[str, str]) -> Command:
    return (*CELERY_WORKER, "--queues", "default,outside", "--hostname", "worker@%h", "--concurrency", "2")


def login_worker(_env: Mapping[str, str]) -> Command:
    """A lane of its own: a login code does not wait behind ten thousand other mails."""
    return (*CELERY_WORKER, "--queues", "login", "--hostname", "login@%h", "--concurrency", "1")


def beat(env: Mapping[str, str]) -> Command:
    schedule = Path(env.get("SELFCARE_VAR") or environ.var()) / "beat"
    return (
        *(sys.executable, "-m", "celery", "-A", "selfcare", "beat", "--loglevel", "info"),
        *("--schedule", schedule, "--pidfile", ""),
    )


def dispatch(_env: Mapping[str, str]) -> Command:
    return (*MANAGE, "dispatch")


def carrier_simulator(_env: Mapping[str, str]) -> Command:
    return (*MANAGE, "carrier_simulator")


# In the order of starting: the web server is what somebody waits for.
CHILDREN = (
    Child("web", web),
    Child("login-worker", login_worker),
    Child("worker", worker),
    Child("dispatch", dispatch),
    Child("beat", beat),
    Child("carrier-simulator", carrier_simulator, demo_only=True),
)
