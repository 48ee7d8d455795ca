"""The lists of lines and of data usage that the demo's customers find on the first day."""

from lines.statements import snapshots
from selfcare import calendar
from selfcare.runtime import demo
from selfcare.runtime.demo import Scene

#: What customers reach back.
_MONTHS = 3
#: When lines, their orders and their usage are there.
AFTER_MONTHS = demo.TRAIL + 2


def take(scene: Scene) -> None:
    """As the days would have left them; then what is due."""
    today = calendar.today(scene.now)
    newest = calendar.add_months(today.replace(day=1), -1 if today.day >= snapshots.FINAL_ON else -2)
    for back in reversed(range(_MONTHS)):
        month = calendar.add_months(newest, -back)
        snapshots.take_day(calendar.end_of_month(month))
        snapshots.take_month(month)
    yesterday = today - calendar.ONE_DAY
    for day in (yesterday - calendar.ONE_DAY, yesterday):
        snapshots.take_day(day)
    snapshots.take_due(scene.now)
