"""Faxes by mail: the PDF goes to who chose it and is the company's, is read when the mail goes out, and once only."""

import re
import uuid
from email import message_from_bytes, policy
from types import SimpleNamespace
from typing import ClassVar

import pytest
from django.core import mail as sent_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse

from numbering.cloud.models import FaxForwarded, FaxForwarding, Use
from numbering.cloud.services import fax_mails
from selfcare import clock as time
from selfcare.accounts.models import AuditEvent, NotificationAddress
from selfcare.accounts.services import throttle
from selfcare.documents import storage
from selfcare.documents.inspecting import inspect
from selfcare.documents.models import Document
from selfcare.work import outbox
from selfcare.work.models import Mail
from tests.numbering.cloud import faxes, parts
from tests.people import log_in
from tests.selfcare.documents.conftest import folder

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
__all__ = ["folder"]
PLAIN = "partner@elsewhere.example"


@pytest.fixture
def office(clock, folder):
    """A number for faxes, and an address of the company that has been confirmed beside the registered one."""
    cloud = parts.cloud()
    confirmed = NotificationAddress.objects.create(
        customer=cloud.customer, email="desk@customer.example", confirmed_at=time.real_now()
    )
    NotificationAddress.objects.create(customer=cloud.customer, email="not-yet@customer.example")
    return SimpleNamespace(
        number=parts.number(cloud, use=Use.FAX),
        member=parts.member(cloud),
        cloud=cloud,
        registered=cloud.contract.mail,
        confirmed=confirmed,
    )


def tell(office, *, addresses=(), attached=()) -> None:
    fax_mails.set_addresses(
        number=office.number, addresses=list(addresses), attached=list(attached), actor=office.member
    )


def delivered() -> dict:
    """What went out, by address, read as a mail program reads it."""
    outbox.deliver_default()
    messages = [message_from_bytes(one.message().as_bytes(), policy=policy.default) for one in sent_mail.outbox]
    return {str(message["To"]): message for message in messages}


def text_of(message) -> str:
    return str(message.get_body(("plain",)).get_content())


def test_who_chose_the_pdf_gets_it_and_who_chose_the_notice_gets_the_link(office):
    page = reverse("cloud:fax_forwarding", args=[office.number.digits])
    client = log_in(office.member)
    told = f"{PLAIN}\n{office.registered}"
    for stranger in (PLAIN, "not-yet@customer.example"):
        assert client.post(page, {"attached": [stranger], "addresses": told}).status_code == 200
    assert not FaxForwarding.objects.exists()
    assert client.post(page, {"attached": [office.registered], "addresses": told}).status_code == 302
    kept = FaxForwarding.objects.get()
    assert (kept.addresses, kept.attached) == ([PLAIN], [office.registered])
    assert f'value="{office.registered}" id="id_attached_0" checked' in client.get(page).content.decode()

    fax = faxes.received(office.number)
    assert fax.document is not None
    stored = storage.read(fax.document.stored)
    assert not any("PDF-" in str(row.context) or row.sealed for row in Mail.objects.all())
    mails = delivered()
    assert set(mails) == {PLAIN, office.registered}
    (file,) = mails[office.registered].iter_attachments()
    assert (file.get_content_type(), file.get_content()) == ("application/pdf", stored)
    assert re.fullmatch(r"FAX_\d{8}-\d{4}_0312340000\.pdf", file.get_filename())
    assert inspect(file.get_content(), "fax.pdf").content_type == "application/pdf"
    assert "PDFで添付しています" in text_of(mails[office.registered])
    assert list(mails[PLAIN].iter_attachments()) == []
    assert "次のページで" in text_of(mails[PLAIN])
    for message in mails.values():
        assert reverse("cloud:fax_inbox", args=[office.number.digits]) in text_of(message)
    (noted,) = AuditEvent.objects.about("faxreceived", fax.pk).filter(action="fax.forwarded")
    assert (noted.detail["to"], noted.actor) == (office.registered, None)


class Watching(BaseEmailBackend):
    """Notes until when the mail that it takes is its worker's."""

    leases: ClassVar[list] = []

    def send_messages(self, messages):
        until = Mail.objects.get().lease_until
        assert until is not None
        Watching.leases.append(until - time.real_now())
        return len(messages)


def test_a_mail_with_a_file_may_take_its_time(office, settings):
    settings.EMAIL_BACKEND, Watching.leases = f"{__name__}.Watching", []
    tell(office, attached=[office.registered])
    faxes.received(office.number)
    outbox.deliver_default()
    assert Watching.leases[0] > outbox.LEASE * 2
    assert Mail.objects.get().state == "sent"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [("large", "を超えるため"), ("gone", "添付できません"), ("changed", "添付できません"), ("address", "確認済み")],
)
def test_what_cannot_go_along_is_told_with_the_link(office, wrong, words):
    tell(office, attached=["desk@customer.example"])
    faxes.received(office.number)
    document = Document.objects.get()
    if wrong == "large":
        Document.objects.filter(pk=document.pk).update(size=fax_mails.LARGEST + 1)
    elif wrong == "gone":
        storage.delete(document.stored)
    elif wrong == "changed":
        Document.objects.filter(pk=document.pk).update(sha256="0" * 64)
    else:
        office.confirmed.delete()
    message = delivered()["desk@customer.example"]
    assert list(message.iter_attachments()) == []
    assert words in text_of(message)
    assert reverse("cloud:fax_inbox", args=[office.number.digits]) in text_of(message)
    page = log_in(office.member).get(reverse("cloud:fax_forwarding", args=[office.number.digits])).content.decode()
    assert ("確認済みのアドレスではなくなった" in page) == (wrong == "address")


def test_another_customers_mail_never_carries_it(office, stranger):
    """Whatever stands in the outbox: the mail of one customer about the fax of another goes out without it."""
    fax = faxes.received(office.number)
    tell(office, attached=[office.registered])
    faxes.received(office.number)
    own = Mail.objects.get()
    own.context["attach"] = str(fax.uuid)
    theirs = stranger.customer_id
    Mail.objects.filter(pk=own.pk).update(customer_id=theirs, context=own.context)
    assert list(delivered()[office.registered].iter_attachments()) == []


def test_one_fax_is_forwarded_once_by_who_may(office, stranger):
    fax = faxes.received(office.number)
    page = reverse("cloud:fax_forward", args=[fax.uuid])
    assert log_in(stranger).get(page).status_code in (403, 404)
    other = parts.member(parts.cloud())
    assert log_in(other).post(page, {"key": str(uuid.uuid4()), "to": other.code_email}).status_code == 404
    assert log_in(parts.viewer(office.cloud)).get(page).status_code == 403
    client = log_in(office.member)
    assert page in client.get(reverse("cloud:fax_inbox", args=[office.number.digits])).content.decode()
    form = client.get(page).content.decode()
    assert "not-yet@" not in form
    [key] = re.findall(r'name="key" value="([0-9a-f-]{36})"', form)
    for nowhere in (PLAIN, "not-yet@customer.example", ""):
        assert client.post(page, {"key": key, "to": nowhere}).status_code == 200
    assert not Mail.objects.exists()
    for _twice in range(2):
        assert client.post(page, {"key": key, "to": office.registered}).status_code == 302
    # Back, and to somebody else as well.
    assert client.post(page, {"key": key, "to": "desk@customer.example"}).status_code == 302
    assert FaxForwarded.objects.count() == Mail.objects.count() == 2
    mails = delivered()
    assert set(mails) == {office.registered, "desk@customer.example"}
    for message in mails.values():
        assert len(list(message.iter_attachments())) == 1
        assert office.member.display_name in text_of(message)
    events = AuditEvent.objects.about("faxreceived", fax.pk).filter(action="fax.forwarded", actor=office.member)
    assert {event.detail["to"] for event in events} == set(mails)
    assert "desk@customer.example" in client.get(page).content.decode()


def test_a_customer_forwards_so_many_a_day(office):
    fax = faxes.received(office.number)
    counter = (fax_mails.FORWARDS, throttle.key(fax_mails.FORWARDS, str(office.cloud.customer_id)))
    for _one in range(fax_mails.FORWARDS.tries):
        assert throttle.reserve([counter])
    page = reverse("cloud:fax_forward", args=[fax.uuid])
    answer = log_in(office.member).post(page, {"key": str(uuid.uuid4()), "to": office.registered})
    assert "明日もう一度" in answer.content.decode()
    assert not Mail.objects.exists()
    assert not FaxForwarded.objects.exists()
