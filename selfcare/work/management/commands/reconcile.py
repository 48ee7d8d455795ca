from typing import Any

from django.core.management.base import BaseCommand

from selfcare.work import reconcile


class Command(BaseCommand):
    help = "Compare what must add up; print what differs and exit with 1."

    def handle(self, *args: Any, **options: Any) -> None:
        found = reconcile.run()
        for name, differences in found.items():
            for difference in differences:
                self.stdout.write(f"{name}: {difference}")
        if found:
            raise SystemExit(1)
        self.stdout.write("Everything adds up.")
