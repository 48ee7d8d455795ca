"""Faxes: sent once however often the form comes, ended by whoever tells first, received once and looked at first."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from numbering.cloud.fax_gateway import Outcome
from numbering.cloud.models import FaxForwarding, FaxReceived, FaxSent, Use
from numbering.cloud.services import fax_mails, fax_receiving, fax_sending
from selfcare import clock as time
from selfcare.accounts.models import AuditEvent
from selfcare.documents.models import Document
from selfcare.outside import http
from selfcare.outside.simulator.fax import one_page
from selfcare.work.models import Mail
from tests.numbering.cloud import parts
from tests.numbering.cloud.faxes import Gateway, due, event, queued
from tests.people import log_in
from tests.selfcare.documents import files
from tests.selfcare.documents.conftest import folder

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
__all__ = ["folder"]


@pytest.fixture
def cloud(clock, folder):
    return parts.cloud()


@pytest.fixture
def number(cloud):
    return parts.number(cloud, use=Use.FAX)


@pytest.fixture
def member(cloud):
    return parts.member(cloud)


def test_a_text_becomes_a_pdf_and_the_event_ends_it(number, member):
    fax = queued(number, member)
    gateway = Gateway(Outcome("accepted"))
    assert fax_sending.work(gateway) == 1
    assert fax_sending.work(gateway) == 0
    [(key, sender, to, content)] = gateway.sent
    assert (key, sender, to, content[:5]) == (f"{fax.uuid}-1", number.digits, "0312345678", b"%PDF-")
    fax.refresh_from_db()
    assert fax.state == "sending"
    for _twice in range(2):
        assert fax_receiving.hear(event("sent", key, pages=2))
    # What comes late changes nothing any more.
    assert fax_receiving.hear(event("failed", key, reason="busy"))
    fax.refresh_from_db()
    assert (fax.state, fax.pages, fax.next_at) == ("sent", 2, None)
    assert AuditEvent.objects.about("faxsent", fax.pk).filter(action="fax.sent").count() == 1


def test_a_lost_event_is_asked_for_and_what_is_forgotten_is_handed_over_again(number, member):
    fax = queued(number, member)
    fax_sending.work(Gateway(Outcome("accepted")))
    due(fax)
    gateway = Gateway(None, Outcome("sent", 1))
    fax_sending.work(gateway)
    # Under the same key: the gateway sends it once.
    assert gateway.asked == [gateway.sent[0][0]]
    fax.refresh_from_db()
    assert fax.state == "sent"


def test_a_failed_fax_says_why_and_is_sent_again_under_another_key(number, member):
    fax = queued(number, member)
    fax_sending.work(Gateway(http.OutsideRefused("busy")))
    fax.refresh_from_db()
    assert (fax.state, fax_sending.why(fax)) == ("failed", "相手が話し中でした。")
    client = log_in(member)
    page = client.get(reverse("cloud:fax_inbox", args=[number.digits]), {"box": "sent"}).content.decode()
    assert "相手が話し中でした。" in page
    assert client.post(reverse("cloud:fax_again", args=[fax.uuid])).status_code == 302
    client.post(reverse("cloud:fax_again", args=[fax.uuid]))
    gateway = Gateway(Outcome("sent", 1))
    fax_sending.work(gateway)
    assert gateway.sent[0][0] == f"{fax.uuid}-2"
    # The first attempt's late word is about what is over.
    assert fax_receiving.hear(event("failed", f"{fax.uuid}-1"))
    fax.refresh_from_db()
    assert fax.state == "sent"


def test_a_gateway_that_is_away_is_tried_again_and_at_last_told(number, member):
    fax = queued(number, member)
    away = http.OutsideUnknown("no answer")
    fax_sending.work(Gateway(away))
    fax.refresh_from_db()
    assert (fax.state, fax.lease_until) == ("queued", None)
    assert fax.next_at is not None
    assert fax.next_at > time.real_now()
    FaxSent.objects.filter(pk=fax.pk).update(tries=fax_sending.TRIES - 1)
    due(fax)
    fax_sending.work(Gateway(away))
    fax.refresh_from_db()
    assert (fax.state, fax.reason) == ("failed", "gateway")


def test_one_that_is_on_its_way_for_ever_is_given_up(number, member):
    fax = queued(number, member)
    fax_sending.work(Gateway(Outcome("accepted")))
    FaxSent.objects.filter(pk=fax.pk).update(tries=fax_sending.QUESTIONS - 2)
    for state in ("sending", "failed"):
        due(fax)
        fax_sending.work(Gateway(Outcome("accepted")))
        fax.refresh_from_db()
        assert fax.state == state
    assert "確認できませんでした" in fax_sending.why(fax)


def test_the_form_sent_twice_is_one_fax(number, member):
    client, address = log_in(member), reverse("cloud:fax_send", args=[number.digits])
    key = str(uuid.uuid4())
    upload = SimpleUploadedFile("案内.pdf", files.pdf())
    wrong = client.post(address, {"key": key, "to": "110", "text": "", "file": upload}).content.decode()
    assert "受信済み" in wrong
    for to, text in (("", ""), ("0312345678", "両方")):
        assert client.post(address, {"key": key, "to": to, "text": text}).status_code == 200
    for _twice in range(2):
        assert client.post(address, {"key": key, "to": "03-1234-5678", "text": ""}).status_code == 302
    fax = FaxSent.objects.get()
    assert fax.document is not None
    assert (str(fax.uuid), fax.to, fax.document.name) == (key, "0312345678", "案内.pdf")
    picture = SimpleUploadedFile("図.png", files.image())
    page = client.post(address, {"key": str(uuid.uuid4()), "to": "0312345678", "file": picture}).content.decode()
    assert "PDFにしてからお送りください" in page
    for paid in ("0990-123456", "0570-123456", "010-1-202-555-0100"):
        answer = client.post(address, {"key": str(uuid.uuid4()), "to": paid, "text": "x"}).content.decode()
        assert "特別な番号" in answer


def test_a_fax_that_is_announced_twice_is_one_and_is_read_as_a_pdf(number, member, stranger):
    fax_mails.set_addresses(number=number, addresses=["a@customer.example"], attached=[], actor=member)
    for _twice in range(2):
        assert fax_receiving.hear(event("received", "g1", to=number.digits, **{"from": "0312340000"}, pages=3))
    fax = FaxReceived.objects.get()
    content = one_page("hello")
    assert fax_receiving.work(Gateway(None)) == 1
    due(fax)
    assert fax_receiving.work(Gateway(content)) == 1
    fax.refresh_from_db()
    assert (fax.state, fax.pages, fax.sender) == ("ready", 3, "0312340000")
    mail = Mail.objects.get(template="cloud_fax_received")
    assert (mail.to, mail.context["pages"]) == ("a@customer.example", 3)
    address = reverse("cloud:fax_file", args=[fax.uuid])
    answer = log_in(member).get(address)
    assert (answer.content, answer["Content-Type"]) == (content, "application/pdf")
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert log_in(stranger).get(address).status_code in (403, 404)
    fax.refresh_from_db()
    assert fax.is_read
    later = time.now() + timedelta(days=2)
    assert not Document.objects.filter(fax_receiving.abandoned(later)).exists()
    # A worker that ended between the file and its fax.
    fax.delete()
    assert Document.objects.filter(fax_receiving.abandoned(later)).count() == 1
    assert not Document.objects.filter(fax_receiving.abandoned(time.now())).exists()


@pytest.mark.parametrize(
    "content",
    [b"<html>", b"", files.image(), files.pdf().replace(b"/Type", b"/JavaScript /Type", 1), files.pdf() + b"MZ"],
    ids=["html", "nothing", "picture", "script", "glued"],
)
def test_what_is_no_harmless_pdf_is_shown_to_nobody(number, member, content):
    fax_receiving.hear(event("received", "g2", to=number.digits))
    fax = FaxReceived.objects.get()
    fax_receiving.work(Gateway(content))
    fax.refresh_from_db()
    assert (fax.state, fax.document) == ("refused", None)
    assert not Document.objects.exists()
    assert log_in(member).get(reverse("cloud:fax_file", args=[fax.uuid])).status_code == 404


@pytest.mark.parametrize(
    ("kind", "reference", "data"),
    [
        ("received", "g3", {"to": "0399999999"}),
        ("received", "g3", {"to": None}),
        ("received", "g3", {}),
        ("sent", "nothing", {}),
        ("sent", f"{uuid.UUID(int=1)}-1", {}),
        ("sent", f"{uuid.UUID(int=1)}-x", {}),
    ],
)
def test_events_about_nothing_of_ours_change_nothing(number, kind, reference, data):
    assert not fax_receiving.hear(event(kind, reference, **data))
    assert not FaxReceived.objects.exists()


def test_pages_are_the_contracts_own(number, member, owner):
    client = log_in(owner)
    for name in ("fax_inbox", "fax_send", "fax_forwarding"):
        assert client.get(reverse(f"cloud:{name}", args=[number.digits])).status_code in (403, 404)
    mine = log_in(member)
    assert number.digits[:2] in mine.get(reverse("cloud:fax")).content.decode()
    address = reverse("cloud:fax_forwarding", args=[number.digits])
    assert mine.post(address, {"addresses": "a@b.example\nx"}).status_code == 200
    assert mine.post(address, {"addresses": "a@b.example\na@b.example\n"}).status_code == 302
    assert FaxForwarding.objects.get().addresses == ["a@b.example"]
    viewer = log_in(parts.viewer(number.cloud))
    assert viewer.get(reverse("cloud:fax_inbox", args=[number.digits])).status_code == 200
    assert viewer.get(reverse("cloud:fax_send", args=[number.digits])).status_code == 403
