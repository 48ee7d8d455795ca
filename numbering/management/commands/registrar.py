import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from numbering.registrar import process
from selfcare.runtime.errors import StartError


class Command(BaseCommand):
    help = (
        "Become the SIP registrar (Kamailio) that lets telephones in by the portal's credentials. It listens at "
        "SELFCARE_BIND:SIP_PORT by udp and tcp, for the portal at REGISTRAR_URL, and reads REGISTRAR_DATABASE_URL."
    )
    # System checks would ask the database, and as another role.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--define",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="a value of numbering/registrar/kamailio.cfg, which says what there is (may be repeated)",
        )
        parser.add_argument("--config", type=Path, default=process.CONFIG, help="a configuration in its place")

    def handle(self, *_args: Any, define: list[str], config: Path, **_options: Any) -> None:
        try:
            start = process.prepare(os.environ, define, config)
        except StartError as error:
            raise CommandError(str(error)) from None
        # The same process, so that whoever started us stops Kamailio itself.
        os.execve(start.command[0], list(start.command), dict(start.env))  # noqa: S606 - a fixed program, no shell
