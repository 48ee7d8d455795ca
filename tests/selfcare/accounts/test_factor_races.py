"""The same code many times at one moment: one is let in. Each test has its control, in which nothing is remembered."""

import pytest
from django.test import Client

from selfcare.accounts.models import AuthenticatorApp, User
from selfcare.accounts.services import authenticator_apps
from tests.selfcare.accounts.factor_parts import app_of, code_of, recovery_of
from tests.selfcare.accounts.parts import DATABASES, column_frozen, half_session, in_parallel, is_inside

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

BROWSERS = 6


def enter_at_once(user: User, by: str, code: str) -> int:
    """Several browsers with the password behind them give one code; how many get in."""
    halves = [half_session(user) for _each in range(BROWSERS)]

    def enter(number: int) -> bool:
        halves[number].post("/login/code/", {"by": by, "code": code})
        return is_inside(halves[number])

    return in_parallel(enter, BROWSERS).count(True)


def test_an_apps_code_opens_one_of_several_logins(owner):
    assert enter_at_once(owner, "app", code_of(app_of(owner))) == 1


def test_an_apps_code_would_open_them_all_if_its_step_were_not_kept(owner):
    app = app_of(owner)
    with column_frozen("accounts_authenticatorapp", "last_step"):
        assert enter_at_once(owner, "app", code_of(app)) > 1


def test_a_recovery_code_opens_one_of_several_logins(owner):
    assert enter_at_once(owner, "recovery", recovery_of(owner)[0]) == 1


def test_a_recovery_code_would_open_them_all_if_it_were_not_used_up(owner):
    code = recovery_of(owner)[0]
    with column_frozen("accounts_recoverycode", "used_at"):
        assert enter_at_once(owner, "recovery", code) > 1


def test_one_session_with_one_code_many_times_becomes_one_login(owner):
    app = app_of(owner)
    key = half_session(owner).cookies["selfcare"].value
    code = code_of(app)

    def enter(_number: int) -> bool:
        client = Client()
        client.cookies["selfcare"] = key
        client.post("/login/code/", {"by": "app", "code": code})
        return is_inside(client)

    assert in_parallel(enter, 3 * BROWSERS).count(True) == 1


def test_two_new_apps_confirmed_at_once_leave_one(owner):
    app_of(owner)
    pending = authenticator_apps.begin(user=owner)
    code = code_of(pending)

    def confirm(_number: int) -> bool:
        authenticator_apps.confirm(user=owner, app_id=pending.pk, code=code, actor=owner)
        return True

    assert in_parallel(confirm, BROWSERS).count(True) == 1
    assert AuthenticatorApp.objects.get(user=owner).pk == pending.pk
