"""`manage.py prepare_database`: what a deployment runs once per release, before its processes start."""

import os
import sys
import time
from typing import Any

import psycopg
from django.core.management.base import BaseCommand
from psycopg.conninfo import conninfo_to_dict

from selfcare.runtime import prepare, roles

PATIENCE = 60.0


class Command(BaseCommand):
    help = (
        "Make the roles and the database with DATABASE_ADMIN_URL (a superuser's or a CREATEROLE CREATEDB login), "
        "with the passwords of DATABASE_OWNER_URL, DATABASE_URL and REGISTRAR_PASSWORD, then migrate. May be repeated."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        owner = conninfo_to_dict(os.environ["DATABASE_OWNER_URL"])
        app = conninfo_to_dict(os.environ["DATABASE_URL"])
        if admin := os.environ.get("DATABASE_ADMIN_URL"):
            if (owner.get("user"), app.get("user")) != (roles.OWNER, roles.APP):
                sys.exit(f"DATABASE_OWNER_URL must log in as {roles.OWNER}, DATABASE_URL as {roles.APP}.")
            passwords = {
                roles.OWNER: str(owner.get("password") or ""),
                roles.APP: str(app.get("password") or ""),
                roles.REGISTRAR: os.environ.get("REGISTRAR_PASSWORD", ""),
            }
            with self._connect(admin) as connection:
                roles.make_roles(connection, {role: word for role, word in passwords.items() if word})
                roles.make_database(connection, str(owner["dbname"]))
        prepare.migrate(self.stdout.write)
        self.stdout.write("The database is ready.")

    def _connect(self, url: str) -> psycopg.Connection:
        """The server may be starting beside us."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return psycopg.connect(url, connect_timeout=5, autocommit=True)
            except psycopg.OperationalError as error:
                if time.monotonic() > end:
                    sys.exit(f"The database of DATABASE_ADMIN_URL does not let us in: {' '.join(str(error).split())}")
                time.sleep(1)
