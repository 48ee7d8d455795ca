"""What customers write: a new inquiry, and more to one that stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from selfcare import calendar, clock
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, Customer, User
from selfcare.documents.models import Document
from selfcare.inquiries import keys
from selfcare.inquiries.expected import expected_at
from selfcare.inquiries.models import Inquiry, Message
from selfcare.inquiries.models.inquiries import URGENT
from selfcare.inquiries.services import telling
from selfcare.inquiries.subjects import Subject
from selfcare.orders.days import business_days

LONGEST = 4000
#: New inquiries and further messages of one customer within a day.
MOST_INQUIRIES, MOST_MESSAGES = 20, 100
#: The same words from the same user within this time are the same inquiry: the form was opened and filled anew.
SAME_WITHIN = timedelta(minutes=10)


class Refused(Exception):
    """`str(error)` is shown above the form; nothing has been stored, nothing typed is lost."""


@dataclass(frozen=True)
class Wish:
    """A form as it was filled in and checked."""

    key: str
    category: str
    text: str
    subject: Subject
    contract: Contract | None = None
    callback_phone: str = ""


def sent(*, key: str, user: User) -> Inquiry | None:
    """The ticket that a form with this key has become already."""
    return Inquiry.objects.visible_to(user).filter(messages__key=keys.of(user, key)).first()


def send(*, wish: Wish, actor: User) -> Inquiry:
    """A new ticket; the one that stands when the form comes a second time. Raises Refused.

    Urgent ones need a number to call back: the form asks for it, the database insists.
    """
    customer_id = _customer(actor)
    held = keys.of(actor, wish.key)
    now = clock.now()
    with transaction.atomic():
        # The customer's row orders what its users send, so that the limit and the same words are seen.
        Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
        keys.lock(held)
        known = sent(key=wish.key, user=actor) or _same(wish, held, actor, now)
        if known is not None:
            return known
        _require_room(Inquiry.objects.filter(customer_id=customer_id, created_at__gt=_day_before(now)).count())
        is_urgent = wish.category in URGENT
        inquiry = Inquiry.objects.create(
            customer_id=customer_id,
            contract=wish.contract or wish.subject.contract,
            number=wish.subject.number,
            order=wish.subject.order,
            category=wish.category,
            is_urgent=is_urgent,
            callback_phone=wish.callback_phone,
            expected_at=_expected(now, is_urgent=is_urgent),
            created_by=actor,
            created_at=now,
            changed_at=now,
        )
        _write(inquiry, held, wish.text, actor, now)
        audit.record(action="inquiry.sent", obj=inquiry, detail=_detail(inquiry), actor=actor)
        telling.received(inquiry)
    return inquiry


def add(*, inquiry: Inquiry, key: str, text: str, actor: User) -> Inquiry:
    """A further message, which waits for an answer again; the same form twice is one. Raises Refused."""
    customer_id = _customer(actor)
    if inquiry.customer_id != customer_id:
        raise PermissionDenied
    held = keys.of(actor, key)
    now = clock.now()
    with transaction.atomic():
        row = Inquiry.objects.select_for_update().get(pk=inquiry.pk)
        keys.lock(held)
        if Message.objects.filter(key=held).exists():
            return row
        written = Message.objects.filter(
            inquiry__customer_id=customer_id, side=Message.Side.CUSTOMER, written_at__gt=_day_before(now)
        )
        _require_room(written.count(), most=MOST_MESSAGES)
        if not row.is_open:
            row.state, row.expected_at = Inquiry.State.OPEN, _expected(now, is_urgent=row.is_urgent)
        row.changed_at, row.is_unread = now, False
        row.save(update_fields=["state", "expected_at", "changed_at", "is_unread"])
        _write(row, held, text, actor, now)
        audit.record(action="inquiry.written", obj=row, detail=_detail(row), actor=actor)
        telling.received(row)
    return row


def close(*, inquiry: Inquiry, actor: User) -> bool:
    """The customer needs no answer any more. False when it was over already."""
    if inquiry.customer_id != _customer(actor):
        raise PermissionDenied
    with transaction.atomic():
        row = Inquiry.objects.select_for_update().get(pk=inquiry.pk)
        if row.state == Inquiry.State.CLOSED:
            return False
        row.state, row.expected_at, row.changed_at = Inquiry.State.CLOSED, None, clock.now()
        row.is_unread = False
        row.save(update_fields=["state", "expected_at", "changed_at", "is_unread"])
        audit.record(action="inquiry.closed", obj=row, detail=_detail(row), actor=actor)
    return True


def note_read(*, inquiry: Inquiry, actor: User) -> None:
    """Somebody of the customer has seen the answer."""
    Inquiry.objects.visible_to(actor).filter(pk=inquiry.pk, is_unread=True).update(is_unread=False)


def _customer(actor: User) -> int:
    if actor.customer_id is None:
        raise PermissionDenied
    return actor.customer_id


def _same(wish: Wish, held: str, actor: User, now: datetime) -> Inquiry | None:
    """The inquiry with the same words, unless this one brings files of its own."""
    if Document.objects.held_by(held).exists():
        return None
    return (
        Inquiry.objects.visible_to(actor)
        .waiting()
        .filter(
            created_by=actor,
            created_at__gt=now - SAME_WITHIN,
            category=wish.category,
            contract=wish.contract or wish.subject.contract,
            number=wish.subject.number,
            order=wish.subject.order,
            callback_phone=wish.callback_phone,
            messages__text=wish.text,
            messages__side=Message.Side.CUSTOMER,
        )
        .order_by("pk")
        .first()
    )


def _write(inquiry: Inquiry, held: str, text: str, actor: User, now: datetime) -> None:
    Message.objects.create(
        inquiry=inquiry, side=Message.Side.CUSTOMER, author=actor, text=text, key=held, written_at=now
    )


def _expected(now: datetime, *, is_urgent: bool) -> datetime:
    return expected_at(now, is_urgent=is_urgent, days=business_days(since=calendar.today(now)))


def _require_room(count: int, most: int = MOST_INQUIRIES) -> None:
    if count >= most:
        raise Refused(
            _(
                "1日に送信できる数（%(most)d件）を超えました。お急ぎのときは、下の窓口へ電話またはメールでご連絡ください。"
            )
            % {"most": most}
        )


def _day_before(now: datetime) -> datetime:
    return now - timedelta(days=1)


def _detail(inquiry: Inquiry) -> dict[str, object]:
    return {"ticket": inquiry.ticket, "category": inquiry.category, "is_urgent": inquiry.is_urgent}
