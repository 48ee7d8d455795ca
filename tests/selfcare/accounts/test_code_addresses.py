"""認証コード配信先メールアドレス: asked for on the page, in force once its link was followed."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from selfcare import clock
from selfcare.accounts.models import AuditEvent, CodeAddressChange, LoginAttempt, PasswordReset, User
from selfcare.accounts.services import passwords, sweeping
from selfcare.work.models import Mail
from tests import builders
from tests.people import PASSWORD, log_in
from tests.selfcare.accounts import addresses
from tests.selfcare.accounts.addresses import NEW, PAGE, asked, code_email, follow, link_to
from tests.selfcare.accounts.parts import (
    DATABASES,
    give_password,
    half_session,
    is_inside,
    latest_code,
    shown,
    walk_in,
    work,
)

pytestmark = pytest.mark.django_db(databases=DATABASES)

OLD = "office@customer.example"


def test_until_the_link_is_followed_the_old_address_is_in_force(owner):
    here = shown(log_in(owner))
    page = here.get(PAGE).content.decode()
    assert "o***@customer.example" in page
    assert OLD not in page
    assert "取り消す" not in page
    assert here.post(PAGE, {"email": NEW})["Location"] == PAGE
    page = here.get(PAGE).content.decode()
    assert "申込中の変更があります" in page
    assert "申込中の変更を取り消す" in page
    assert NEW in page
    work()
    [told] = mail.outbox
    assert told.to == [NEW]
    assert told.subject == "認証コード配信先メールアドレス設定手続きのご案内"
    assert "24時間以内" in str(told.body)
    half_session(owner)
    latest_code()
    assert mail.outbox[-1].to == [OLD]
    assert code_email(owner) == ""


def test_the_link_wants_id_and_password_and_then_old_and_new_address_are_told(owner, colleague):
    here, there, half = walk_in(owner), walk_in(owner), half_session(owner)
    link = link_to(owner)
    mail.outbox.clear()
    page = Client().get(link).content.decode()
    assert "n***@customer.example" in page
    assert owner.selfcare_id not in page
    assert follow(link, owner, client=here)["Location"] == "/"
    assert "ほかの端末でのログインは終了しました" in here.get("/").content.decode()
    assert code_email(owner) == NEW
    assert is_inside(here), "the browser in which it was done stays"
    assert not is_inside(there)
    assert half.get("/login/code/")["Location"] == "/login/?ended=expired", "its code went to the old address"
    work()
    told = [message for message in mail.outbox if "完了のご案内" in message.subject]
    assert sorted(message.to[0] for message in told) == [NEW, OLD]
    assert {message.subject for message in told} == {"認証コード配信先メールアドレス設定完了のご案内"}
    for message in told:
        assert "o***@customer.example" in message.body
        assert "n***@customer.example" in message.body
        assert OLD not in message.body
    half_session(owner)
    latest_code()
    assert mail.outbox[-1].to == [NEW]
    events = AuditEvent.objects.filter(object_type="user", action__startswith="user.code_address").order_by("pk")
    assert [(event.action, event.detail, event.actor_id) for event in events] == [
        ("user.code_address_asked", {"code_email": NEW}, owner.pk),
        ("user.code_address_changed", {"code_email": ["", NEW]}, owner.pk),
    ]


def test_who_is_logged_in_nowhere_is_sent_to_the_login(owner):
    answer = follow(link_to(owner), owner)
    assert answer["Location"] == "/login/?ended=address"
    assert "配信先を設定しました" in Client().get(answer["Location"]).content.decode()


def test_links_to_new_passwords_are_void_with_the_old_address(owner):
    link = link_to(owner)
    passwords.request_reset(selfcare_id=owner.selfcare_id, email=OLD)
    work()
    assert PasswordReset.objects.filter(user=owner, expires_at__gt=clock.real_now()).exists()
    follow(link, owner)
    assert not PasswordReset.objects.filter(user=owner, used_at=None, expires_at__gt=clock.real_now()).exists()
    assert not LoginAttempt.objects.filter(user=owner, state="open").exists()


def test_a_check_takes_the_open_change_back(owner):
    here = shown(log_in(owner))
    link = link_to(owner)
    both = here.post(PAGE, {"cancel": "on", "email": "else@customer.example"})
    assert "空にしてください" in both.content.decode()
    assert "取り消す」を選んで" in here.post(PAGE, {}).content.decode()
    assert here.post(PAGE, {"cancel": "on"})["Location"] == PAGE
    assert "申込中の変更があります" not in here.get(PAGE).content.decode()
    assert "取り消されました" in Client().get(link).content.decode()
    here.post(PAGE, {"cancel": "on"})
    assert "すでに終わっています" in here.get(PAGE).content.decode(), "sent again: there is nothing left to cancel"
    assert AuditEvent.objects.filter(action="user.code_address_cancelled", actor=owner).count() == 1
    assert code_email(owner) == ""


def test_an_owner_asks_for_another_user_who_confirms_with_his_own_password(owner, colleague, contract):
    page = f"/account/users/{colleague.pk}/code-address/"
    assert shown(log_in(owner)).post(page, {"email": NEW})["Location"] == page
    work()
    assert "管理者の 管理 花子 様から" in str(mail.outbox[-1].body)
    assert "管理 花子" in shown(log_in(colleague)).get(PAGE).content.decode(), "the user sees who asked"
    link = addresses.link()
    assert "ほかのユーザー" in follow(link, owner).content.decode()
    follow(link, colleague)
    assert (code_email(colleague), code_email(owner)) == (NEW, "")
    work()
    done = [message.to[0] for message in mail.outbox if "完了" in message.subject]
    assert sorted(done) == [NEW, OLD], "the owner reads at the old address, which gets one mail only"


def test_only_owners_of_the_company_ask_for_others(owner, colleague, viewer, stranger):
    page = f"/account/users/{colleague.pk}/code-address/"
    assert shown(log_in(viewer)).post(page, {"email": NEW}).status_code == 403
    assert shown(log_in(stranger)).post(page, {"email": NEW}).status_code == 404
    assert shown(log_in(owner)).get(f"/account/users/{stranger.pk}/code-address/").status_code == 404
    assert not CodeAddressChange.objects.exists()


def test_password_and_factor_are_shown_first(owner):
    client = log_in(owner)
    for answer in (client.get(PAGE), client.post(PAGE, {"email": NEW})):
        assert answer["Location"].startswith("/account/security/confirm/")
    assert not CodeAddressChange.objects.exists()


@pytest.mark.parametrize(
    "email",
    [
        "",
        "nonsense",
        OLD.upper(),
        "a@b\nBcc: c@customer.example",
        '"a\x0bb"@customer.example',
        f"{'a' * 250}@b.example",
    ],
)
def test_what_is_no_other_address_is_refused(owner, email):
    answer = shown(log_in(owner)).post(PAGE, {"email": email})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert not CodeAddressChange.objects.exists()
    assert not Mail.objects.filter(template="code_address_asked").exists()


def test_full_width_is_understood(owner):
    asked(owner, "ｎｅｗ＠ｃｕｓｔｏｍｅｒ．ｅｘａｍｐｌｅ")
    assert CodeAddressChange.objects.get(user=owner).email == NEW


def test_mails_to_unconfirmed_addresses_are_limited_by_user_and_by_address(owner, stranger):
    for n in range(10):
        assert asked(owner, f"n{n}@customer.example").status_code == 302
    assert "1時間ほど待って" in asked(owner, "n10@customer.example").content.decode()
    assert CodeAddressChange.objects.filter(user=owner).count() == 10
    for n in range(5):
        user = builders.user(customer=owner.customer)
        assert asked(user, NEW.upper() if n % 2 else NEW).status_code == 302
    assert "1時間ほど待って" in asked(stranger, NEW).content.decode(), "one address, whoever asks"


def test_old_rows_are_swept_away(owner):
    asked(owner)
    CodeAddressChange.objects.update(created_at=clock.real_now() - sweeping.KEEP_LINKS + timedelta(minutes=1))
    assert sweeping.sweep()["links"] == 0
    CodeAddressChange.objects.update(created_at=clock.real_now() - sweeping.KEEP_LINKS - timedelta(minutes=1))
    assert sweeping.sweep()["links"] == 1


def test_nobody_reads_the_link_in_the_tables(owner):
    token = link_to(owner).split("/")[2]
    row = CodeAddressChange.objects.get(user=owner)
    assert token not in str(row.__dict__)
    assert not Mail.objects.filter(template="code_address_asked", sealed__isnull=False).exists(), "sent: forgotten"
    assert give_password(Client(), owner, PASSWORD).status_code == 302
    assert User.objects.get(pk=owner.pk).password == owner.password
