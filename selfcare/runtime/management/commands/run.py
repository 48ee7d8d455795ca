"""`manage.py run`, the command behind `make run`."""

import fcntl
import ipaddress
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import psutil
from django.conf import settings
from django.core.management.base import BaseCommand

from selfcare.runtime import attached_registrar, environ, leftovers, prepare, registrar, servers
from selfcare.runtime.children import CHILDREN, reachable
from selfcare.runtime.errors import StartError
from selfcare.runtime.supervisor import Supervisor

REMEMBERED = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "CARRIER_URL",
    "OUTSIDE_URL",
    "REGISTRAR_URL",
    "PORT",
    "SELFCARE_BASE_URL",
    "SELFCARE_DEMO",
    "EMAIL_URL",
)


class Command(BaseCommand):
    help = "Start everything: PostgreSQL, Redis, the web server, the workers. Ctrl-C stops all of it."
    requires_system_checks = []
    _logins: dict[str, list[dict[str, Any]]] = {}

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, _interrupt)
        stack = ExitStack()
        try:
            self._start(stack)
            self._say(f"Ready after {time.time() - psutil.Process().create_time():.1f} s.")
            self._greet()
            self._keep()
        except KeyboardInterrupt:
            self._say("Stopping ...")
        except StartError as error:
            self.stderr.write(str(error))
            self._close(stack)
            sys.exit(1)
        except OSError as error:
            self.stderr.write(f"{error.filename or 'The operating system'}: {error.strerror}")
            self._close(stack)
            sys.exit(1)
        self._close(stack)
        self._say("Stopped.")

    def _start(self, stack: ExitStack) -> None:
        _refuse_public_demo()
        logs = environ.var() / "log"
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        _lock(stack)
        leftovers.end(self._say)
        _check_ports()
        servers.start(stack, self._say)
        has_registrar = attached_registrar.prepare(stack, self._say)
        environ.remember(REMEMBERED)
        stack.callback(environ.forget)
        prepare.everything(self._say)
        self.supervisor = Supervisor(logs, self._say)
        stack.callback(self.supervisor.stop)
        # Somebody waits for the first page; the others would only compete with it for the processor.
        children = [child for child in CHILDREN if settings.DEMO or not child.demo_only]
        children = [child for child in children if has_registrar or child.name != "registrar"]
        self.supervisor.start(children[:1])
        leftovers.note(self.supervisor.running())
        self.supervisor.wait_for(children[0].name, _healthy, seconds=60)
        self.supervisor.start(children[1:])
        leftovers.note(self.supervisor.running())

    def _keep(self) -> None:
        greeted = False
        while True:
            if self.supervisor.look():
                leftovers.note(self.supervisor.running())
            if not greeted and self.supervisor.answers("registrar"):
                # Nobody waits for it to see the first page.
                greeted = True
                self._say(self._how_to_register())
            time.sleep(0.5)

    def _how_to_register(self) -> str:
        address = f"{reachable(os.environ)}:{registrar.port(os.environ)}"
        said = f"  Telephones register at {address} (udp, tcp), domain {settings.SIP_REALM}"
        known = [number for number in self._logins.get("numbers", []) if number["sip_password"]]
        if not known:
            return said + "."
        user, password = known[0]["number"], known[0]["sip_password"]
        return said + (
            f"; with sipsak:\n  sipsak -v -U -p {address} -C sip:{user}@{address.rpartition(':')[0]}:5070 "
            f"-u {user} -a '{password}' -s sip:{user}@{settings.SIP_REALM}\n"
        )

    def _close(self, stack: ExitStack) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # every step below is bounded
        stack.close()

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _greet(self) -> None:
        self._say(f"\n  {settings.BASE_URL}/   (data and logs in {environ.var()}, Ctrl-C stops)")
        if not settings.DEMO:
            return
        logins = self._logins = prepare.demo_logins()
        for user in logins.get("users", [])[:8]:
            self._say(f"  {user['selfcare_id']:<16} {user['password']:<24} {user['role']:<8} {user['customer']}")
        for operator in logins.get("operators", [])[:3]:
            self._say(f"  {operator['username']:<16} {operator['password']:<24} operator {settings.BASE_URL}/admin/")
            self._say(f"  {'':<16} authenticator key {operator['totp_secret']}")
        self._say(f"  Codes are mailed: {settings.BASE_URL}/demo/mail/ or {environ.var() / 'mail'}\n")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _refuse_public_demo() -> None:
    bind = os.environ.get("SELFCARE_BIND") or "127.0.0.1"
    try:
        loopback = bind == "localhost" or ipaddress.ip_address(bind).is_loopback
    except ValueError:
        raise StartError(f"SELFCARE_BIND must be an address of this machine, not {bind!r}.") from None
    if settings.DEMO and not loopback and os.environ.get("SELFCARE_DEMO_PUBLIC") != "1":
        raise StartError(
            f"The demo prints its passwords and will not listen on {bind}: set SELFCARE_DEMO_PUBLIC=1 as well "
            "if the network is yours, or SELFCARE_DEMO=0."
        )


def _lock(stack: ExitStack) -> None:
    """One portal on one folder; the lock goes with the process, however it ends."""
    lock = stack.enter_context((environ.var() / "run.lock").open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StartError(f"A portal is running on {environ.var()} already: stop it, or set SELFCARE_VAR.") from None


def _check_ports() -> None:
    _check_port(os.environ.get("SELFCARE_BIND") or "127.0.0.1", int(environ.port()), "PORT")
    for variable in ("CARRIER_URL", "OUTSIDE_URL"):
        address = urlsplit(getattr(settings, variable))
        if settings.DEMO and address.hostname in {"127.0.0.1", "localhost"}:
            _check_port("127.0.0.1", address.port or 80, variable)


def _check_port(bind: str, port: int, variable: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else "there is no such port"
            raise StartError(
                f"Port {port} on {bind} cannot be used ({reason}): set {variable} to another one."
            ) from None


def _healthy() -> bool:
    address = f"http://{reachable(os.environ)}:{environ.port()}/healthz"
    request = urllib.request.Request(address, headers={"Host": "localhost"})
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
