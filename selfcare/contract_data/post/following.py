"""Following posted letters: announced to the carrier, then asked for now and then; what it tells by itself comes first.

Under a lease and outside any transaction. A carrier that refuses, is slow or never answers delays nothing but its own
word: the code in the letter confirms as well, and an operator may record what the slip says.
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Min, Q, QuerySet

from selfcare import clock
from selfcare.contract_data.models import CheckLetter, LetterState
from selfcare.contract_data.post.port import DELIVERED, RETURNED, HttpPost, Post, Standing
from selfcare.contract_data.services import confirming
from selfcare.outside import callbacks, http
from selfcare.outside.backlog import Backlog
from selfcare.work.backoff import delay
from selfcare.work.trouble import describe

SOURCE = "contract_data.post"
LEASE = timedelta(seconds=45)
#: The carrier is asked so often about a letter that is on its way.
EVERY = timedelta(hours=3)
_NEWS = frozenset({DELIVERED, RETURNED})


def run() -> int:
    """Ask about one letter that is due; 0 when none is."""
    return follow(HttpPost())


def follow(post: Post) -> int:
    token = uuid.uuid4()
    letter = _claim(token)
    if letter is None:
        return 0
    mine = CheckLetter.objects.filter(pk=letter.pk, lease_token=token)
    again = {"lease_until": None, "lease_token": None}
    try:
        standing = post.ask(letter) if letter.tracking else post.announce(letter)
    except http.OutsideRefused as error:
        # For an operator to look at; the carrier is asked again at leisure.
        mine.update(**again, ask_at=clock.real_now() + EVERY, trouble=describe(error))
    except http.OutsideUnavailable as error:
        wait = error.retry_after or delay(letter.attempt)
        mine.update(**again, ask_at=clock.real_now() + wait, trouble=describe(error))
    else:
        told = {"tracking": standing.tracking} if standing else {}
        mine.update(**again, **told, ask_at=clock.real_now() + EVERY, attempt=0, trouble="")
        if standing is not None:
            _take(letter, standing)
    return 1


def waiting(seconds: float) -> bool:
    return _due(clock.real_now() - timedelta(seconds=seconds)).exists()


def unannounced() -> Backlog:
    """Posted letters that the carrier has not taken note of: only the code and the slip can confirm them."""
    rows = CheckLetter.objects.filter(state=LetterState.POSTED, tracking="")
    found = rows.aggregate(count=Count("pk"), oldest=Min("posted_at"))
    oldest = found["oldest"]
    return Backlog(found["count"], clock.now() - oldest if oldest else timedelta(0))


def hear(event: callbacks.OutsideEvent) -> bool:
    """The carrier's callback: `type` says what happened to the letter `reference`."""
    try:
        reference = uuid.UUID(event.reference)
    except ValueError:
        return False
    letter = CheckLetter.objects.select_related("case").filter(uuid=reference).first()
    if letter is None:
        return False
    reason = event.data.get("reason", "")
    _take(letter, Standing("", event.kind, reason[:100] if isinstance(reason, str) else ""))
    return True


def _take(letter: CheckLetter, standing: Standing) -> None:
    """The callback and the answer tell the same: whichever comes first is kept, under one key."""
    if standing.state in _NEWS:
        key = f"post:{standing.state}"
        confirming.record(letter=letter, kind=standing.state, key=key, happened_at=clock.now(), reason=standing.reason)


def _due(now: datetime) -> QuerySet[CheckLetter]:
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return CheckLetter.objects.filter(free, state=LetterState.POSTED, ask_at__lte=now)


def _claim(token: uuid.UUID) -> CheckLetter | None:
    with transaction.atomic():
        now = clock.real_now()
        rows = _due(now).select_for_update(of=("self",), skip_locked=True).select_related("case")
        letter = rows.order_by("ask_at").first()
        if letter is not None:
            CheckLetter.objects.filter(pk=letter.pk).update(
                lease_until=now + LEASE, lease_token=token, attempt=F("attempt") + 1
            )
            letter.attempt += 1
    return letter
