"""Recovery codes: ten, shown once, each good once."""

import pytest
from django.core import mail
from django.test import Client

from selfcare.accounts.models import AuditEvent, RecoveryCode, User
from tests.people import log_in
from tests.selfcare.accounts.factor_parts import CODES, SECURITY, app_of, recovery_of, shown_codes
from tests.selfcare.accounts.parts import DATABASES, half_session, is_inside, shown, work

pytestmark = pytest.mark.django_db(databases=DATABASES)

FILE = f"{CODES}file/"


def spend(user: User, code: str, **meta) -> Client:
    """A login whose second step is a recovery code."""
    client = half_session(user, **meta)
    client.post("/login/code/", {"by": "recovery", "code": code})
    return client


def test_they_are_shown_in_the_answer_that_made_them_and_kept_as_digests(owner):
    client = shown(log_in(owner))
    assert "コードを発行する" in client.get(CODES).content.decode()
    codes = shown_codes(client.post(CODES))
    assert len(set(codes)) == 10
    assert not shown_codes(client.get(CODES))
    kept = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert not kept & {form for code in codes for form in (code, code.replace("-", ""))}
    assert "残り10個" in client.get(SECURITY).content.decode()
    event = AuditEvent.objects.get(action="user.recovery_codes_made")
    assert (event.detail, event.actor_id) == ({"number": 10}, owner.pk)
    work()
    assert "リカバリーコードが発行されました" in str(mail.outbox[-1].body)


def test_the_file_is_made_of_what_the_page_shows_and_of_nothing_else(owner, colleague):
    client = shown(log_in(owner))
    codes = shown_codes(client.post(CODES))
    answer = client.post(FILE, {"code": codes})
    assert answer["Content-Disposition"] == 'attachment; filename="selfcare-recovery-codes.txt"'
    assert answer["Cache-Control"].endswith("private") or "no-store" in answer["Cache-Control"]
    lines = answer.content.decode().splitlines()
    assert set(codes) <= set(lines)
    assert owner.selfcare_id in lines[0]
    theirs = recovery_of(colleague)
    for bad in ([], theirs, [*codes, theirs[0]], ["<b>"], ["\0"], codes * 2):
        assert client.post(FILE, {"code": bad}).status_code == 404
    assert client.get(FILE).status_code == 405
    recovery_of(owner)
    assert client.post(FILE, {"code": codes}).status_code == 404, "void meanwhile"


def test_a_code_opens_one_login_in_whatever_way_it_is_typed(owner, browser):
    codes = recovery_of(owner)
    assert is_inside(spend(owner, codes[0]))
    assert not is_inside(spend(owner, codes[0]))
    assert is_inside(spend(owner, codes[1].lower().replace("-", " ")))
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in codes[2].replace("-", ""))
    assert is_inside(spend(owner, wide))
    logins = AuditEvent.objects.filter(action="login.succeeded").values_list("detail__method", flat=True)
    assert list(logins) == ["recovery"] * 3
    used = AuditEvent.objects.filter(action="user.recovery_code_used").order_by("id")
    assert [event.detail["left"] for event in used] == [9, 8, 7]
    work()
    assert "残りは7個" in str(mail.outbox[-1].body)


def test_new_ones_void_the_old_ones_and_the_session_that_made_them_goes_on(owner):
    old = recovery_of(owner)
    client = shown(spend(owner, old[0]))
    new = shown_codes(client.post(CODES))
    assert is_inside(client)
    assert not is_inside(spend(owner, old[1]))
    assert is_inside(spend(owner, new[0]))


def test_another_users_codes_are_none(owner, colleague):
    theirs = recovery_of(colleague)
    recovery_of(owner)
    assert not is_inside(spend(owner, theirs[0]))
    assert is_inside(spend(colleague, theirs[0]))


def test_when_few_are_left_the_page_says_so(owner):
    app_of(owner)
    recovery_of(owner)
    client = log_in(owner)
    assert "残り10個" in client.get(SECURITY).content.decode()
    last = RecoveryCode.objects.order_by("pk").values("pk")
    RecoveryCode.objects.filter(pk__in=last[:6]).update(used_at="2026-11-20T00:00:00Z")
    assert "リカバリーコードは残り" not in client.get(SECURITY).content.decode()
    RecoveryCode.objects.filter(pk__in=last[:7]).update(used_at="2026-11-20T00:00:00Z")
    assert "リカバリーコードは残り3個です" in client.get(SECURITY).content.decode()


def test_what_has_not_the_shape_of_a_code_is_no_guess(owner):
    recovery_of(owner)
    half = half_session(owner)
    for typed in ("", "ABCD", "A" * 41, "🦆" * 16):
        half.post("/login/code/", {"by": "recovery", "code": typed})
    assert owner.login_attempts.get().guesses == 0
