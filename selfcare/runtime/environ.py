"""What the environment leaves open, filled in for a checkout, before Django reads its settings.

`manage.py run` gets secrets of its own (made once, `var/secrets.env`) and the addresses of the servers it is about
to start. Every other command gets the same secrets, and the addresses of the portal that runs on this folder
(`var/run.env`), so that `manage.py demo_clock` in a second terminal means the same database. What the environment
says wins. Only the standard library: this runs before anything is imported.
"""

import base64
import hashlib
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def var() -> Path:
    return Path(os.environ.get("SELFCARE_VAR") or ROOT / "var").resolve()


def port() -> str:
    return os.environ.get("PORT") or "8000"


def fill(arguments: Sequence[str]) -> None:
    """`arguments` is sys.argv; raises OSError when the folder for data cannot be written."""
    starting = arguments[1:2] == ["run"]
    secrets_file = var() / "secrets.env"
    if starting:
        var().mkdir(parents=True, exist_ok=True)
        known = _read(secrets_file)
        # A folder of an earlier release lacks the later secrets; those that it has stay.
        if _new_secrets().keys() - known.keys():
            _write(secrets_file, _new_secrets() | known)
        # Two portals on one machine differ in PORT, and so do their carriers and outside systems.
        embedded = embedded_addresses() | {
            "CARRIER_URL": f"http://127.0.0.1:{int(port()) + 90}",
            "OUTSIDE_URL": f"http://127.0.0.1:{int(port()) + 91}",
        }
    else:
        embedded = _read(var() / "run.env")
    _default(_read(secrets_file))
    if database := os.environ.get("DATABASE_URL"):
        # Somebody's own database: the owner's address of ours is not its owner's, and the registrar of ours knows
        # nothing of its numbers.
        others = ("DATABASE_",) if database == embedded.get("DATABASE_URL") else ("DATABASE_", "REGISTRAR_")
        embedded = {name: value for name, value in embedded.items() if not name.startswith(others)}
    _default(embedded)


def embedded_addresses() -> dict[str, str]:
    """Where the servers of this folder listen; a function of its path, known before they run."""
    sockets = socket_folder()
    return {
        "DATABASE_URL": f"postgresql://selfcare_app@/selfcare?host={sockets / 'pg'}",
        "DATABASE_OWNER_URL": f"postgresql://selfcare_owner@/selfcare?host={sockets / 'pg'}",
        "REDIS_URL": f"unix://{sockets / 'redis' / 'socket'}",
    }


def socket_folder() -> Path:
    """Short, whatever the checkout is called: a unix socket's path has room for 107 bytes."""
    return Path("/tmp") / f"selfcare-{hashlib.sha256(str(var()).encode()).hexdigest()[:12]}"  # noqa: S108 - see servers


def remember(names: Sequence[str]) -> None:
    """Leave the running portal's environment for commands in other terminals."""
    _write(var() / "run.env", {name: os.environ[name] for name in names if os.environ.get(name)})


def forget() -> None:
    (var() / "run.env").unlink(missing_ok=True)


def _new_secrets() -> dict[str, str]:
    return {
        "SELFCARE_SECRET_KEY": secrets.token_urlsafe(50),
        "SELFCARE_VAULT_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "CARRIER_SECRET": secrets.token_urlsafe(32),
        "OUTSIDE_SECRET": secrets.token_urlsafe(32),
        "METRICS_TOKEN": secrets.token_urlsafe(24),
    }


def _default(values: Mapping[str, str]) -> None:
    for name, value in values.items():
        if not os.environ.get(name):
            os.environ[name] = value


def _read(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _write(path: Path, values: Mapping[str, str]) -> None:
    """Complete or not at all, and for our eyes only."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    fresh.rename(path)
