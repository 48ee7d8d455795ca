"""Six months that are closed, as the closings of those months would have left them."""

from datetime import date, datetime, time

from billing.closing import periods
from billing.closing.running import close_bills, close_voice
from selfcare import calendar
from selfcare.runtime.demo import Scene

#: What customers reach back.
CLOSED = 6
#: The calendar month, and that of cloud phones.
_CYCLES = (periods.MONTH_END, "25")
#: When the workers come to it.
_NIGHT = time(3, 20)


def billed(scene: Scene) -> list[date]:
    """The billed months of the demo, oldest first: those whose bills are closed today."""
    today = calendar.today(scene.now)
    last = calendar.add_months(today.replace(day=1), -1)
    if periods.bills_due(last) > today:
        last = calendar.add_months(last, -1)
    return [calendar.add_months(last, -back) for back in reversed(range(CLOSED))]


def close(scene: Scene) -> None:
    """Nobody is told by mail: customers heard of these bills at their time."""
    today, months = calendar.today(scene.now), billed(scene)
    for month in months:
        close_voice(month, _night(scene, periods.voice_due(month)))
        for cycle in _CYCLES:
            close_bills(month, cycle, _night(scene, periods.bills_due(month)), told=True)
    following = calendar.add_months(months[-1], 1)
    while periods.voice_due(following) <= today:
        close_voice(following, _night(scene, periods.voice_due(following)))
        following = calendar.add_months(following, 1)


def _night(scene: Scene, day: date) -> datetime:
    return min(datetime.combine(day, _NIGHT, tzinfo=calendar.TOKYO), scene.now)
