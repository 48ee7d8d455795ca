"""ユーザー情報: everybody's own data, and who may not touch whose."""

import pytest
from django.core import mail

from selfcare.accounts.models import AuditEvent, Contract, User
from tests.people import log_in
from tests.selfcare.accounts.parts import DATABASES, work

pytestmark = pytest.mark.django_db(databases=DATABASES)

PAGE = "/account/profile/"


def send(client, **typed):
    form = {"name": "担当 次郎", "email": "member@customer.example", "language": "ja", **typed}
    return client.post(PAGE, form)


@pytest.fixture
def member(colleague):
    User.objects.filter(pk=colleague.pk).update(email="member@customer.example", code_email="codes@customer.example")
    colleague.refresh_from_db()
    return colleague


def test_the_page_shows_ones_own_data_and_leads_to_the_rest(viewer, owner):
    page = log_in(viewer).get(PAGE).content.decode()
    for word in (
        "office_viewer",
        "閲覧 三郎",
        "User/ユーザー",
        "閲覧者",
        "o***@customer.example",
        "変更は管理者の方が行えます",
    ):
        assert word in page
    for path in ("/account/security/", "/account/login-method/", "/account/password/", "/account/sessions/"):
        assert f'href="{path}"' in page
    assert f'href="/account/users/{owner.pk}/"' in log_in(owner).get(PAGE).content.decode()


def test_a_new_contact_mail_is_one_event_and_told_to_where_codes_go(member):
    assert (
        send(log_in(member), email="ｏｔｈｅｒ@customer.example", name="担当 二郎", language="en")["Location"] == PAGE
    )
    member.refresh_from_db()
    assert (member.email, member.name, member.language) == ("other@customer.example", "担当 二郎", "en")
    event = AuditEvent.objects.get(action="user.profile_changed")
    assert event.detail == {
        "name": ["担当 次郎", "担当 二郎"],
        "email": ["member@customer.example", "other@customer.example"],
        "language": ["ja", "en"],
    }
    work()
    (message,) = mail.outbox
    assert message.to == ["codes@customer.example"]
    assert "other@customer.example" in message.body


def test_the_same_again_is_no_event(member):
    assert send(log_in(member))["Location"] == PAGE
    assert not AuditEvent.objects.filter(action="user.profile_changed").exists()


@pytest.mark.parametrize(
    ("typed", "field"), [({"name": ""}, "name"), ({"email": "nonsense"}, "email"), ({"language": "xx"}, "language")]
)
def test_what_is_wrong_is_said_beside_its_field(member, typed, field):
    assert field in send(log_in(member), **typed).context["form"].errors


def test_a_contact_mail_that_codes_go_to_is_not_changed_past_its_flow(member):
    User.objects.filter(pk=member.pk).update(code_email="")
    Contract.objects.update(mail="")
    answer = send(log_in(member), email="other@customer.example")
    assert "認証コードの届け先として使われています" in answer.content.decode()
    member.refresh_from_db()
    assert member.email == "member@customer.example"
    assert not AuditEvent.objects.filter(action="user.profile_changed").exists()
