"""企業ユーザー管理: the list, the editing, and what a change does to the very next request."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from selfcare.accounts.models import AuditEvent, AuthenticatorApp, Customer, MailCodeDevice, PasswordReset, Role, User
from tests import builders
from tests.people import log_in, person
from tests.selfcare.accounts.parts import DATABASES, give_password, is_inside, work

pytestmark = pytest.mark.django_db(databases=DATABASES)

LIST = "/account/"


def page_of(user: User, deed: str = "") -> str:
    return f"/account/users/{user.pk}/" + (f"{deed}/" if deed else "")


def edit(client: Client, user: User, **typed):
    user.refresh_from_db()
    form = {"name": user.name, "selfcare_id": user.selfcare_id, "role": user.role, **typed}
    return client.post(page_of(user), form)


def errors_of(answer) -> dict[str, list[str]]:
    return {field: list(errors) for field, errors in answer.context["form"].errors.items()}


@pytest.fixture
def member(colleague):
    User.objects.filter(pk=colleague.pk).update(code_email="member@customer.example", email="member@customer.example")
    colleague.refresh_from_db()
    return colleague


def test_an_owner_sees_who_has_a_login_and_in_which_state(owner, member, viewer, stranger):
    now = timezone.now()
    User.objects.filter(pk=member.pk).update(locked_at=now)
    User.objects.filter(pk=viewer.pk).update(suspended_at=now)
    person("office_gone", customer=owner.customer, name="去った 人", is_active=False, removed_at=now)
    page = log_in(owner).get(LIST).content.decode()
    for word in (
        *(
            "office_owner",
            "管理 花子",
            "office_member",
            "office_viewer",
            "User/ユーザー",
            "担当者",
            "ロック中",
            "ロック解除",
        ),
        *("利用停止中", "二段階認証", "最終ログイン", "パスワードをリセットする", "ユーザーの編集", "招待する"),
        *("office_gone", "削除済み"),
    ):
        assert word in page, word
    assert stranger.selfcare_id not in page


def test_others_get_their_own_data_instead(member, viewer):
    for user in (member, viewer):
        client = log_in(user)
        assert client.get(LIST)["Location"] == "/account/profile/"
        assert client.get(page_of(user)).status_code == 403
        assert client.post(page_of(user, "remove")).status_code == 403
        assert client.get("/account/invite/").status_code == 403


def test_who_is_of_another_company_or_removed_is_not_found(owner, stranger, member):
    client = log_in(owner)
    User.objects.filter(pk=member.pk).update(is_active=False, removed_at=timezone.now())
    for user in (stranger, member):
        for deed in ("", "suspend", "remove", "reset-password", "end-sessions"):
            assert client.post(page_of(user, deed), {"role": "viewer"}).status_code == 404
    assert User.objects.get(pk=stranger.pk).role == Role.OWNER


def test_a_role_is_another_one_on_the_very_next_request(owner, member):
    there = log_in(member)
    assert there.get("/numbering/add/").status_code == 200
    assert edit(log_in(owner), member, role="viewer")["Location"] == LIST
    assert there.get("/numbering/add/").status_code == 403
    assert is_inside(there)
    event = AuditEvent.objects.get(action="user.role_changed")
    assert (event.detail, event.actor_id) == ({"role": ["member", "viewer"]}, owner.pk)
    work()
    told = {message.to[0]: str(message.body) for message in mail.outbox}
    assert told.keys() == {"member@customer.example", "office@customer.example"}
    assert "変更前: 担当者\n変更後: 閲覧者" in told["member@customer.example"]


def test_a_new_user_name_takes_effect_at_once_and_the_login_goes_on(owner, member):
    there = log_in(member)
    assert edit(log_in(owner), member, selfcare_id="ｎｅｗ＿Ｎａｍｅ１")["Location"] == LIST
    assert is_inside(there)
    assert "new_Name1" in there.get("/account/profile/").content.decode()
    assert give_password(Client(), "office_member").status_code == 200
    assert give_password(Client(), "new_Name1")["Location"] == "/login/code/"
    event = AuditEvent.objects.get(action="user.renamed")
    assert event.detail == {"selfcare_id": ["office_member", "new_Name1"]}
    work()
    assert any("変更後: new_Name1" in message.body for message in mail.outbox)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("abcde", ["短すぎます"]),
        ("a" * 33, ["長すぎます"]),
        ("abc-def!", ["半角の英字・数字"]),
        ("日本語の名前", ["半角の英字・数字"]),
        ("a-b", ["短すぎます", "半角の英字・数字"]),
        ("a\u200bbcdef", ["半角の英字・数字"]),
        ("", ["このフィールドは必須です。"]),
        ("stranger_owner", ["すでに使われています"]),
        ("STRANGER_owner", ["大文字・小文字だけが違う"]),
        ("ＯＦＦＩＣＥ＿ＯＷＮＥＲ", ["大文字・小文字だけが違う"]),
        ("office_gone", ["すでに使われています"]),
    ],
)
def test_each_thing_wrong_with_a_user_name_has_its_own_words(owner, member, stranger, typed, words):
    person("office_gone", customer=owner.customer, is_active=False, removed_at=timezone.now())
    answer = edit(log_in(owner), member, selfcare_id=typed)
    found = errors_of(answer)["selfcare_id"]
    assert len(found) == len(words)
    for word, error in zip(words, found, strict=True):
        assert word in error
    member.refresh_from_db()
    assert member.selfcare_id == "office_member"


@pytest.mark.parametrize("typed", ["abcdef", "a" * 32, "OFFICE_MEMBER", "１２３４５６", " padded_name "])
def test_what_is_right_is_taken(owner, member, typed):
    assert edit(log_in(owner), member, selfcare_id=typed).status_code == 302
    member.refresh_from_db()
    assert re.fullmatch("[A-Za-z0-9_]{6,32}", member.selfcare_id)


def test_the_same_again_changes_and_tells_nothing(owner, member):
    answer = edit(log_in(owner), member)
    assert answer["Location"] == LIST
    assert not AuditEvent.objects.exclude(action__startswith="login").exists()
    work()
    assert mail.outbox == []


def test_a_suspended_user_is_out_at_once_and_comes_back_as_before(owner, member):
    client, there = log_in(owner), log_in(member)
    assert "受付済み" in client.get(page_of(member, "suspend")).content.decode()
    assert is_inside(there)
    assert client.post(page_of(member, "suspend"))["Location"] == LIST
    assert not is_inside(there)
    assert give_password(Client(), member).status_code == 200
    assert client.post(page_of(member, "suspend"))["Location"] == page_of(member)
    assert client.post(page_of(member, "resume"))["Location"] == LIST
    assert give_password(Client(), member)["Location"] == "/login/code/"
    actions = ["user.suspended", "user.resumed"]
    assert (
        list(AuditEvent.objects.filter(action__in=actions).order_by("pk").values_list("action", flat=True)) == actions
    )
    work()
    assert sum("member@customer.example" in message.to for message in mail.outbox) >= 2


def test_a_removed_user_is_out_for_good_and_no_mail_finds_him(owner, member):
    client, there = log_in(owner), log_in(member)
    AuthenticatorApp.objects.create(user=member, name="app", sealed=b"x", created_at=timezone.now())
    now = timezone.now()
    PasswordReset.objects.create(
        user=member, token_digest="d" * 64, created_at=now, expires_at=now + timedelta(minutes=30)
    )
    assert "元には戻せません" in client.get(page_of(member, "remove")).content.decode()
    assert client.post(page_of(member, "remove"))["Location"] == LIST
    assert not is_inside(there)
    assert give_password(Client(), member).status_code == 200
    gone = User.objects.get(pk=member.pk)
    assert (gone.is_active, gone.email, gone.code_email, gone.has_usable_password()) == (False, "", "", False)
    assert gone.display_name == "担当 次郎（削除済み）"
    assert not AuthenticatorApp.objects.filter(user=gone).exists()
    assert not MailCodeDevice.objects.filter(user=gone).exists()
    assert not PasswordReset.objects.filter(user=gone, expires_at__gt=timezone.now()).exists()
    event = AuditEvent.objects.get(action="user.removed")
    assert event.detail == {"selfcare_id": "office_member", "name": "担当 次郎", "role": "member"}
    work()
    assert {message.to[0] for message in mail.outbox} == {"member@customer.example", "office@customer.example"}


def test_all_of_a_users_browsers_are_ended_and_ones_own_stays(owner, member):
    here, elsewhere, there = log_in(owner), log_in(owner), log_in(member)
    assert here.post(page_of(member, "end-sessions"))["Location"] == LIST
    assert not is_inside(there)
    assert here.post(page_of(owner, "end-sessions"))["Location"] == LIST
    assert (is_inside(here), is_inside(elsewhere)) == (True, False)


def test_an_owner_has_a_link_sent_and_never_sees_a_password(owner, member):
    client = log_in(owner)
    page = client.get(page_of(member, "reset-password")).content.decode()
    assert "新しいパスワードはご本人が決めます" in page
    assert client.post(page_of(member, "reset-password"))["Location"] == LIST
    work()
    (message,) = mail.outbox
    assert message.to == ["member@customer.example"]
    assert "管理 花子" in message.body
    link = re.search(r"/reset/[\w-]+/", str(message.body))
    assert link is not None
    assert Client().get(link[0]).status_code == 200
    assert give_password(Client(), member)["Location"] == "/login/code/", "good until a new one is chosen"
    assert AuditEvent.objects.get(action="user.reset_requested").actor_id == owner.pk
    for _again in range(2):
        assert client.post(page_of(member, "reset-password")).status_code == 302
    assert "1時間に送れるリンクは3通まで" in client.post(page_of(member, "reset-password")).content.decode()
    User.objects.filter(pk=member.pk).update(locked_at=timezone.now())
    assert "ロック中" in client.post(page_of(member, "reset-password")).content.decode()


def test_a_personal_contract_has_one_user_and_says_why(db):
    contract = builders.contract(customer=builders.customer(kind=Customer.Kind.PERSONAL))
    client = log_in(person("the_person", customer=contract.customer, role=Role.OWNER))
    for path in (LIST, "/account/invite/"):
        page = client.get(path).content.decode()
        assert "ご契約者様お一人だけ" in page
        assert "招待のメールを送る" not in page
    answer = client.post("/account/invite/", {"email": "other@person.example", "role": "viewer"})
    assert "ご契約者様お一人だけ" in answer.content.decode()
