"""The law's record as a file: kept when the form comes back, replaced, taken away, and nobody else's."""

import re
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from numbering.dial_in.models import VoiceContract
from selfcare.accounts.models import Role
from selfcare.documents.filetypes import LARGEST
from selfcare.documents.models import Document
from selfcare.orders.models import Order
from tests import people
from tests.numbering.dial_in import by_date, parts
from tests.numbering.dial_in.by_date import fresh
from tests.selfcare.documents import files
from tests.selfcare.documents.conftest import folder  # noqa: F401  (documents lie in a folder of the test's own)

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.usefixtures("folder")]
LEGAL = {"changed": "yes", "person": "確認　太郎", "department": "総務部", "recipient": "受取　花子"}


@pytest.fixture
def order(clock) -> Order:
    clock.set("2026-11-20 10:00")
    base = parts.base(parts.voice_contract(service_type=VoiceContract.ServiceType.UNIVERSAL_CLOUD))
    parts.network(base.voice_contract)
    parts.free(20)
    member = people.person("dial_member", customer=base.voice_contract.customer, role=Role.MEMBER)
    return by_date.draft(base, by_date.new(), actor=member)


@pytest.fixture
def client(order, as_user):
    return as_user(order.actor)


def address(order: Order) -> str:
    return f"/numbering/dial-in/by-date/{order.uuid}/matters/"


def send(client: Any, order: Order, name: str = "", content: bytes = b"", **typed: Any) -> Any:
    html = client.get(address(order)).content.decode()
    sent = {"seen": re.findall(r'name="seen" value="([0-9a-f]*)"', html)[0], **LEGAL, **typed}
    if name:
        sent["document"] = SimpleUploadedFile(name, content or files.xlsx())
    return client.post(address(order), sent)


def test_a_good_file_stays_while_another_field_is_put_right(order, client):
    first = send(client, order, "record.xlsx", person="")
    assert first.status_code == 200
    assert "record.xlsx" in first.content.decode()
    assert fresh(order).data["legal"]["document"] == str(Document.objects.get().uuid)
    assert send(client, order).status_code == 302
    assert fresh(order).data["legal"]["changed"] is True


def test_a_new_file_takes_the_place_of_the_old_one(order, client, folder):  # noqa: F811
    send(client, order, "first.xlsx")
    before = Document.objects.get()
    assert send(client, order, "second.pdf", files.pdf()).status_code == 302
    kept = Document.objects.get()
    assert (kept.name, kept.uuid == before.uuid) == ("second.pdf", False)
    assert fresh(order).data["legal"]["document"] == str(kept.uuid)
    assert by_date.problem(order) == ""


def test_a_file_that_is_taken_away_is_missing(order, client):
    send(client, order, "record.xlsx")
    answer = send(client, order, "", b"", **{"document-clear": "on"})
    assert "ファイルを選んでください" in answer.content.decode()
    assert not Document.objects.exists()
    assert fresh(order).data["legal"]["document"] == ""
    assert "確認事項" in by_date.problem(order)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("record.exe", b"MZ\x90\x00"),
        ("record.pdf", b"<script>alert(1)</script>"),
        ("record.xlsx", b""),
        ("../../record.php", b"<?php"),
    ],
)
def test_a_file_that_is_refused_leaves_the_earlier_one(order, client, name, content):
    send(client, order, "record.xlsx")
    html = client.get(address(order)).content.decode()
    mark = re.findall(r'name="seen" value="([0-9a-f]*)"', html)[0]
    sent = {"seen": mark, **LEGAL, "document": SimpleUploadedFile(name, content)}
    answer = client.post(address(order), sent)
    assert answer.status_code == 200
    assert "error-summary" in answer.content.decode()
    assert Document.objects.get().name == "record.xlsx"
    assert by_date.problem(order) == ""


def test_a_file_that_is_too_large_is_told(order, client):
    answer = send(client, order, "record.pdf", files.pdf() + b"\0" * LARGEST)
    assert "error-summary" in answer.content.decode()
    assert not Document.objects.exists()


def test_several_files_come_as_one_zip(order, client):
    assert (
        send(client, order, "all.zip", files.packed({"a.pdf": files.pdf(), "b.xlsx": files.xlsx()})).status_code == 302
    )


@pytest.mark.parametrize("name", ["nobody's", "another order's", "another customer's", "nonsense"])
def test_an_order_names_only_files_of_its_own(order, client, name):
    send(client, order, "record.xlsx")
    own = Document.objects.get()
    other = by_date.draft(parts.base(), by_date.new()) if name == "another customer's" else None
    if name == "another order's":
        base = parts.base(VoiceContract.objects.get(pk=order.subject_id))
        other = by_date.draft(base, by_date.new(), actor=order.actor)
    if other is not None:
        Document.objects.filter(pk=own.pk).update(order=other, customer=other.customer)
    uuid_of = {"nobody's": str(uuid.uuid4()), "nonsense": "../../etc/passwd"}
    by_date.change(fresh(order), legal={**fresh(order).data["legal"], "document": uuid_of.get(name, str(own.uuid))})
    assert "ファイルがありません" in by_date.problem(order)


def test_the_confirm_page_names_the_file_and_notices_another_one(order, client):
    send(client, order, "first.xlsx")
    confirm = f"/orders/{order.uuid}/confirm/"
    html = client.get(confirm).content.decode()
    assert "first.xlsx" in html
    shown = re.findall(r'name="shown" value="([^"]*)"', html)[0]
    send(client, order, "second.xlsx")
    answer = client.post(confirm, {"shown": shown})
    assert answer.status_code == 409
    assert "second.xlsx" in answer.content.decode()


def test_what_is_accepted_keeps_its_file(order, client):
    send(client, order, "record.xlsx")
    by_date.place(order)
    answer = client.post(address(order), {**LEGAL, "document-clear": "on"})
    assert answer.status_code == 409
    assert Document.objects.get().name == "record.xlsx"
