from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lines.carriers.simulator import __main__ as simulator


class Command(BaseCommand):
    help = "Run a simulated carrier (TMF641) for demo and tests. Needs no database."
    # System checks would ask the database.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        simulator.add_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            simulator.run(options, settings.CARRIER_SECRET)
        except simulator.StartError as error:
            raise CommandError(str(error)) from None
