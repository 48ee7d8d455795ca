"""`manage.py demo_data`: fills an empty database with the demo, and prints its logins for scripts."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from selfcare.runtime import demo


class Command(BaseCommand):
    help = "Load the invented customers of the demo, once; --json prints logins, numbers and lines for scripts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one object of lists, and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo data are for a demo only (SELFCARE_DEMO=1): their passwords are public.")
        loaded = demo.load()
        if options["json"]:
            self.stdout.write(json.dumps(demo.describe(), ensure_ascii=False, indent=1))
        elif options["verbosity"]:
            self.stdout.write("Loaded." if loaded else "The database has customers already; nothing was changed.")
