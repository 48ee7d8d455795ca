"""The outbox: sent once after the commit, gathered, kept when the server is down, secrets erased."""

from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from smtplib import SMTPRecipientsRefused

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.test import override_settings

from selfcare import clock as time
from selfcare.work import outbox, posting
from selfcare.work.models import Mail
from selfcare.work.outbox import Outgoing

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

ITEM = {"request_id": "R1", "title": "050番号追加申込", "rows": [], "when": "すぐに", "url": "http://x/"}


@pytest.fixture
def folder(tmp_path: Path, settings):
    settings.EMAIL_BACKEND = "selfcare.work.folder_mail.FolderBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    return tmp_path / "mail"


def messages(folder: Path):
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in folder.glob("*.eml")]


def order_mail(to="a@customer.example", number=1, **fields):
    item = {**ITEM, "request_id": f"R{number:08d}"}
    return Outgoing(template="order_accepted", to=to, context={"items": [item]}, gather="order_accepted", **fields)


def test_a_queued_mail_is_sent_once(folder):
    outbox.send(order_mail())
    assert outbox.deliver_default() == 1
    assert outbox.deliver_default() == 0
    (message,) = messages(folder)
    assert message["To"] == "a@customer.example"
    assert "R00000001" in message["Subject"]
    assert message["Message-ID"].startswith(f"<{Mail.objects.get().uuid}@")


def test_mails_of_one_moment_to_one_address_are_gathered(folder):
    outbox.send_many([order_mail(number=n) for n in range(1, 6)] + [order_mail(to="b@customer.example")])
    outbox.deliver_default()
    mine = [message for message in messages(folder) if message["To"] == "a@customer.example"]
    assert len(mine) == 1
    assert "5件" in mine[0]["Subject"]
    text = mine[0].get_body(("plain",)).get_content()
    assert all(f"R{n:08d}" in text for n in range(1, 6))
    assert Mail.objects.filter(state=Mail.State.SENT).count() == 6


def test_a_message_tells_of_a_hundred_orders_at_most(folder):
    """Rows hold several items each where a customer was told of many orders at once."""
    many = [Outgoing("order_accepted", "a@customer.example", {"items": [ITEM] * n}, gather="x") for n in (60, 30, 60)]
    outbox.send_many(many)
    outbox.deliver_default()
    counts = sorted(message.get_body(("plain",)).get_content().count("http://x/") for message in messages(folder))
    assert counts == [60, 90]


def test_a_mail_in_another_language_is_a_mail_of_its_own(folder):
    outbox.send_many([order_mail(), order_mail(language="en")])
    outbox.deliver_default()
    assert {message["Content-Language"] for message in messages(folder)} == {"ja", "en"}


def test_a_mail_that_no_server_takes_stays_and_is_tried_again_later(folder):
    outbox.send(order_mail())
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_PORT=9):
        outbox.deliver_default()
    mail = Mail.objects.get()
    assert (mail.state, mail.attempt) == (Mail.State.QUEUED, 1)
    assert mail.next_at > time.real_now()
    Mail.objects.update(next_at=time.real_now())
    outbox.deliver_default()
    assert Mail.objects.get().state == Mail.State.SENT


def test_a_claimed_mail_is_left_alone_until_the_lease_of_its_worker_ends(folder):
    outbox.send(order_mail())
    outbox._claim("default")
    assert outbox.deliver_default() == 0
    Mail.objects.update(lease_until=time.real_now() - timedelta(seconds=1))
    assert outbox.deliver_default() == 1
    assert len(messages(folder)) == 1


def test_what_another_worker_has_taken_over_is_not_sent_again(folder):
    """The frozen worker wakes with a chunk whose lease is over; another one has sent the mail meanwhile."""
    outbox.send(order_mail())
    frozen = outbox._claim("default")
    frozen[0].lease_until = time.real_now() - timedelta(seconds=1)
    Mail.objects.update(lease_until=frozen[0].lease_until)
    outbox.deliver_default()
    (sent,) = folder.glob("*.eml")
    sent.unlink()
    outbox._deliver_group(frozen)
    assert messages(folder) == []
    assert Mail.objects.get().state == Mail.State.SENT


def test_a_failure_that_comes_late_does_not_queue_a_sent_mail_again(folder):
    outbox.send(order_mail())
    slow = outbox._claim("default")
    Mail.objects.update(lease_until=time.real_now() - timedelta(seconds=1))
    outbox.deliver_default()
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_PORT=9):
        outbox._deliver_group(slow)
    assert Mail.objects.get().state == Mail.State.SENT


def test_the_lease_of_a_long_chunk_is_renewed_before_it_ends(folder):
    outbox.send(order_mail())
    claimed = outbox._claim("default")
    claimed[0].lease_until = time.real_now() + timedelta(seconds=1)
    Mail.objects.update(lease_until=claimed[0].lease_until)
    assert outbox._renewed(claimed, outbox.LEASE) == claimed
    assert Mail.objects.get().lease_until == claimed[0].lease_until > time.real_now() + timedelta(seconds=20)


def test_a_repetition_after_a_crash_carries_the_same_message_id(folder):
    outbox.send(order_mail())
    posting.post(outbox._claim("default"))
    (first,) = messages(folder)
    Mail.objects.update(lease_until=None)
    outbox.deliver_default()
    (again,) = messages(folder)
    assert first["Message-ID"] == again["Message-ID"]


def test_a_secret_is_sealed_while_it_waits_and_erased_when_it_is_sent(folder):
    outbox.send(Outgoing(template="login_code", to="a@customer.example", secret="493817", lane="login"))
    mail = Mail.objects.get()
    assert mail.sealed is not None
    assert b"493817" not in bytes(mail.sealed)
    assert "493817" not in str(mail.context)
    outbox.deliver_login()
    (message,) = messages(folder)
    assert "493817" in message.get_body(("plain",)).get_content()
    assert Mail.objects.get().sealed is None


def test_a_login_code_that_has_expired_is_dropped_with_its_secret(folder):
    past = time.real_now() - timedelta(seconds=1)
    outbox.send(
        Outgoing(template="login_code", to="a@customer.example", secret="493817", lane="login", expires_at=past)
    )
    assert outbox.deliver_login() == 0
    assert (Mail.objects.get().state, Mail.objects.get().sealed) == (Mail.State.DROPPED, None)
    assert not folder.exists()


def test_login_codes_do_not_wait_behind_other_mail(folder):
    outbox.send_many([order_mail(number=n) for n in range(300)])
    outbox.send(Outgoing(template="login_code", to="a@customer.example", secret="493817", lane="login"))
    assert outbox.deliver_login() == 1
    assert len(messages(folder)) == 1


def test_a_rolled_back_transaction_sends_nothing(folder):
    from django.db import transaction

    with pytest.raises(RuntimeError), transaction.atomic():
        outbox.send(order_mail())
        raise RuntimeError
    assert outbox.deliver_default() == 0


class Away(BaseEmailBackend):
    """A mail server that nobody reaches; counts how often it was tried."""

    tries = 0

    def send_messages(self, messages):
        Away.tries += 1
        raise TimeoutError


def test_a_server_that_is_away_costs_one_timeout_and_not_one_for_each_mail(folder, settings):
    outbox.send_many([order_mail(to=f"a{n}@customer.example") for n in range(20)])
    settings.EMAIL_BACKEND, Away.tries = f"{__name__}.Away", 0
    assert outbox.deliver_default() == 20
    assert Away.tries == 1
    assert Mail.objects.filter(state=Mail.State.QUEUED, lease_until=None).count() == 20
    assert Mail.objects.filter(attempt=0).count() == 19
    settings.EMAIL_BACKEND = "selfcare.work.folder_mail.FolderBackend"
    Mail.objects.update(next_at=time.real_now())
    outbox.deliver_default()
    assert len(messages(folder)) == 20


def test_an_address_that_is_refused_keeps_nobody_else_waiting(folder, settings):
    outbox.send_many([order_mail(to="bad@customer.example"), order_mail(to="good@customer.example")])
    settings.EMAIL_BACKEND = f"{__name__}.Particular"
    outbox.deliver_default()
    assert Mail.objects.get(to="bad@customer.example").state == Mail.State.QUEUED
    assert Mail.objects.get(to="good@customer.example").state == Mail.State.SENT


class Particular(BaseEmailBackend):
    def send_messages(self, messages):
        if messages[0].to == ["bad@customer.example"]:
            raise SMTPRecipientsRefused({"bad@customer.example": (550, b"no such user")})
        return len(messages)
