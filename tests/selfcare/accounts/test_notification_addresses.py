"""通知先メールアドレス: owners add and remove them, and each is used once its link was followed."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client

from selfcare import clock
from selfcare.accounts.models import AuditEvent, NotificationAddress, Role, User
from selfcare.accounts.services import notification_addresses as service
from selfcare.orders.mails import confirmed_addresses
from selfcare.work.models import Mail
from tests.people import log_in, person
from tests.selfcare.accounts.addresses import link
from tests.selfcare.accounts.parts import DATABASES, work

pytestmark = pytest.mark.django_db(databases=DATABASES)

PAGE = "/account/notifications/"
CHANGE = f"{PAGE}change/"
EMAIL = "keiri@customer.example"


@pytest.fixture
def asked(owner):
    """Adds an address and returns the link of the mail to it."""

    def add(email: str = EMAIL) -> str:
        answer = log_in(owner).post(CHANGE, {"email": email})
        assert answer.status_code == 302, answer.content.decode()
        work()
        assert mail.outbox[-1].to == [email]
        return link()

    return add


def used(owner: User) -> list[str]:
    assert owner.customer_id is not None
    return confirmed_addresses([owner.customer_id])[owner.customer_id]


def told() -> list[tuple[str, str]]:
    """To whom and with which subject mails go out now."""
    mail.outbox.clear()
    work()
    return [(message.to[0], str(message.subject)) for message in mail.outbox]


def test_an_address_is_used_once_its_link_was_followed(owner, asked):
    address = asked()
    assert used(owner) == []
    assert "確認待ち" in log_in(owner).get(PAGE).content.decode()
    page = Client().get(address).content.decode()
    assert owner.customer.name in page
    assert used(owner) == [], "scanners open links; only the button confirms"
    assert "確認が完了しました" in Client().post(address).content.decode()
    assert used(owner) == [EMAIL]
    assert told() == [("office@customer.example", "【Selfcare】通知先メールアドレスが追加されました")]
    assert "確認済み" in log_in(owner).get(PAGE).content.decode()
    for answer in (Client().post(address), Client().get(address)):
        assert answer.status_code == 410
        assert "すでに確認されています" in answer.content.decode()
    events = AuditEvent.objects.filter(action__startswith="notification_address.").order_by("pk")
    assert [(event.action, event.detail, event.actor_id, event.customer_id) for event in events] == [
        ("notification_address.added", {"email": EMAIL}, owner.pk, owner.customer_id),
        ("notification_address.confirmed", {"email": EMAIL}, None, owner.customer_id),
    ]


def test_a_link_is_good_for_seven_days_and_can_be_sent_again(owner, asked):
    with time_machine.travel("2026-11-10 01:00:00Z", tick=False) as now:
        first = asked()
        now.shift(timedelta(days=7))
        answer = Client().post(first)
        assert answer.status_code == 410
        assert "7日間" in answer.content.decode()
        client = log_in(owner)
        assert "リンクの期限切れ" in client.get(PAGE).content.decode()
        row = NotificationAddress.objects.get(email=EMAIL)
        assert client.post(CHANGE, {"resend": row.pk})["Location"] == PAGE
        work()
        second = link()
        assert "新しいリンクに替わった" in Client().get(first).content.decode()
        assert Client().post(second).status_code == 200
        client.post(CHANGE, {"resend": row.pk})
        assert "すでに確認されています" in client.get(PAGE).content.decode()
    assert used(owner) == [EMAIL]


def test_a_removed_address_is_told_if_it_was_in_use(owner, asked):
    address = asked()
    row = NotificationAddress.objects.get(email=EMAIL)
    other = asked("other@customer.example")
    Client().post(address)
    work()
    client = log_in(owner)
    assert client.post(CHANGE, {"remove": row.pk})["Location"] == PAGE
    assert client.post(CHANGE, {"remove": row.pk}).status_code == 404, "sent twice"
    assert sorted(to for to, _subject in told()) == [EMAIL, "office@customer.example"]
    client.post(CHANGE, {"remove": NotificationAddress.objects.get(email="other@customer.example").pk})
    assert [to for to, _subject in told()] == ["office@customer.example"], "it never wanted mails"
    assert Client().post(other).status_code == 404
    assert used(owner) == []
    removed = AuditEvent.objects.filter(action="notification_address.removed").order_by("pk")
    assert [event.detail["confirmed"] for event in removed] == [True, False]


def test_members_and_viewers_read_and_change_nothing(owner, colleague, viewer, asked):
    address = asked()
    row = NotificationAddress.objects.get(email=EMAIL)
    for user in (colleague, viewer):
        client = log_in(user)
        page = client.get(PAGE).content.decode()
        assert EMAIL in page
        assert "<form" not in page.partition("<main")[2].partition("</main")[0]
        for fields in ({"email": "more@customer.example"}, {"remove": row.pk}, {"resend": row.pk}):
            assert client.post(CHANGE, fields).status_code == 403
    assert Client().get(address).status_code == 200
    assert NotificationAddress.objects.count() == 1


@pytest.mark.parametrize("action", ["remove", "resend"])
def test_another_customers_address_is_not_there(owner, stranger, asked, action):
    asked()
    row = NotificationAddress.objects.get(email=EMAIL)
    client = log_in(stranger)
    assert EMAIL not in client.get(PAGE).content.decode()
    for pk in (row.pk, row.pk + 1, 0, "", "x", "9" * 30, "１", f"{row.pk} "):
        assert client.post(CHANGE, {action: pk}).status_code == 404
    row.refresh_from_db()
    assert Mail.objects.filter(template__startswith="notification_address").count() == 1


@pytest.mark.parametrize("email", ["", "no", EMAIL.upper(), "a@b.example\nBcc: c@b.example", '"a\x0bb"@b.example'])
def test_what_cannot_be_added_is_refused(owner, asked, email):
    asked()
    assert log_in(owner).post(CHANGE, {"email": email}).status_code == 200
    assert NotificationAddress.objects.count() == 1


def test_ten_are_enough(owner, asked):
    now = clock.real_now()
    NotificationAddress.objects.bulk_create(
        NotificationAddress(customer=owner.customer, email=f"n{n}@customer.example", confirmed_at=now)
        for n in range(service.MOST - 1)
    )
    asked()
    client = log_in(owner)
    assert "10件までです" in client.get(PAGE).content.decode()
    assert "10件までです" in client.post(CHANGE, {"email": "more@customer.example"}).content.decode()
    assert NotificationAddress.objects.count() == service.MOST


def test_mails_to_one_address_are_limited_over_all_customers(owner, stranger, asked):
    asked()
    row = NotificationAddress.objects.get(email=EMAIL)
    client = log_in(owner)
    for _n in range(4):
        client.post(CHANGE, {"resend": row.pk})
    client.post(CHANGE, {"resend": row.pk})
    assert "1時間ほど待って" in client.get(PAGE).content.decode()
    assert "1時間ほど待って" in log_in(stranger).post(CHANGE, {"email": EMAIL}).content.decode()
    assert Mail.objects.filter(template="notification_address_asked").count() == 5


def test_a_right_that_was_taken_meanwhile_is_looked_at_behind_the_lock(owner):
    second = person("second_owner", customer=owner.customer, role=Role.OWNER)
    User.objects.filter(pk=second.pk).update(role=Role.MEMBER)
    with pytest.raises(PermissionDenied):
        service.add(email=EMAIL, actor=second)
    assert not NotificationAddress.objects.exists()


@pytest.mark.parametrize("token", ["x", "A" * 43, "あ", "%00", "a" * 3000])
def test_a_link_that_is_none(db, token):
    for answer in (Client().get(f"/notification-address/{token}/"), Client().post(f"/notification-address/{token}/")):
        assert answer.status_code == 404
        assert "リンクが正しくない" in answer.content.decode()
