"""A form is one ticket however often it comes; limits, states and the promises that go with them."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connections, transaction

from selfcare import calendar
from selfcare.accounts.models import AuditEvent
from selfcare.documents.refusing import Refused as FileRefused
from selfcare.documents.services.storing import store
from selfcare.documents.services.sweeping import discard_abandoned
from selfcare.inquiries import keys
from selfcare.inquiries.models import Category, Inquiry, Message
from selfcare.inquiries.services import answering, sending
from selfcare.orders.procedures import NotPossible
from selfcare.work.models import Mail
from tests import builders
from tests.selfcare.documents import files
from tests.selfcare.inquiries.parts import sent, wish

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def promised(inquiry: Inquiry) -> str:
    assert inquiry.expected_at is not None
    return calendar.local(inquiry.expected_at).strftime("%m-%d %H:%M")


def test_a_ticket_has_its_day_and_the_promise(owner, clock):
    clock.set("2026-11-20 17:31")
    inquiry = sent(owner)
    assert inquiry.ticket == f"Q20261120-{inquiry.pk:06d}"
    assert promised(inquiry) == "11-24 17:30"
    assert list(Inquiry.objects.with_ticket(inquiry.ticket.lower())) == [inquiry]
    wrong = [
        "", "Q", inquiry.ticket[:-1], f"Q20261121-{inquiry.pk:06d}", f"Q20261120-{inquiry.pk}0", "Q20261120-²²²²²²",
        "Q20261120-" + "9" * 30, "Q99991231-000001", "Q00000000-000001", f"Q20261120-0{inquiry.pk:06d}",
        f"X20261120-{inquiry.pk:06d}",
    ]  # fmt: skip
    for ticket in wrong:
        assert not Inquiry.objects.with_ticket(ticket).exists(), ticket


def test_the_same_form_twice_is_one_ticket(owner, colleague, clock):
    one = wish()
    first = sending.send(wish=one, actor=owner)
    assert sending.send(wish=one, actor=owner) == first
    # Filled in anew with the same words: still one; ten minutes later it is another.
    assert sent(owner) == first
    assert sent(owner, text="別の内容") != first
    assert sent(colleague) != first
    # The same words about another contract, or with another number to call back, are another matter.
    other = builders.contract(customer=owner.customer)
    assert len({sent(owner, contract=contract).pk for contract in (None, other, other)} - {first.pk}) == 1
    assert sent(owner, callback_phone="0312345678") != first
    clock.set("2026-11-20 10:11")
    assert sent(owner) == Inquiry.objects.latest("pk")
    assert Message.objects.filter(key=keys.of(owner, one.key)).count() == 1
    assert Mail.objects.filter(template="inquiry_received", to=owner.email).count() == 5


def test_another_customers_key_is_another_form(owner, stranger, clock):
    one = wish()
    assert sending.send(wish=one, actor=owner) != sending.send(wish=one, actor=stranger)
    found = sending.sent(key=one.key, user=stranger)
    assert found is not None
    assert found.customer_id == stranger.customer_id


def test_urgent_ones_need_a_number_and_jump_the_queue(owner, clock):
    clock.set("2026-11-20 16:00")
    ordinary = sent(owner)
    urgent = sent(owner, category=Category.STOPPED, callback_phone="09000001111", text="止まっています")
    assert promised(urgent) == "11-20 17:30"
    queue = Inquiry.objects.waiting().order_by("-is_urgent", "expected_at", "id")
    assert list(queue) == [urgent, ordinary]
    with pytest.raises(IntegrityError), transaction.atomic():
        sent(owner, category=Category.STOPPED, text="番号なし")


def test_a_thread_goes_back_and_forth(owner, operator, clock):
    inquiry = sent(owner)
    answering.note(inquiry=inquiry, text="確認中", actor=operator)
    newest = inquiry.messages.filter(is_internal=False).latest("pk").pk
    answered = answering.answer(inquiry=inquiry, text="お試しください。", seen=newest, actor=operator)
    assert (answered.state, answered.expected_at, answered.is_unread) == ("answered", None, True)
    assert answered.assigned_to == operator
    sending.note_read(inquiry=inquiry, actor=owner)
    clock.set("2026-11-20 17:00")
    key = keys.fresh()
    again = sending.add(inquiry=inquiry, key=key, text="まだです。", actor=owner)
    assert (again.state, again.is_unread, again.is_open) == ("open", False, True)
    assert sending.add(inquiry=inquiry, key=key, text="まだです。", actor=owner).messages.count() == 4
    # What came in between is read before it is answered.
    with pytest.raises(NotPossible, match="新しいメッセージ"):
        answering.answer(inquiry=inquiry, text="x", seen=newest, actor=operator)
    assert sending.close(inquiry=inquiry, actor=owner)
    assert not sending.close(inquiry=inquiry, actor=owner)
    answering.reopen(inquiry=inquiry, reason="再調査", actor=operator)
    with pytest.raises(NotPossible):
        answering.reopen(inquiry=inquiry, reason="再調査", actor=operator)
    told = list(AuditEvent.objects.about("inquiry", inquiry.pk).order_by("pk").values_list("action", flat=True))
    assert told == [f"inquiry.{word}" for word in ("sent", "noted", "answered", "written", "closed", "reopened")]
    assert not any("お試し" in str(detail) for detail in AuditEvent.objects.values_list("detail", flat=True))


def test_mails_say_that_there_is_something_and_never_what(owner, operator, clock):
    inquiry = sent(owner, text="秘密の内容")
    answering.answer(inquiry=inquiry, text="秘密の回答", actor=operator)
    mails = list(Mail.objects.order_by("pk"))
    assert {mail.template for mail in mails} >= {"inquiry_for_operators", "inquiry_answered"}
    assert not any("秘密" in str(mail.context) for mail in mails)
    assert all(inquiry.ticket in str(mail.context) for mail in mails)


def test_strangers_neither_write_nor_close(owner, stranger, operator, clock):
    inquiry = sent(owner)
    for nobody in (stranger, operator):
        with pytest.raises(PermissionDenied):
            sending.add(inquiry=inquiry, key=keys.fresh(), text="x", actor=nobody)
        with pytest.raises(PermissionDenied):
            sending.close(inquiry=inquiry, actor=nobody)
        assert not Inquiry.objects.visible_to(nobody).exists()


def test_a_day_has_its_limit(owner, clock):
    for number in range(sending.MOST_INQUIRIES):
        sent(owner, text=f"{number}")
    with pytest.raises(sending.Refused, match="1日に"):
        sent(owner, text="もう一つ")
    clock.set("2026-11-21 10:01")
    sent(owner, text="もう一つ")


def test_files_hang_on_the_form_until_it_is_sent_and_no_longer(owner, clock, folder):
    def attach(key: str):
        upload = SimpleUploadedFile("画面.pdf", files.pdf())
        return store(upload=upload, kind="inquiries.attachment_1", holder=keys.holder(owner, key), actor=owner)

    one, left = wish(), keys.fresh()
    kept = attach(one.key)
    orphan = attach(left)
    inquiry = sending.send(wish=one, actor=owner)
    with pytest.raises(FileRefused, match="送信されたあと"):
        attach(one.key)
    clock.set(inquiry.created_at + timedelta(days=1, minutes=1))
    assert discard_abandoned() == 1
    assert list(type(kept).objects.all()) == [kept]
    assert kept != orphan
    page = keys.page_of(kept.holder.partition(":")[2])
    assert page is not None
    assert page[0] == inquiry.ticket


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
@pytest.mark.serial
@pytest.mark.parametrize("guarded", [True, False])
def test_two_presses_at_one_moment_are_one_ticket(owner, guarded):
    """Without the constraint, and each form with a key of its own, there would be two."""
    one = wish(text="同時")
    tickets: list[int] = []

    def press(number: int) -> None:
        try:
            own = one if guarded else wish(text=f"同時 {number}")
            tickets.append(sending.send(wish=own, actor=owner).pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(tickets) == 2
    assert len(set(tickets)) == Inquiry.objects.count() == (1 if guarded else 2)
