"""Password and second factor once more, before the login itself is changed."""

import pytest
import time_machine
from django.core import mail

from selfcare.accounts.models import AuditEvent, AuthenticatorApp, Contract, User
from tests.people import log_in
from tests.selfcare.accounts.factor_parts import (
    APP,
    CONFIRM,
    SECURITY,
    app_of,
    ask_confirm,
    code_of,
    confirm_code,
    give_password_again,
    recovery_of,
    wrong_of,
)
from tests.selfcare.accounts.parts import DATABASES, half_session, latest_code, walk_in, wrong

pytestmark = pytest.mark.django_db(databases=DATABASES)


def asked(user: User, **meta):
    """A browser that has given the password again, and is asked for the factor."""
    client = log_in(user, **meta)
    assert give_password_again(client)["Location"].startswith(CONFIRM)
    return client


def is_confirmed(client) -> bool:
    return client.get(APP).status_code == 200


def test_a_login_is_not_enough_and_the_page_leads_back(owner):
    client = walk_in(owner)
    assert client.get(APP)["Location"] == f"{CONFIRM}?next=%2Faccount%2Fsecurity%2Fapp%2F"
    page = client.get(CONFIRM, {"next": APP})
    assert 'autocomplete="current-password"' in page.content.decode()
    assert give_password_again(client, next_url=APP)["Location"] == f"{CONFIRM}?next=%2Faccount%2Fsecurity%2Fapp%2F"
    assert not is_confirmed(client), "the password alone"
    ask_confirm(client, "mail_code", action="send")
    assert ask_confirm(client, "mail_code", confirm_code(), next=APP)["Location"] == APP
    assert is_confirmed(client)
    event = AuditEvent.objects.get(action="session.confirmed")
    assert (event.detail, event.actor_id) == ({"method": "mail_code"}, owner.pk)
    assert not is_confirmed(log_in(owner)), "another session"


def test_what_is_posted_without_it_changes_nothing(owner):
    app_of(owner)
    client = log_in(owner)
    for path, fields in [
        (APP, {"action": "remove"}),
        (APP, {"action": "begin"}),
        (f"{SECURITY}recovery-codes/", {}),
        (f"{SECURITY}mail-codes/", {"on": "0"}),
    ]:
        assert client.post(path, fields)["Location"].startswith(CONFIRM)
    assert AuthenticatorApp.objects.filter(user=owner).count() == 1
    assert not AuditEvent.objects.filter(action__startswith="user.").exists()


def test_ten_minutes_later_both_are_asked_for_again(owner):
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False) as now:
        client = asked(owner)
        ask_confirm(client, "mail_code", action="send")
        ask_confirm(client, "mail_code", confirm_code())
        now.shift(599)
        assert is_confirmed(client)
        now.shift(1)
        assert not is_confirmed(client)
        assert "current_password" in client.get(CONFIRM).content.decode()


@pytest.mark.parametrize("by", ["app", "recovery"])
def test_each_factor_that_the_user_has_will_do(owner, by):
    code = {"app": lambda: code_of(app_of(owner)), "recovery": lambda: recovery_of(owner)[0]}[by]()
    client = asked(owner)
    assert ask_confirm(client, by, code)["Location"] == SECURITY
    assert is_confirmed(client)
    assert AuditEvent.objects.get(action="session.confirmed").detail == {"method": by}


def test_the_strongest_is_asked_for_and_the_others_are_links(owner):
    app_of(owner)
    client = asked(owner)
    page = client.get(CONFIRM, {"next": SECURITY})
    assert page.context["by"] == "app"
    assert [other.method for other in page.context["others"]] == ["mail_code"]
    assert not mail.outbox
    # What the user does not have is not asked for, whatever the address says.
    assert client.get(CONFIRM, {"by": "recovery"}).context["by"] == "app"


def test_who_has_no_factor_at_all_gives_the_password_alone(owner):
    Contract.objects.filter(customer=owner.customer).update(mail="")
    User.objects.filter(pk=owner.pk).update(email="", code_email="")
    client = log_in(owner)
    give_password_again(client)
    assert is_confirmed(client)


def test_wrong_passwords_are_counted_like_at_the_login(owner):
    client = log_in(owner)
    page = give_password_again(client, "wrong-password-here")
    assert "現在のパスワードが違います" in page.content.decode()
    assert "wrong-password-here" not in page.content.decode()
    for _ in range(9):
        give_password_again(client, "wrong-password-here")
    assert "current_password" in give_password_again(client).content.decode(), "the eleventh, though right"
    assert not is_confirmed(client)


def test_wrong_codes_of_an_app_end_in_a_refusal(owner):
    app = app_of(owner)
    client = asked(owner)
    for _ in range(10):
        assert "コードが違うか" in ask_confirm(client, "app", wrong_of(app)).content.decode()
    assert "30分ほど待って" in ask_confirm(client, "app", code_of(app)).content.decode()
    assert not is_confirmed(client)
    assert AuditEvent.objects.filter(action="login.failed", detail__step="confirm").count() == 10


def test_three_wrong_mailed_codes_or_90_seconds_void_it(owner):
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False) as now:
        client = asked(owner)
        ask_confirm(client, "mail_code", action="send")
        code = confirm_code()
        for left in (2, 1):
            assert f"あと{left}回" in ask_confirm(client, "mail_code", wrong(code)).content.decode()
        ask_confirm(client, "mail_code", wrong(code))
        ask_confirm(client, "mail_code", code)
        assert not is_confirmed(client)
        ask_confirm(client, "mail_code", action="send")
        late = confirm_code()
        now.shift(90)
        ask_confirm(client, "mail_code", late)
        assert not is_confirmed(client)


def test_a_mailed_code_is_for_its_purpose_and_its_session(owner):
    here, there = asked(owner), asked(owner)
    ask_confirm(here, "mail_code", action="send")
    code = confirm_code()
    ask_confirm(there, "mail_code", code)
    assert not is_confirmed(there)
    login = half_session(owner)
    for_login = latest_code()
    if code != for_login:
        assert login.post("/login/code/", {"code": code}).status_code == 200
        ask_confirm(here, "mail_code", for_login)
        assert not is_confirmed(here)
    ask_confirm(here, "mail_code", code)
    assert is_confirmed(here)


def test_a_used_code_and_another_users_code_are_wrong(owner, colleague):
    mine, theirs = app_of(owner), app_of(colleague)
    here, there = asked(owner), asked(owner)
    ask_confirm(here, "app", code_of(theirs))
    assert not is_confirmed(here)
    code = code_of(mine)
    ask_confirm(here, "app", code)
    assert is_confirmed(here)
    ask_confirm(there, "app", code)
    assert not is_confirmed(there)


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_it_leads_to_this_host_only(owner, wanted):
    code = recovery_of(owner)[0]
    client = asked(owner)
    assert ask_confirm(client, "recovery", code, next=wanted)["Location"] == "/"
