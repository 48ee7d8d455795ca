"""What a portal under test needs to have a SIP registrar of its own."""

from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from selfcare.runtime import registrar, roles
from selfcare.runtime.attached_registrar import make_rpc_folder
from tests.harness.ports import free_sip_port

needs_kamailio = pytest.mark.skipif(
    registrar.program() is None, reason=f"Kamailio is not installed: {registrar.INSTALL}"
)


def environment(folder: Path, database_url: str) -> dict[str, str]:
    """For all processes of a portal on `folder`; its registrar may run as another user, who has to get in."""
    folder.chmod(0o711)
    return {
        "SIP_PORT": str(free_sip_port()),
        "REGISTRAR_URL": make_rpc_folder(folder / "sip"),
        "REGISTRAR_DATABASE_URL": make_conninfo(database_url, user=roles.REGISTRAR),
    }
