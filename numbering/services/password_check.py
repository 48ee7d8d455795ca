"""Whether the current SIP password was typed rightly: five wrong ones in 15 minutes block a number's form (spec 3)."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from numbering import sip
from numbering.models import Assignment, Credential
from selfcare.accounts.services import throttle

LIMIT = throttle.Limit("sip_password", 5, timedelta(minutes=15), timedelta(minutes=15))
RIGHT, WRONG, BLOCKED = "right", "wrong", "blocked"


@dataclass(frozen=True)
class Typed:
    """A number, its live credential, and the password that somebody says is the current one."""

    assignment: Assignment
    credential: Credential
    password: str


def verify(typed: Sequence[Typed]) -> list[str]:
    """RIGHT, WRONG or BLOCKED of each, in their order.

    Every try is counted before it is looked at, and given back when it was right: a hundred at the same moment get as
    many answers as a hundred in a row. A constant number of statements however many numbers, which must differ:
    ValueError.
    """
    if len({one.assignment.number_id for one in typed}) != len(typed):
        raise ValueError("a number is asked about twice")
    counters = [throttle.key(LIMIT, str(one.assignment.number_id)) for one in typed]
    allowed = throttle.reserve_each(LIMIT, counters)
    answers = []
    for one, counter in zip(typed, counters, strict=True):
        if counter not in allowed:
            answers.append(BLOCKED)
        else:
            answers.append(RIGHT if matches(one.credential, one.password) else WRONG)
    throttle.refund_each(
        [allowed[counter] for counter, answer in zip(counters, answers, strict=True) if answer == RIGHT]
    )
    throttle.failed_each(
        [allowed[counter] for counter, answer in zip(counters, answers, strict=True) if answer == WRONG]
    )
    return answers


def matches(credential: Credential, password: str) -> bool:
    """Whether this is the credential's password, in a time that does not depend on how much of it is right."""
    digests = sip.digests(username=credential.username, realm=credential.realm, password=password)
    return hmac.compare_digest(digests.ha1_sha256, credential.ha1_sha256)


def digests_of(assignment: Assignment, password: str) -> dict[str, str]:
    """What is sealed of a new password until its acceptance, and kept in a credential from then on."""
    made = sip.digests(username=assignment.digits, realm=settings.SIP_REALM, password=password)
    return {"realm": settings.SIP_REALM, "ha1": made.ha1, "ha1b": made.ha1b, "ha1_sha256": made.ha1_sha256}
