"""The SIP registrar of `manage.py run`, part of it where Kamailio is installed.

`manage.py registrar` becomes Kamailio. What it needs, and what lets the portal's other processes ask it about
registrations, goes by environment: SIP_PORT, REGISTRAR_URL (its RPC socket), REGISTRAR_DATABASE_URL.
"""

import os
import shutil
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from psycopg.conninfo import make_conninfo

from selfcare.runtime import environ, processes, registrar, roles, servers
from selfcare.runtime.errors import StartError


def prepare(stack: ExitStack, say: Callable[[str], None]) -> bool:
    """Whether one is to be started here; then the environment names its socket, and `stack` removes that.

    Without a registrar the portal works all the same, so whatever is in its way is said, and no more.
    """
    if os.environ.get("REGISTRAR_URL"):
        return False  # one that runs elsewhere
    try:
        if not registrar.port(os.environ):
            return False
        if registrar.program() is None:
            raise StartError(f"Kamailio is not installed ({registrar.INSTALL}).")
        _check_port(os.environ.get("SELFCARE_BIND") or "127.0.0.1", registrar.port(os.environ))
        _name_database()
        folder = environ.socket_folder()
        servers.make_socket_folder(folder)
        stack.callback(_remove, folder / "sip")
        os.environ["REGISTRAR_URL"] = make_rpc_folder(folder / "sip")
        _name_server()
    except StartError as error:
        say(f"No SIP registrar, telephones cannot register here: {error}")
        return False
    return True


def _name_server() -> None:
    """What customers are told to type into their telephones, unless given: this very registrar."""
    bind = os.environ.get("SELFCARE_BIND") or "127.0.0.1"
    if bind not in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not listened on
        host = f"[{bind}]" if ":" in bind else bind
        os.environ.setdefault("SELFCARE_SIP_SERVER", f"{host}:{registrar.port(os.environ)}")


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.parent.rmdir()  # ours are the only sockets in it when database and Redis are somebody else's


def make_rpc_folder(folder: Path) -> str:
    """A folder for Kamailio's sockets, which may run as another user than we do; returns the REGISTRAR_URL in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    if user := processes.unprivileged_user():
        os.chown(folder, user.pw_uid, user.pw_gid)
    return f"kamailio+unix://{folder / 'rpc'}"


def _check_port(bind: str, number: int) -> None:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
        with socket.socket(family, kind) as probe:
            if kind == socket.SOCK_STREAM:
                # Not for UDP: there it takes a port that another server has, and nobody knows who gets what.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((bind, number))
            except OSError as error:
                raise StartError(
                    f"port {number} on {bind} cannot be used ({error.strerror}): set SIP_PORT to another one, "
                    f"or stop who has it (the package's own service: systemctl disable --now kamailio)."
                ) from None


def _name_database() -> None:
    """REGISTRAR_DATABASE_URL, unless given: on our own server its role needs no password."""
    if os.environ.get("REGISTRAR_DATABASE_URL"):
        servers.connect(os.environ["REGISTRAR_DATABASE_URL"], "REGISTRAR_DATABASE_URL").close()
        return
    if os.environ["DATABASE_URL"] != environ.embedded_addresses()["DATABASE_URL"]:
        raise StartError(f"with DATABASE_URL, set REGISTRAR_DATABASE_URL as well (the login {roles.REGISTRAR}).")
    os.environ["REGISTRAR_DATABASE_URL"] = make_conninfo(os.environ["DATABASE_URL"], user=roles.REGISTRAR)
