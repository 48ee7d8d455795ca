from typing import Any

from django.core.management.base import BaseCommand

from billing.closing import running, trouble
from selfcare import clock


class Command(BaseCommand):
    help = "Close the months that are due now, instead of waiting for the workers; exit with 1 if anything stops one."

    def handle(self, *args: Any, **options: Any) -> None:
        steps = running.advance_due(clock.now())
        stopped = [run for run in running.unfinished() if run.trouble]
        self.stdout.write(f"{steps} steps done.")
        for run in stopped:
            for one in run.trouble:
                self.stdout.write(f"{run}: {trouble.sentence(one)}")
        if stopped:
            raise SystemExit(1)
