"""What the clock brings: posted letters, reminders, announcements, news for the apps. Never a suspension."""

from datetime import timedelta

from selfcare import clock
from selfcare.contract_data.services import announcing, check_letters, lifting, reminding


def run() -> int:
    """One chunk of each; 0 when nothing is due. Any number of processes may run it."""
    return (
        check_letters.note_posted()
        + lifting.forget_ended()
        + reminding.remind()
        + announcing.announce()
        + lifting.remind_of_ends()
        + announcing.tell_apps()
    )


def waiting(seconds: float) -> bool:
    """Whether something has been due for longer than that."""
    before = clock.now() - timedelta(seconds=seconds)
    return (
        check_letters.posted_waiting(before)
        or reminding.is_waiting(before)
        or announcing.is_waiting(before)
        or lifting.is_end_waiting(before)
        or announcing.is_untold(before)
    )
