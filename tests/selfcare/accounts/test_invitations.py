"""Invitations: the mail, the page behind its link, and every way in which a link is void."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from selfcare import clock
from selfcare.accounts.models import AuditEvent, Contract, Customer, Invitation, Role, User
from selfcare.accounts.services import invitations
from tests import builders
from tests.people import log_in, person
from tests.selfcare.accounts.parts import DATABASES, give_password, is_inside, latest_code, work

pytestmark = pytest.mark.django_db(databases=DATABASES)

NEW, PASSWORD = "new@customer.example", "four green hedgehogs"
FORM = {"selfcare_id": "new_person", "name": "新人 六郎", "new_password": PASSWORD, "new_password_confirm": PASSWORD}


def invited(owner: User, email: str = NEW, role: Role = Role.MEMBER) -> tuple[Invitation, str]:
    """An invitation, and the link of its mail."""
    invitation = invitations.invite(email=email, name="新人 六郎", role=role, actor=owner)
    return invitation, latest_link()


def latest_link() -> str:
    work()
    found = re.search(r"/invitation/[\w-]+/", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[0]


def accept(link: str, client: Client | None = None, **typed: str):
    return (client or Client()).post(link, {**FORM, **typed})


def refused(link: str, words: str) -> None:
    """To who opens it, and to who sends the form."""
    for answer in (Client().get(link), accept(link)):
        assert answer.status_code == 404
        assert words in answer.content.decode()
    assert not User.objects.filter(selfcare_id="new_person").exists()


def test_who_is_invited_chooses_a_name_and_a_password_and_logs_in(owner):
    client = log_in(owner)
    form = {"email": "ｎｅｗ＠customer.example", "name": "新人 六郎", "role": "member"}
    assert client.post("/account/invite/", form)["Location"] == "/account/"
    link = latest_link()
    assert mail.outbox[-1].to == [NEW]
    assert "役割: 担当者" in mail.outbox[-1].body
    assert NEW in client.get("/account/").content.decode()
    newcomer = Client()
    for _opened in range(2):  # scanners of mail open it first
        assert NEW in newcomer.get(link).content.decode()
    assert accept(link, newcomer)["Location"] == "/login/?ended=joined"
    assert not is_inside(newcomer), "the link logs nobody in"
    made = User.objects.get(selfcare_id="new_person")
    assert (made.role, made.customer_id, made.code_email, made.email) == ("member", owner.customer_id, NEW, NEW)
    assert give_password(newcomer, made, PASSWORD)["Location"] == "/login/code/"
    assert newcomer.post("/login/code/", {"code": latest_code()}).status_code == 302
    assert is_inside(newcomer)
    assert mail.outbox[-1].to == [NEW]
    event = AuditEvent.objects.get(action="user.joined")
    assert (event.actor_id, event.detail["role"]) == (made.pk, "member")
    work()
    joined = [message for message in mail.outbox if "新しいユーザー" in message.subject]
    assert {message.to[0] for message in joined} == {NEW, "office@customer.example"}


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"selfcare_id": "abcde"}, "selfcare_id", "短すぎます"),
        ({"selfcare_id": "a" * 33}, "selfcare_id", "長すぎます"),
        ({"selfcare_id": "new person"}, "selfcare_id", "半角の英字・数字"),
        ({"selfcare_id": "OFFICE_owner"}, "selfcare_id", "大文字・小文字だけが違う"),
        ({"selfcare_id": "ｏｆｆｉｃｅ＿ｏｗｎｅｒ"}, "selfcare_id", "すでに使われています"),
        ({"new_password": "hedgehogs12"}, "new_password", "12 文字以上"),
        ({"new_password": "password1234"}, "new_password", "一般的"),
        ({"new_password": "new_person-2026-ok"}, "new_password", "ご自身の情報"),
        ({"new_password": "架空水産2026年の秋です"}, "new_password", "ご自身の情報"),
        ({"new_password": "カクウスイサン12345678"}, "new_password", "ご自身の情報"),
        ({"new_password": "x" * 1000}, "new_password", "256"),
        ({"new_password_confirm": "four green hedgehog"}, "new_password_confirm", "一致していません"),
        ({"name": " "}, "name", "必須"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_link_stays_good(owner, typed, field, words):
    Customer.objects.filter(pk=owner.customer_id).update(name="架空水産株式会社", kana="カクウスイサンカブシキガイシャ")
    _invitation, link = invited(owner)
    again = {"new_password_confirm": typed["new_password"]} if "new_password" in typed else {}
    answer = accept(link, **typed, **again)
    assert words in " ".join(answer.context["form"].errors[field])
    assert answer.context["form"].errors.keys() - {"new_password_confirm"} == {field} - {"new_password_confirm"}
    assert accept(link).status_code == 302


def test_a_space_before_the_password_belongs_to_it(owner):
    _invitation, link = invited(owner)
    spaced = " four green hedgehogs "
    assert accept(link, new_password=spaced, new_password_confirm=spaced).status_code == 302
    made = User.objects.get(selfcare_id="new_person")
    assert (made.check_password(spaced), made.check_password(spaced.strip())) == (True, False)


def test_it_is_accepted_once(owner):
    _invitation, link = invited(owner)
    assert accept(link).status_code == 302
    for answer in (Client().get(link), accept(link, selfcare_id="second_name")):
        assert answer.status_code == 404
        assert "すでに承諾されています" in answer.content.decode()
    assert not User.objects.filter(selfcare_id="second_name").exists()


def test_it_is_good_for_seven_days(owner):
    now = clock.real_now()
    with time_machine.travel(now, tick=False) as moment:
        invitation, link = invited(owner)
        moment.move_to(now + timedelta(days=7, seconds=-1))
        assert Client().get(link).status_code == 200
        moment.move_to(now + timedelta(days=7))
        refused(link, "期限（7日）が過ぎています")
        assert "期限切れ" in log_in(owner).get("/account/").content.decode()
        invitations.resend(invitation=invitation, actor=owner)
        refused(link, "最新の招待メール")
        assert accept(latest_link()).status_code == 302


def test_it_can_be_taken_back(owner):
    invitation, link = invited(owner)
    client, change = log_in(owner), f"/account/invitations/{invitation.pk}/"
    assert client.post(change, {"action": "revoke"})["Location"] == "/account/"
    refused(link, "招待は取り消されました")
    for action in ("revoke", "resend"):
        assert client.post(change, {"action": action}).status_code == 302
        assert "すでに承諾されたか、取り消されています" in client.get("/account/").content.decode()
    assert AuditEvent.objects.filter(action="user.invitation_revoked").count() == 1
    _again, link = invited(owner)
    assert accept(link).status_code == 302


@pytest.mark.parametrize(
    "change",
    [
        {"role": Role.MEMBER},
        {"suspended_at": timezone.now()},
        {"removed_at": timezone.now(), "is_active": False},
        {"locked_at": timezone.now()},
    ],
    ids=["demoted", "suspended", "removed", "locked"],
)
def test_the_word_of_who_is_no_owner_any_more_is_void_until_another_owner_repeats_it(owner, change: dict[str, Any]):
    other = person("second_owner", customer=owner.customer, role=Role.OWNER)
    invitation, link = invited(owner)
    User.objects.filter(pk=owner.pk).update(**change)
    refused(link, "招待した方が管理者でなくなった")
    client = log_in(other)
    assert "無効" in client.get("/account/").content.decode()
    assert client.post(f"/account/invitations/{invitation.pk}/", {"action": "resend"}).status_code == 302
    assert accept(latest_link()).status_code == 302


@pytest.mark.parametrize("change", ["ended contract", "ended customer", "personal"])
def test_a_company_that_is_none_any_more_gets_nobody(owner, change):
    _invitation, link = invited(owner)
    if change == "ended contract":
        Contract.objects.update(state=Contract.State.ENDED, ended_on="2026-11-01")
    elif change == "ended customer":
        Customer.objects.update(state=Customer.State.ENDED)
    else:
        Customer.objects.update(kind=Customer.Kind.PERSONAL)
    refused(link, "ご契約の内容が変わったため")


def test_an_address_in_use_is_not_invited_and_not_accepted(owner, colleague, stranger):
    User.objects.filter(pk=colleague.pk).update(code_email="Taken@customer.example")
    client = log_in(owner)
    for email in ("taken@CUSTOMER.example", "office@customer.example"):
        answer = client.post("/account/invite/", {"email": email, "role": "viewer"})
        assert "すでに貴社のユーザーが使っています" in answer.content.decode()
    _invitation, link = invited(owner)
    answer = client.post("/account/invite/", {"email": NEW.upper(), "role": "viewer"})
    assert "招待を送信済み" in answer.content.decode()
    User.objects.filter(pk=colleague.pk).update(code_email=NEW)
    refused(link, "すでにこの会社のユーザーが使っています")
    User.objects.filter(pk=colleague.pk).update(code_email="", is_active=False, removed_at=timezone.now())
    User.objects.filter(pk=stranger.pk).update(code_email=NEW)
    assert accept(link).status_code == 302, "another company's user, or a removed one, has no part in it"


def test_nobody_accepts_with_a_login_open_and_the_link_stays_good(owner, stranger, operator):
    _invitation, link = invited(owner)
    for user, words in ((stranger, "別のご契約"), (owner, "すでにこの会社のユーザー")):
        client = log_in(user)
        for answer in (client.get(link), accept(link, client)):
            assert answer.status_code == 409
            assert words in answer.content.decode()
    assert accept(link, log_in(operator)).status_code == 409
    assert accept(link).status_code == 302


def test_a_link_that_is_none_is_answered_like_any(db):
    refused("/invitation/none/", "リンクが正しくない")


def test_only_owners_of_the_company_send_and_take_back(owner, colleague, stranger):
    invitation, link = invited(owner)
    change = f"/account/invitations/{invitation.pk}/"
    assert log_in(stranger).post(change, {"action": "revoke"}).status_code == 404
    assert log_in(colleague).post(change, {"action": "revoke"}).status_code == 403
    assert log_in(colleague).post("/account/invite/", {"email": NEW, "role": "owner"}).status_code == 403
    assert log_in(owner).get(change).status_code == 405
    assert accept(link).status_code == 302


def test_nobody_is_pestered(owner):
    other = builders.contract()
    rival = person("rival_owner", customer=other.customer, role=Role.OWNER)
    invitation, _link = invited(owner)
    for _again in range(invitations.TO_ADDRESS.tries - 1):
        invitations.resend(invitation=invitation, actor=owner)
    answer = log_in(rival).post("/account/invite/", {"email": NEW, "role": "viewer"})
    assert "送りすぎています" in answer.content.decode()
    assert log_in(owner).post(f"/account/invitations/{invitation.pk}/", {"action": "resend"}).status_code == 302
    work()
    assert sum(NEW in message.to for message in mail.outbox) == invitations.TO_ADDRESS.tries
