"""The link of a code address where it must not be followed: each refusal in its own words, and nothing is changed."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from selfcare.accounts.models import AuditEvent, CodeAddressChange, User
from selfcare.accounts.services import by_post, code_addresses, passwords
from tests.people import PASSWORD, log_in, person
from tests.selfcare.accounts import addresses
from tests.selfcare.accounts.addresses import NEW, code_email, follow, link_to
from tests.selfcare.accounts.parts import DATABASES, shown, work

pytestmark = pytest.mark.django_db(databases=DATABASES)

AGAIN = "vier-grüne-Igel-lesen"


def refused(address: str, user: User | str, status: int, words: str, **how) -> None:
    """The link, opened and followed by this user, says these words."""
    answer = follow(address, user, **how)
    assert answer.status_code == status
    assert words in answer.content.decode()


def test_a_link_used_twice(owner):
    link = link_to(owner)
    follow(link, owner)
    refused(link, owner, 410, "すでに終わっています")
    assert "すでに終わっています" in Client().get(link).content.decode()
    assert AuditEvent.objects.filter(action="user.code_address_changed").count() == 1


def test_a_link_after_24_hours(owner):
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False) as now:
        link = link_to(owner)
        now.shift(timedelta(hours=24, seconds=-1))
        assert Client().get(link).status_code == 200
        now.shift(1)
        refused(link, owner, 410, "リンクの期限（24時間）が過ぎました")
        assert code_addresses.pending(owner) is None
        again = link_to(owner, "later@customer.example")
        refused(link, owner, 410, "新しい申込に替わった")
        follow(again, owner)
    assert code_email(owner) == "later@customer.example"


def test_a_link_followed_by_another_user(owner, colleague):
    link = link_to(owner)
    refused(link, colleague, 403, "ほかのユーザーの手続きのものです")
    for client in (log_in(colleague), log_in(person("op_person", is_staff=True, customer=None))):
        refused(link, owner, 403, "ほかのユーザーの手続きのものです", client=client)
        assert "ログアウトする" in client.get(link).content.decode()
    assert (code_email(owner), code_email(colleague)) == ("", "")
    assert follow(link, owner).status_code == 302, "and it is good still"


def test_a_link_followed_with_the_old_password(owner):
    link = link_to(owner)
    passwords.change_password(user=owner, current=PASSWORD, new=AGAIN, browser="", session_key=None, actor=owner)
    refused(link, owner, 200, "新しいパスワードを入力してください")
    assert code_email(owner) == ""
    assert follow(link, owner, AGAIN).status_code == 302, "one's own change of the password leaves the link"
    assert code_email(owner) == NEW


def test_a_link_after_cancelling(owner):
    link = link_to(owner)
    shown(log_in(owner)).post(addresses.PAGE, {"cancel": "on"})
    refused(link, owner, 410, "この申込は取り消されました")


def test_a_link_after_a_newer_one(owner):
    first = link_to(owner)
    second = link_to(owner, "second@customer.example")
    refused(first, owner, 410, "新しい申込に替わった")
    follow(second, owner)
    assert code_email(owner) == "second@customer.example"
    assert list(CodeAddressChange.objects.order_by("pk").values_list("state", flat=True)) == ["replaced", "done"]


@pytest.mark.parametrize("by", ["link", "letter"])
def test_a_link_after_somebody_else_set_the_password(owner, operator, by):
    link = link_to(owner)
    if by == "letter":
        by_post.reissue_password(user=owner, reason="依頼", actor=operator)
    else:
        passwords.request_reset(selfcare_id=owner.selfcare_id, email="office@customer.example")
        work()
        reset = str(mail.outbox[-1].body).partition("/reset/")[2].partition("/")[0]
        passwords.reset_password(token=reset, new=AGAIN)
    refused(link, owner, 410, "パスワードが再設定されたため", password=AGAIN)


@pytest.mark.parametrize("token", ["x", "A" * 43, "あ", "%00", "a" * 3000])
def test_a_link_that_is_none(owner, token):
    refused(f"/code-address/{token}/", owner, 404, "リンクが正しくない")


def test_a_wrong_password_is_counted_like_a_login(owner):
    link = link_to(owner)
    for _n in range(10):
        refused(link, owner, 200, "セルフケアIDまたはパスワードが違います", password="not-this-password")
    refused(link, owner, 200, "セルフケアIDまたはパスワードが違います")
    assert code_email(owner) == "", "the pair is refused, the right password too"
    assert AuditEvent.objects.filter(action="login.failed").count() == 10
    refused(link, "nobody_here", 200, "セルフケアIDまたはパスワードが違います")


def test_what_was_typed_is_not_shown_again(owner):
    page = follow(link_to(owner), owner, "wrong-password-here").content.decode()
    assert "wrong-password-here" not in page
    assert follow(link_to(owner), owner, "").status_code == 200


@pytest.mark.parametrize(
    "fields", [{"locked_at": "2026-11-01T00:00Z"}, {"suspended_at": "2026-11-01T00:00Z"}, {"is_active": False}]
)
def test_a_login_that_is_not_usable_follows_no_link(colleague, fields):
    link = link_to(colleague)
    User.objects.filter(pk=colleague.pk).update(**fields)
    refused(link, colleague, 200, "セルフケアIDまたはパスワードが違います")
    assert code_email(colleague) == ""
