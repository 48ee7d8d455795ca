from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from selfcare.work import reconcile


class Command(BaseCommand):
    help = "Compare what must add up; print what differs and exit with 1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--repair",
            action="store_true",
            help="Put right what can be put right; print what was done and what is left, exit with 1 if anything is.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = reconcile.run()
        self._tell(found)
        if found and options["repair"]:
            self._tell(reconcile.repair(found), "repaired: ")
            found = reconcile.run()
            self._tell(found, "left: ")
        if found:
            raise SystemExit(1)
        self.stdout.write("Everything adds up.")

    def _tell(self, sentences: dict[str, list[str]], mark: str = "") -> None:
        for name, told in sentences.items():
            for sentence in told:
                self.stdout.write(f"{name}: {mark}{sentence}")
