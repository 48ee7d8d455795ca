"""The login's second step when a user has more than the mailed code."""

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied

from selfcare.accounts.models import AuditEvent, AuthenticatorApp, LoginAttempt, User
from selfcare.accounts.services import authenticator_apps, factor_changes
from selfcare.work import outbox
from tests.people import log_in
from tests.selfcare.accounts.factor_parts import MAIL_CODES, app_of, code_of, recovery_of, wrong_of
from tests.selfcare.accounts.parts import DATABASES, half_session, is_inside, latest_code, shown, walk_in, work, wrong
from tests.selfcare.staff.people import inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)

STEP = "/login/code/"


def give(client, by: str, code: str):
    return client.post(STEP, {"by": by, "code": code})


def test_the_app_is_asked_for_and_no_mail_goes_out(owner):
    app = app_of(owner)
    half = half_session(owner)
    outbox.deliver_login()
    assert not mail.outbox
    page = half.get(STEP)
    assert page.context["by"] == "app"
    assert [other.method for other in page.context["others"]] == ["mail_code"]
    assert "別の方法で認証する" in page.content.decode()
    assert give(half, "app", f" {code_of(app)} ")["Location"] == "/"
    assert is_inside(half)
    assert AuditEvent.objects.get(action="login.succeeded").detail == {"method": "app"}
    assert AuthenticatorApp.objects.get().last_used_at


def test_the_mail_goes_out_when_it_is_asked_for_three_times_at_most(owner):
    app_of(owner)
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False) as now:
        half = half_session(owner)
        assert "認証コードをメールで送る" in half.get(STEP, {"by": "mail_code"}).content.decode()
        now.shift(300)
        half.post(STEP, {"action": "resend"})
        assert half.get(STEP, {"by": "mail_code"}).context["mailed"]["sends_left"] == 2
        first = latest_code()
        now.shift(90)
        page = give(half, "mail_code", first).content.decode()
        assert "有効期限が切れました。新しいコードを" in page, "the code has its 90 s, the attempt ten minutes"
        half.post(STEP, {"action": "resend"})
        assert give(half, "mail_code", latest_code())["Location"] == "/"
        assert AuditEvent.objects.get(action="login.succeeded").detail == {"method": "mail_code"}
        late = half_session(owner)
        now.shift(600)
        assert late.get(STEP)["Location"] == "/login/?ended=expired"


def test_all_factors_share_three_guesses(owner):
    app = app_of(owner)
    codes = recovery_of(owner)
    half = half_session(owner)
    half.post(STEP, {"action": "resend"})
    right = latest_code()
    assert "あと2回" in give(half, "app", wrong_of(app)).content.decode()
    assert "あと1回" in give(half, "recovery", "A" * 16).content.decode()
    assert give(half, "mail_code", wrong(right))["Location"] == "/login/?ended=wrong"
    for by, code in (("app", code_of(app)), ("recovery", codes[0]), ("mail_code", right)):
        give(half, by, code)
    assert not is_inside(half)
    assert app.user.recoverydevice_set.get().codes.filter(used_at=None).count() == 10


def test_wrong_codes_count_under_the_user_whatever_the_factor(owner):
    app = app_of(owner)
    for _attempt in range(3):
        half = half_session(owner)
        for _guess in range(3):
            give(half, "app", wrong_of(app))
    half = half_session(owner)
    give(half, "app", wrong_of(app))
    assert give(half, "app", code_of(app))["Location"] == "/login/?ended=refused"
    assert not is_inside(half)


def test_a_code_works_once_and_only_for_its_owner(owner, colleague):
    mine, theirs = app_of(owner), app_of(colleague)
    first, second = half_session(owner), half_session(owner)
    give(second, "app", code_of(theirs))
    assert not is_inside(second)
    code = code_of(mine)
    give(first, "app", code)
    give(second, "app", code)
    assert (is_inside(first), is_inside(second)) == (True, False)
    # A key that waits for its first code is no factor yet.
    AuthenticatorApp.objects.filter(user=colleague).update(confirmed=False)
    other = half_session(colleague)
    assert other.get(STEP).context["by"] == "mail_code"
    give(other, "app", code_of(theirs))
    assert not is_inside(other)


def test_what_the_user_does_not_have_is_not_taken(owner):
    half = half_session(owner)
    for by in ("app", "recovery", "passkey", "none"):
        assert half.get(STEP, {"by": by}).context["by"] == "mail_code"
    give(half, "app", latest_code())
    assert is_inside(half), "asked as what it can be only"


def test_the_mail_can_be_given_up_and_comes_back(owner):
    client = shown(log_in(owner))
    client.post(MAIL_CODES, {"on": "0"})
    assert User.objects.get(pk=owner.pk).mail_codes, "nothing else is there"
    app = app_of(owner)
    client.post(MAIL_CODES, {"on": "0"})
    assert User.objects.get(pk=owner.pk).mail_codes, "no recovery codes"
    code = recovery_of(owner)[0]
    client.post(MAIL_CODES, {"on": "0"})
    assert not User.objects.get(pk=owner.pk).mail_codes
    half = half_session(owner)
    sent = len(mail.outbox)
    half.post(STEP, {"action": "resend"})
    outbox.deliver_login()
    assert len(mail.outbox) == sent
    assert half.get(STEP, {"by": "mail_code"}).context["by"] == "app"
    assert give(half, "recovery", code)["Location"] == "/"
    shown(client).post(MAIL_CODES, {"on": "1"})
    events = AuditEvent.objects.filter(action="user.mail_codes_changed").order_by("id")
    assert [event.detail["mail_codes"] for event in events] == [[True, False], [False, True]]
    assert app.pk


def test_a_code_mailed_before_the_mail_was_given_up_is_void(owner):
    app_of(owner)
    recovery_of(owner)
    half = half_session(owner)
    half.post(STEP, {"action": "resend"})
    code = latest_code()
    factor_changes.set_mail_codes(user=owner, is_on=False, actor=owner)
    give(half, "mail_code", code)
    assert not is_inside(half)


def test_operators_undo_all_factors_of_who_has_lost_them(owner, operator):
    app_of(owner)
    code = recovery_of(owner)[0]
    factor_changes.set_mail_codes(user=owner, is_on=False, actor=owner)
    inside = log_in(owner)
    half = half_session(owner)
    factor_changes.reset_factors(user=owner, reason="端末紛失", actor=operator)
    assert not is_inside(inside)
    give(half, "recovery", code)
    assert not is_inside(half)
    assert is_inside(walk_in(owner))
    event = AuditEvent.objects.get(action="user.factors_reset")
    assert event.detail == {"passkeys": 0, "apps": 1, "recovery_codes": 1, "reason": "端末紛失"}
    assert event.actor_id == operator.pk
    work()
    assert "窓口で二段階認証の設定をすべて解除しました" in str(mail.outbox[-1].body)
    assert not LoginAttempt.objects.filter(user=owner, state="open").exists()


def test_only_who_may_unlock_may_undo_factors_and_says_why(owner):
    app_of(owner)
    path = f"/admin/accounts/user/{owner.pk}/do/reset-factors/"
    assert inside(operator_of("billing")).post(path, {"reason": "端末紛失"}).status_code == 403
    support = inside(operator_of("support"))
    assert "reset-factors" in support.get(f"/admin/accounts/user/{owner.pk}/change/").content.decode()
    support.post(path, {"reason": ""})
    assert AuthenticatorApp.objects.exists()
    support.post(path, {"reason": "端末紛失"})
    assert not AuthenticatorApp.objects.exists()
    assert "reset-factors" not in support.get(f"/admin/accounts/user/{owner.pk}/change/").content.decode()


@pytest.mark.parametrize("end", [{"is_active": False}, {"suspended_at": "2026-11-20T00:00:00Z"}])
def test_nothing_is_set_up_for_who_was_shut_out_meanwhile(owner, colleague, end):
    pending = app_of(colleague, confirmed=False)
    User.objects.filter(pk=colleague.pk).update(**end)
    for change in (
        lambda: authenticator_apps.begin(user=colleague),
        lambda: authenticator_apps.confirm(user=colleague, app_id=pending.pk, code=code_of(pending), actor=colleague),
        lambda: recovery_of(colleague),
        lambda: factor_changes.set_mail_codes(user=colleague, is_on=False, actor=colleague),
    ):
        with pytest.raises(PermissionDenied):
            change()
