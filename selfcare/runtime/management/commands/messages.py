"""`manage.py messages`: keeps the texts in other languages complete."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from selfcare.runtime import messages


class Command(BaseCommand):
    help = "Texts in other languages: --update the catalogues, --check that they are complete, --compile them."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--update", action="store_true", help="bring the .po files up to the sources")
        parser.add_argument("--prune", action="store_true", help="with --update: drop texts no longer used")
        parser.add_argument("--compile", action="store_true", help="make the .mo files that are not up to date")
        parser.add_argument("--check", action="store_true", help="fail when a text is missing, fuzzy or unused")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not (options["update"] or options["compile"] or options["check"]):
            raise CommandError("Say what to do: --update, --compile or --check.")
        verbose = options["verbosity"] > 0
        if options["update"]:
            for path in messages.update(settings.BASE_DIR, prune=options["prune"]):
                if verbose:
                    self.stdout.write(f"updated {path.relative_to(settings.BASE_DIR)}")
        if options["check"]:
            self._check()
        if options["compile"]:
            for path in messages.compile_stale():
                if verbose:
                    self.stdout.write(f"compiled {path}")

    def _check(self) -> None:
        found = messages.problems(settings.BASE_DIR)
        for problem in found:
            self.stderr.write(str(problem))
        if found:
            raise CommandError(f"{len(found)} texts are not right; --update brings the catalogues up to the sources.")
