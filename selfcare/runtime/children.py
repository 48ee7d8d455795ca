"""The processes of a portal: the one list that `manage.py run`, docker-compose.yml and the tests start from.

`python -m selfcare.runtime.children worker` becomes one of them, for whatever else keeps processes alive.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from selfcare.runtime import environ, registrar

Command = Sequence[str | Path]

MANAGE: Command = (sys.executable, environ.ROOT / "manage.py")
# No mingling with other workers at the start, no gossip: it costs a second and this system needs neither.
CELERY_WORKER: Command = (
    *(sys.executable, "-m", "celery", "-A", "selfcare", "worker", "--loglevel", "info"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
)


@dataclass(frozen=True)
class Child:
    """`command` is asked at the start, with the child's environment: PORT and the like.

    `answers` is asked again and again while it runs: one that stays silent is hung, ended and started again.
    """

    name: str
    command: Callable[[Mapping[str, str]], Command]
    demo_only: bool = False
    answers: Callable[[Mapping[str, str]], bool] | None = None


def web(env: Mapping[str, str]) -> Command:
    workers = env.get("SELFCARE_WEB_WORKERS") or str(max(2, min(os.cpu_count() or 2, 8)))
    threads = env.get("SELFCARE_WEB_THREADS") or "24"
    return (
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "selfcare.wsgi:application"),
        *("--host", env.get("SELFCARE_BIND") or "127.0.0.1", "--port", env.get("PORT") or "8000"),
        # One thread a process was the fastest by measurement, and one at a time works (selfcare/turns.py); the others
        # are there for answers that slow clients read.
        *("--workers", workers, "--blocking-threads", threads, "--respawn-failed-workers"),
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


def carrier_simulator(env: Mapping[str, str]) -> Command:
    """Where the portal looks for the carrier, calling back to where the portal listens."""
    carrier = urlsplit(env.get("CARRIER_URL") or "http://127.0.0.1:8090")
    portal = env.get("CARRIER_CALLBACK_BASE") or f"http://{reachable(env)}:{env.get('PORT') or '8000'}"
    return (
        *(*MANAGE, "carrier_simulator", "--port", str(carrier.port or 80)),
        *("--bind", env.get("CARRIER_BIND") or "127.0.0.1"),
        *("--callback", f"{portal}/lines/carrier/events/"),
        *("--journal", Path(env.get("SELFCARE_VAR") or environ.var()) / "carrier.journal"),
    )


def outside_simulator(env: Mapping[str, str]) -> Command:
    """Where the portal looks for the outside systems, calling back to where the portal listens."""
    outside = urlsplit(env.get("OUTSIDE_URL") or "http://127.0.0.1:8091")
    portal = env.get("OUTSIDE_PORTAL_URL") or f"http://{reachable(env)}:{env.get('PORT') or '8000'}"
    return (
        *(*MANAGE, "outside_simulator", "--port", str(outside.port or 80)),
        *("--bind", env.get("OUTSIDE_BIND") or "127.0.0.1"),
        *("--portal", portal, "--page", env.get("OUTSIDE_PAGE_URL") or ""),
        *("--journal", Path(env.get("SELFCARE_VAR") or environ.var()) / "outside.journal"),
    )


def sip_registrar(_env: Mapping[str, str]) -> Command:
    return (*MANAGE, "registrar")


def sip_registrar_answers(env: Mapping[str, str]) -> bool:
    return registrar.answers(reachable(env).strip("[]"), registrar.port(env))


def reachable(env: Mapping[str, str]) -> str:
    """The host part of an address at which this machine reaches its own portal."""
    bind = env.get("SELFCARE_BIND") or "127.0.0.1"
    bind = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind, bind)  # noqa: S104 - read, not bound
    return f"[{bind}]" if ":" in bind else bind


# In the order of starting: the web server is what somebody waits for.
CHILDREN = (
    Child("web", web),
    Child("login-worker", login_worker),
    Child("worker", worker),
    Child("dispatch", dispatch),
    Child("beat", beat),
    Child("carrier-simulator", carrier_simulator, demo_only=True),
    Child("outside-simulator", outside_simulator, demo_only=True),
    # Only where Kamailio is installed: see attached_registrar.
    Child("registrar", sip_registrar, answers=sip_registrar_answers),
)


def main() -> None:
    by_name = {child.name: child for child in CHILDREN}
    if len(sys.argv) != 2 or sys.argv[1] not in by_name:
        sys.exit(f"usage: python -m selfcare.runtime.children {'|'.join(by_name)}")
    command = [str(part) for part in by_name[sys.argv[1]].command(os.environ)]
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
