"""What operators do with an inquiry: answer, note, close, open again, take over."""

from django.db import transaction
from django.utils.translation import gettext as _

from selfcare import calendar, clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.inquiries.expected import expected_at
from selfcare.inquiries.models import Inquiry, Message
from selfcare.inquiries.services import telling
from selfcare.orders.days import business_days
from selfcare.orders.procedures import NotPossible


def answer(*, inquiry: Inquiry, text: str, actor: User, seen: int | None = None) -> Inquiry:
    """Write to the customer, who is told by mail that there is an answer, and nobody waits any more.

    `seen`: the newest message that the operator had read. Raises NotPossible when there is a newer one.
    """
    with transaction.atomic():
        row = _locked(inquiry)
        newest = row.messages.filter(is_internal=False).order_by("-pk").values_list("pk", flat=True).first()
        if seen is not None and newest != seen:
            raise NotPossible(
                _("この画面を開いたあとに、新しいメッセージが届きました。読んでから、もう一度送信してください。")
            )
        now = clock.now()
        Message.objects.create(
            inquiry=row, side=Message.Side.OPERATOR, author=actor, text=_required(text), written_at=now
        )
        row.state, row.expected_at, row.changed_at, row.is_unread = Inquiry.State.ANSWERED, None, now, True
        if row.assigned_to_id is None:
            row.assigned_to = actor
        row.save(update_fields=["state", "expected_at", "changed_at", "is_unread", "assigned_to"])
        _record("inquiry.answered", row, actor)
        telling.answered(row)
    return row


def note(*, inquiry: Inquiry, text: str, actor: User) -> None:
    """For operators only; the customer's wait goes on."""
    with transaction.atomic():
        row = _locked(inquiry)
        Message.objects.create(
            inquiry=row,
            side=Message.Side.OPERATOR,
            author=actor,
            text=_required(text),
            is_internal=True,
            written_at=clock.now(),
        )
        _record("inquiry.noted", row, actor)


def close(*, inquiry: Inquiry, reason: str, actor: User) -> Inquiry:
    """End it without an answer (settled by telephone, sent by mistake). Raises NotPossible when it has ended."""
    with transaction.atomic():
        row = _locked(inquiry)
        if row.state == Inquiry.State.CLOSED:
            raise NotPossible(_("このお問い合わせは終了しています。"))
        row.state, row.expected_at, row.changed_at = Inquiry.State.CLOSED, None, clock.now()
        row.save(update_fields=["state", "expected_at", "changed_at"])
        _record("inquiry.closed", row, actor, reason=reason)
    return row


def reopen(*, inquiry: Inquiry, reason: str, actor: User) -> Inquiry:
    """Put it back into the queue, with a new expected time. Raises NotPossible while it waits there."""
    with transaction.atomic():
        row = _locked(inquiry)
        if row.is_open:
            raise NotPossible(_("このお問い合わせは回答待ちです。"))
        now = clock.now()
        row.state, row.changed_at = Inquiry.State.OPEN, now
        row.expected_at = expected_at(now, is_urgent=row.is_urgent, days=business_days(since=calendar.today(now)))
        row.save(update_fields=["state", "expected_at", "changed_at"])
        _record("inquiry.reopened", row, actor, reason=reason)
    return row


def assign(*, inquiry: Inquiry, to: User | None, actor: User) -> Inquiry:
    """Give it to an operator, or back to all."""
    if to is not None and not to.is_staff:
        raise ValueError(_("担当にできるのはオペレーターだけです。"))
    with transaction.atomic():
        row = _locked(inquiry)
        row.assigned_to = to
        row.save(update_fields=["assigned_to"])
        _record("inquiry.assigned", row, actor, to=to.selfcare_id if to else "")
    return row


def _locked(inquiry: Inquiry) -> Inquiry:
    return Inquiry.objects.select_for_update().get(pk=inquiry.pk)


def _required(text: str) -> str:
    words = text.strip()
    if not words:
        raise ValueError(_("内容を入力してください。"))
    return words


def _record(action: str, row: Inquiry, actor: User, **more: str) -> None:
    audit.record(action=action, obj=row, detail={"ticket": row.ticket, **more}, actor=actor)
