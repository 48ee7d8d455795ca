"""`python -m lines.carriers.simulator`, and what `manage.py carrier_simulator` runs."""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from lines.carriers.simulator.faults import Faults
from lines.carriers.simulator.ledger import Ledger
from lines.carriers.simulator.server import Server, is_loopback
from lines.carriers.simulator.work import Worker


class StartError(Exception):
    """It cannot start; the message is one clear sentence."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free one; the first line printed names it")
    parser.add_argument("--bind", default="127.0.0.1", help="listening address")
    parser.add_argument("--callback", default=os.environ.get("CARRIER_CALLBACK_URL", ""), help="where events go")
    parser.add_argument("--journal", type=Path, help="file that lets a restarted carrier remember")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="a setting of POST /control from the start: delay=[0.1,0.2], fail_next=3, lose_callbacks=true",
    )


def build(options: dict[str, Any], secret: str) -> Server:
    """Everything but the running. Raises StartError."""
    if not secret:
        raise StartError("CARRIER_SECRET is empty: the carrier signs with it.")
    faults = Faults()
    for fault in options["fault"]:
        name, _, value = fault.partition("=")
        try:
            faults.change({name: json.loads(value)})
        except ValueError as error:
            raise StartError(f"--fault {fault}: {error}") from None
    try:
        ledger = Ledger(options["journal"], key=secret)
    except (OSError, ValueError, KeyError) as error:
        raise StartError(f"The journal {options['journal']} cannot be used: {error}") from None
    worker = Worker(ledger, faults, secret)
    if options["callback"]:
        worker.subscribe(options["callback"])
    address = (options["bind"], options["port"])
    try:
        return Server(address, ledger=ledger, faults=faults, worker=worker, secret=secret)
    except OSError as error:
        raise StartError(
            f"The carrier simulator cannot listen on {address[0]}:{address[1]}: {error.strerror}."
        ) from None


def run(options: dict[str, Any], secret: str) -> None:
    """Serve until SIGTERM or SIGINT. Raises StartError."""
    server = build(options, secret)
    host, port = server.server_address[:2]
    if not is_loopback(options["bind"]):
        sys.stderr.write("warning: everyone who reaches this address controls the simulated carrier\n")

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # shutdown() waits for serve_forever(), which this handler has interrupted.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.worker.start()
    sys.stdout.write(f"carrier simulator on http://{host!s}:{port}\n")
    sys.stdout.flush()
    with server:
        server.serve_forever(poll_interval=0.1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="carrier_simulator", description=__doc__)
    add_arguments(parser)
    try:
        run(vars(parser.parse_args()), os.environ.get("CARRIER_SECRET", ""))
    except StartError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
