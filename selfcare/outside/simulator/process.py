"""What `manage.py outside_simulator` runs."""

import argparse
import importlib
import json
import os
import pkgutil
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from selfcare.outside import simulator
from selfcare.outside.simulator.faults import FaultBook
from selfcare.outside.simulator.ledger import Ledger
from selfcare.outside.simulator.server import Simulator, is_loopback
from selfcare.outside.simulator.work import Worker


class StartError(Exception):
    """It cannot start; the message is one clear sentence."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8091, help="0 takes a free one; the first line printed names it")
    parser.add_argument("--bind", default="127.0.0.1", help="listening address")
    parser.add_argument("--portal", default=os.environ.get("OUTSIDE_PORTAL_URL", ""), help="where events go")
    parser.add_argument("--page", default="", help="the address under which browsers reach its pages")
    parser.add_argument("--journal", type=Path, help="file that lets a restarted process remember")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="ROUTE=JSON",
        help='faults of POST /control from the start: payments.charge={"never_next": 1}',
    )


def load() -> None:
    """Every module of the folder: those of the systems add their routes."""
    for module in pkgutil.iter_modules(simulator.__path__):
        importlib.import_module(f"{simulator.__name__}.{module.name}")


def build(options: dict[str, Any], secret: str) -> Simulator:
    """Everything but the running. Raises StartError."""
    if not secret:
        raise StartError("OUTSIDE_SECRET is empty: the simulated systems sign with it.")
    load()
    faults = FaultBook()
    for fault in options.get("fault", ()):
        name, _, value = fault.partition("=")
        try:
            faults.change({name: json.loads(value)})
        except ValueError as error:
            raise StartError(f"--fault {fault}: {error}") from None
    try:
        ledger = Ledger(options.get("journal"))
    except (OSError, ValueError, KeyError) as error:
        raise StartError(f"The journal {options['journal']} cannot be used: {error}") from None
    worker = Worker(options.get("portal", ""), secret)
    address = (options["bind"], options["port"])
    try:
        return Simulator(
            address, ledger=ledger, faults=faults, worker=worker, secret=secret, page=options.get("page", "")
        )
    except OSError as error:
        reason = error.strerror
        raise StartError(f"The simulator cannot listen on {address[0]}:{address[1]}: {reason}.") from None


def run(options: dict[str, Any], secret: str) -> None:
    """Serve until SIGTERM or SIGINT. Raises StartError."""
    server = build(options, secret)
    host, port = server.server_address[:2]
    if not is_loopback(options["bind"]):
        sys.stderr.write("warning: everyone who reaches this address controls the simulated systems\n")

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # shutdown() waits for serve_forever(), which this handler has interrupted.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.worker.start()
    sys.stdout.write(f"outside systems on http://{host!s}:{port}\n")
    sys.stdout.flush()
    with server:
        server.serve_forever(poll_interval=0.1)
