"""Kamailio on this machine: where it is, and whether it answers. Standard library only, as a deployment has no more."""

import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from selfcare.runtime.errors import StartError

INSTALL = "apt-get install --no-install-recommends kamailio kamailio-postgres-modules"
# What a probe asks; no user part, so that the registrar answers for itself.
OPTIONS = (
    "OPTIONS sip:{host}:{port} SIP/2.0\r\n"
    "Via: SIP/2.0/UDP {own};rport;branch=z9hG4bK{key}\r\n"
    "Max-Forwards: 5\r\nFrom: <sip:probe@{own}>;tag={key}\r\nTo: <sip:{host}:{port}>\r\n"
    "Call-ID: {key}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


def program() -> Path | None:
    """Kamailio with its PostgreSQL module, or None. KAMAILIO names one that is not on the path."""
    found = os.environ.get("KAMAILIO") or shutil.which("kamailio") or "/usr/sbin/kamailio"  # not on a user's PATH
    path = Path(found)
    if not os.access(path, os.X_OK):
        return None
    prefix = path.resolve().parent.parent
    modules = [*prefix.glob("lib*/kamailio/modules"), *prefix.glob("lib*/*/kamailio/modules")]
    return path if any((folder / "db_postgres.so").exists() for folder in modules) else None


def port(env: Mapping[str, str]) -> int:
    """0 starts no registrar. Raises StartError."""
    value = env.get("SIP_PORT") or "5060"
    if not value.isdigit() or int(value) > 65535:
        raise StartError(f"SIP_PORT must be the number of a port, not {value!r}.")
    return int(value)


def answers(host: str, port: int, *, timeout: float = 0.5) -> bool:
    """Whether a SIP server answers OPTIONS by UDP: the only sign that Kamailio works, its exit code says nothing."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(timeout)
        try:
            probe.connect((host, port))
            own, number = probe.getsockname()[:2]
            own = f"[{own}]:{number}" if ":" in own else f"{own}:{number}"
            target = f"[{host}]" if ":" in host else host
            probe.send(OPTIONS.format(host=target, port=port, own=own, key=os.urandom(8).hex()).encode())
            return probe.recv(2048).startswith(b"SIP/2.0 200")
        except OSError:
            return False
