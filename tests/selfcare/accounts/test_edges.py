"""What else hangs on the login: languages, django-otp's own ways, what a shared office computer remembers."""

import django_otp
import pytest
from django.core import mail
from django.test import Client

from selfcare.accounts.models import LoginAttempt, MailCodeDevice
from selfcare.work import outbox
from tests.people import log_in, person
from tests.selfcare.accounts.parts import DATABASES, half_session, latest_code, walk_in

pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_the_mail_device_verifies_nothing_outside_a_counted_attempt(owner, colleague):
    walk_in(owner)
    half_session(owner)
    code = latest_code()
    device = MailCodeDevice.objects.get(user=owner)
    assert not device.verify_token(code)
    assert django_otp.match_token(owner, code) is None
    assert django_otp.verify_token(owner, device.persistent_id, code) is None
    attempt = LoginAttempt.objects.get(state="open")
    strangers = MailCodeDevice.objects.create(user=colleague, name="mail")
    strangers.bind(attempt)
    assert not strangers.verify_token(code)
    attempt.refresh_from_db()
    assert attempt.state == "open"


def test_the_database_refuses_a_fourth_guess_and_a_fourth_code(owner):
    from django.db import IntegrityError, transaction

    half_session(owner)
    for fields in ({"guesses": 4}, {"sends": 4}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LoginAttempt.objects.update(**fields)


def test_the_language_is_kept_for_pages_and_mails(owner):
    client = log_in(owner)
    client.post("/i18n/language/", {"language": "en", "next": "/account/sessions/"})
    assert '<html lang="en"' in client.get("/account/sessions/").content.decode()
    half_session(owner)
    outbox.deliver_login()
    assert mail.outbox[-1].extra_headers["Content-Language"] == "en"

    owner.refresh_from_db()
    assert owner.language == "en"


@pytest.mark.parametrize("chosen", ["", "xx", "de", "../../etc"])
def test_an_unknown_language_changes_nothing(owner, chosen):
    log_in(owner).post("/i18n/language/", {"language": chosen, "next": "https://evil.example/"})
    owner.refresh_from_db()
    assert owner.language == "ja"


def test_a_shared_browser_remembers_its_five_newest_logins(contract):
    client = Client()
    users = [person(f"shared_{n}", customer=contract.customer) for n in range(6)]
    for user in users:
        client.post("/login/", {"selfcare_id": user.selfcare_id, "password": "correct-horse-battery"})
        client.post("/login/code/", {"code": latest_code()})
        client.post("/logout/")
    known = [
        bool(LoginAttempt.objects.filter(user=user, browser__gt="").exists())
        for user in users
        if client.post("/login/", {"selfcare_id": user.selfcare_id, "password": "correct-horse-battery"})
    ]
    assert known == [False, True, True, True, True, True]


def test_logging_in_as_somebody_else_leaves_nothing_of_the_session_before(owner, stranger):
    client = walk_in(owner)
    session = client.session
    session["contract:numbering.add"] = "C1"
    session.save()
    old = client.cookies["selfcare"].value
    client.post("/login/", {"selfcare_id": stranger.selfcare_id, "password": "correct-horse-battery"})
    client.post("/login/code/", {"code": latest_code()})
    assert client.session["_auth_user_id"] == str(stranger.pk)
    assert "contract:numbering.add" not in client.session
    client.cookies["selfcare"] = old
    assert client.get("/account/sessions/").status_code == 302


def test_a_post_without_its_csrf_token_does_nothing(owner):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/login/", {"selfcare_id": owner.selfcare_id, "password": "correct-horse-battery"})
    assert answer.status_code == 403
    assert not LoginAttempt.objects.exists()
