"""Removing what has run out: sessions, attempts, counters, links, apps that were never set up to the end."""

from datetime import timedelta
from typing import Any

from selfcare import clock
from selfcare.accounts.models import AuthenticatorApp, CodeAddressChange, LoginAttempt, PasswordReset, ThrottleCounter
from selfcare.accounts.services.throttle import LONGEST_WINDOW
from selfcare.accounts.sessions import SessionStore
from selfcare.work import jobs
from selfcare.work.models import Job

#: Kept a little longer than they are good for, so that "why did it end" can be answered.
KEEP_ATTEMPTS = timedelta(days=1)
KEEP_LINKS = timedelta(days=7)


@jobs.job("accounts.sweep", every=timedelta(minutes=10))
def run_sweep(_row: Job) -> dict[str, Any]:
    return sweep()


def sweep() -> dict[str, Any]:
    """Returns how many rows of each kind went."""
    now = clock.real_now()
    SessionStore.clear_expired()
    attempts, _ = LoginAttempt.objects.filter(created_at__lt=now - KEEP_ATTEMPTS).delete()
    apps, _ = AuthenticatorApp.objects.filter(confirmed=False, created_at__lt=now - KEEP_ATTEMPTS).delete()
    links, _ = PasswordReset.objects.filter(created_at__lt=now - KEEP_LINKS).delete()
    changes, _ = CodeAddressChange.objects.filter(created_at__lt=now - KEEP_LINKS).delete()
    counters, _ = (
        ThrottleCounter.objects.filter(touched_at__lt=now - LONGEST_WINDOW).exclude(refused_until__gt=now).delete()
    )
    return {"attempts": attempts, "apps": apps, "links": links + changes, "counters": counters}
