"""How many mails with a link go to addresses that nobody has confirmed yet: they may be anybody's.

| counter | key | limit |
| --- | --- | --- |
| links | the user who asks | 10 in an hour |
| linked | the address, in any case, whoever asks | 5 in an hour |
"""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from selfcare.accounts.models import User
from selfcare.accounts.services import throttle
from selfcare.accounts.services.throttle import Limit

LINKS = Limit("links", 10, timedelta(hours=1))
LINKED = Limit("linked", 5, timedelta(hours=1))


def count(email: str, *, actor: User) -> None:
    """Count one mail before it is queued, outside its transaction. Raises ValidationError when it is one too many."""
    counters = [
        (LINKS, throttle.key(LINKS, str(actor.pk))),
        (LINKED, throttle.key(LINKED, email.casefold())),
    ]
    if throttle.reserve(counters) is None:
        raise ValidationError(
            _("短い間に続けて送られたため、今は送れません。1時間ほど待ってから、もう一度お試しください。"), code="limit"
        )
