"""How Kamailio is started as the portal's registrar: its arguments, its environment, its folder.

All of it comes from the environment: SELFCARE_BIND and SIP_PORT (where telephones register, udp and tcp), REGISTRAR_URL
(where the portal asks), SIP_RPC (where Kamailio listens for that, when it is not the same address),
REGISTRAR_DATABASE_URL (default: DATABASE_URL with the registrar's role), KAMAILIO (the program).
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from selfcare import clock
from selfcare.runtime import processes, registrar, roles
from selfcare.runtime.errors import StartError

CONFIG = Path(__file__).with_name("kamailio.cfg")
# Libpq's own variables: a command line is everybody's to read, an environment is not.
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}
# A locked table shall cost a telephone a second and not a process of the registrar, see roles.py.
_PATIENCE = "-c statement_timeout=500"
_WAIT_FOR_DATABASE = 30.0


@dataclass(frozen=True)
class Start:
    """What to exec, and with which environment."""

    command: Sequence[str]
    env: Mapping[str, str]


def prepare(env: Mapping[str, str], defines: Sequence[str] = (), config: Path = CONFIG) -> Start:
    """Make the folder, wait for the database and return what to exec. `defines`: NAME=VALUE for the configuration.

    As root it drops root's rights for the user who owns our PostgreSQL's sockets. Raises StartError.
    """
    program = registrar.program()
    if program is None:
        raise StartError(f"Kamailio is not installed. On Debian: {registrar.INSTALL}")
    database, rpc, listen = _database(env), _rpc(env), _listen(env)
    folder = Path(env.get("SELFCARE_VAR") or "var").resolve() / "sip" if rpc.startswith("udp:") else Path(rpc).parent
    # Everything must be where the unprivileged user may read it, which the checkout need not be.
    copy = _make_folder(folder, config)
    _wait_for_database(database)
    if user := processes.unprivileged_user():
        processes.become(user)
    parts = conninfo_to_dict(database)
    command = [
        *(str(program), "-DD", "-E", "-f", str(copy), "-m", "256", "-M", "8"),
        *("-w", str(folder), "-Y", str(folder), "-P", str(folder / "pid")),
        *listen,
        *("-A", f'DATABASE="postgres://{parts.get("user", roles.REGISTRAR)}@/{parts.get("dbname", "")}"'),
        *("-A", f'RPC="{rpc}"'),
    ]
    for define in defines:
        command += ["-A", define]
    return Start(command, {**env, **_libpq(parts)})


def _database(env: Mapping[str, str]) -> str:
    if given := env.get("REGISTRAR_DATABASE_URL"):
        return given
    portal = env.get("DATABASE_URL") or f"postgresql:///{roles.DATABASE}"
    try:
        # The portal's password opens the portal's role only.
        parts = {**conninfo_to_dict(portal), "password": None, "options": None}
        return make_conninfo("", **{**parts, "user": roles.REGISTRAR})
    except psycopg.ProgrammingError as error:
        raise StartError(f"DATABASE_URL is not a PostgreSQL address: {error}") from None


def _libpq(parts: Mapping[str, object]) -> dict[str, str]:
    given = {variable: str(parts[name]) for name, variable in _VARIABLES.items() if parts.get(name)}
    return {**given, "PGAPPNAME": "registrar", "PGOPTIONS": _PATIENCE, "PGCONNECT_TIMEOUT": "3"}


def _rpc(env: Mapping[str, str]) -> str:
    """As jsonrpcs wants it: a path, or "udp:host:port"."""
    if given := env.get("SIP_RPC"):
        return given
    url = env.get("REGISTRAR_URL")
    if not url:
        return str(Path(env.get("SELFCARE_VAR") or "var").resolve() / "sip" / "rpc")
    parts = urlsplit(url)
    if parts.scheme == "kamailio+unix" and parts.path.startswith("/"):
        return parts.path
    if parts.scheme == "kamailio+udp" and parts.netloc:
        return f"udp:{parts.netloc}"
    raise StartError(f"REGISTRAR_URL must be kamailio+unix:///path or kamailio+udp://host:port, not {url!r}.")


def _listen(env: Mapping[str, str]) -> list[str]:
    port = registrar.port(env)
    if not port:
        raise StartError("SIP_PORT is 0: no registrar is wanted.")
    bind = env.get("SELFCARE_BIND") or "127.0.0.1"
    address = f"[{bind}]" if ":" in bind else bind
    return ["-l", f"udp:{address}:{port}", "-l", f"tcp:{address}:{port}"]


def _make_folder(folder: Path, config: Path) -> Path:
    """Ours and short-lived: sockets, the pid, a copy of the configuration."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o711)
        copy = folder / CONFIG.name
        shutil.copyfile(config, copy)
        copy.chmod(0o644)
        if user := processes.unprivileged_user():
            os.chown(folder, user.pw_uid, user.pw_gid)
    except OSError as error:
        raise StartError(f"The registrar's folder {folder} cannot be made: {error}.") from None
    return copy


def _wait_for_database(url: str) -> None:
    """Started without its database, Kamailio hangs and does not even end by SIGTERM."""
    end = clock.monotonic() + _WAIT_FOR_DATABASE
    while True:
        try:
            with psycopg.connect(url, connect_timeout=5) as connection:
                connection.execute("SELECT 1 FROM registrar.subscriber LIMIT 0")
        except psycopg.Error as error:
            if clock.monotonic() > end:
                said = str(error).strip().splitlines()[0]
                raise StartError(f"The registrar cannot read its view (REGISTRAR_DATABASE_URL): {said}") from None
            sleep(0.5)
        else:
            return
