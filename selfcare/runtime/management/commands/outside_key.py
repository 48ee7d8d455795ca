from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from selfcare.outside.signing import key_of


class Command(BaseCommand):
    help = "Print the key that one outside system (payments, fax, post, push) signs with: for whoever runs it, alone."
    # System checks would ask the database.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("system", choices=("payments", "fax", "post", "push"))

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.OUTSIDE_SECRET:
            raise CommandError("OUTSIDE_SECRET is empty: there is nothing to make a key of.")
        self.stdout.write(key_of(settings.OUTSIDE_SECRET, options["system"]))
