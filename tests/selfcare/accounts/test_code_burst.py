"""Many guesses at once on one code."""

import pytest
from django.test import Client

from selfcare.accounts.models import AuditEvent, LoginAttempt, User
from tests.selfcare.accounts.parts import (
    DATABASES,
    column_frozen,
    half_session,
    in_parallel,
    is_inside,
    latest_code,
    walk_in,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def _evaluated() -> int:
    failures = AuditEvent.objects.filter(action="login.failed", detail__step="code").count()
    return failures + LoginAttempt.objects.filter(state=LoginAttempt.State.PASSED).count()


def _burst(user: User, guesses: int = 500) -> list[int]:
    """All guesses come from copies of the one browser session that may make them; none of them is right."""
    key = half_session(user).cookies["selfcare"].value
    right = int(latest_code())

    def guess(number: int) -> int:
        client = Client()
        client.cookies["selfcare"] = key
        return client.post("/login/code/", {"code": f"{(right + 1 + number) % 1_000_000:06d}"}).status_code

    return in_parallel(guess, guesses)


def test_of_500_parallel_guesses_three_are_evaluated_and_the_owner_can_still_log_in(owner):
    answers = _burst(owner)
    assert set(answers) <= {200, 302}, "no error page among them"
    assert _evaluated() == 3
    assert LoginAttempt.objects.get().state == LoginAttempt.State.ENDED
    assert is_inside(walk_in(owner))


def test_without_the_counting_more_than_three_are_evaluated(owner):
    with column_frozen("accounts_loginattempt", "guesses"):
        _burst(owner, 60)
    # The counter of the user and address, behind it, stops them at ten.
    assert 3 < _evaluated() <= 10


def test_the_right_code_given_50_times_at_once_opens_one_session(owner):
    key = half_session(owner).cookies["selfcare"].value
    code = latest_code()

    def enter(_number: int) -> bool:
        client = Client()
        client.cookies["selfcare"] = key
        client.post("/login/code/", {"code": code})
        return is_inside(client)

    assert in_parallel(enter, 50).count(True) == 1
    assert AuditEvent.objects.filter(action="login.succeeded").count() == 1
