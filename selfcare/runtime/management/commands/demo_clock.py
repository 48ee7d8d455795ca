"""`manage.py demo_clock`: moves the portal's business time, in the demo only."""

import re
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from selfcare import calendar, clock
from selfcare.work.models import BusinessClock

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


class Command(BaseCommand):
    help = 'Move the demo clock: --advance 3h | --set "2026-11-30 23:55" | --real. Moving it back undoes nothing.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        way = parser.add_mutually_exclusive_group()
        way.add_argument("--advance", metavar="3h", help="days, hours, minutes or seconds: 2d, 3h, 45m, 30s")
        way.add_argument("--set", metavar='"YYYY-MM-DD HH:MM"', help="Japan time")
        way.add_argument("--real", action="store_true", help="back to real time")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The clock can be moved in the demo only (SELFCARE_DEMO=1).")
        if options["advance"]:
            _offset(_current() + _amount(options["advance"]))
        elif options["set"]:
            _offset(_moment(options["set"]) - clock.real_now())
        elif options["real"]:
            BusinessClock.objects.using("owner").all().delete()
        self.stdout.write(f"{calendar.local(clock.now()):%Y-%m-%d %H:%M:%S} (Japan)")


def _current() -> timedelta:
    row = BusinessClock.objects.first()
    return row.offset if row else timedelta()


def _offset(offset: timedelta) -> None:
    # The application's own role may not touch the clock.
    BusinessClock.objects.using("owner").update_or_create(only=True, defaults={"offset": offset, "frozen_at": None})


def _amount(text: str) -> timedelta:
    parts = re.findall(r"(\d+)([dhms])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise CommandError(f"--advance takes an amount such as 3h, 45m or 2d12h, not {text!r}.")
    return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())


def _moment(text: str) -> datetime:
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=calendar.TOKYO)
        except ValueError:
            continue
    raise CommandError(f'--set takes "YYYY-MM-DD HH:MM", not {text!r}.')
