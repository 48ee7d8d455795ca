"""A mailed code is good for 90 seconds, also where the attempt outlives it for the sake of other factors."""

from datetime import timedelta

import pytest
import time_machine

from selfcare import clock
from selfcare.accounts.models import LoginAttempt, User
from selfcare.accounts.services import login, mail_codes, recovery_codes
from tests.selfcare.accounts.parts import DATABASES, latest_code

pytestmark = pytest.mark.django_db(databases=DATABASES)


def _begun(user: User) -> tuple[LoginAttempt, str]:
    recovery_codes.make(user=user, actor=user)
    until = clock.real_now() + timedelta(minutes=10)
    attempt = mail_codes.begin(user=user, browser="", template=login.TEMPLATE, expires_at=until)
    return attempt, latest_code()


def test_the_service_refuses_a_code_after_90_seconds(owner):
    with time_machine.travel(clock.real_now(), tick=False) as now:
        attempt, code = _begun(owner)
        now.shift(90)
        with pytest.raises(login.CodeWrongError):
            login.login_code(attempt_id=attempt.pk, code=code)


def test_a_second_earlier_it_is_taken(owner):
    with time_machine.travel(clock.real_now(), tick=False) as now:
        attempt, code = _begun(owner)
        now.shift(89)
        assert login.login_code(attempt_id=attempt.pk, code=code)[0] == owner
