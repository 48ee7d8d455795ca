"""A PostgreSQL as a deployment has it: by TCP, every role with its password, prepared and with demo data."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from selfcare.runtime import roles
from selfcare.runtime.embedded_postgres import EmbeddedPostgres
from selfcare.runtime.environ import ROOT
from tests.harness import databases
from tests.harness.ports import free_sip_port

#: Of every role.
PASSWORD = "word-of-the-roles"


@dataclass
class DatabaseServer:
    server: EmbeddedPostgres
    port: int

    def url(self, role: str, password: str = PASSWORD) -> str:
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{roles.DATABASE}"

    def manage(self, *arguments: str) -> str:
        env = {
            **os.environ,
            "SELFCARE_DEMO": "1",
            "DATABASE_ADMIN_URL": self.server.url(),
            "DATABASE_OWNER_URL": self.url(roles.OWNER),
            "DATABASE_URL": self.url(roles.APP),
            "REGISTRAR_PASSWORD": PASSWORD,
        }
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout


@contextmanager
def running(folder: Path) -> Iterator[DatabaseServer]:
    port = free_sip_port()
    settings = {"listen_addresses": "127.0.0.1", "port": str(port)}
    server = EmbeddedPostgres(folder / "data", folder / "pg", folder / "log", throwaway=True, settings=settings)
    server.start()
    try:
        (server.data / "pg_hba.conf").write_text("local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        with psycopg.connect(server.url()) as connection:
            connection.execute("SELECT pg_reload_conf()")
        with psycopg.connect(server.url(), autocommit=True) as connection:
            roles.make_roles(connection)
            roles.make_database(connection)
        # How the tables come is for test_deployment.py.
        databases.restore(server.url(database=roles.DATABASE), demo_data=True)
        prepared = DatabaseServer(server, port)
        prepared.manage("prepare_database")
        yield prepared
    finally:
        server.stop()
