from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from selfcare.outside.simulator import process


class Command(BaseCommand):
    help = "Run the simulated outside systems (payments, fax, post, push) for demo and tests. Needs no database."
    # System checks would ask the database.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        process.add_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            process.run(options, settings.OUTSIDE_SECRET)
        except process.StartError as error:
            raise CommandError(str(error)) from None
