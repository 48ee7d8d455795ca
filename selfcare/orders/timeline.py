"""The timeline of an order: the audit events of its moves, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare.accounts.models.audit import AuditEvent, AuditEventQuerySet
from selfcare.orders.models import Order
from selfcare.orders.states import APPROVAL, TERMINAL, State

#: What the customer reads of each move; a step within "in progress" has no word of its own.
_WORDS: dict[str, Any] = {
    "order.pending": gettext_lazy("承認を待っています"),
    "order.acknowledged": gettext_lazy("受け付けました"),
    "order.in_progress": gettext_lazy("手続きを進めています"),
    "order.completed": gettext_lazy("完了しました"),
    "order.cancelled": gettext_lazy("取り消しました"),
    "order.failed": gettext_lazy("お手続きできませんでした"),
    "order.rejected": gettext_lazy("却下されました"),
    "order.expired": gettext_lazy("期限が切れました"),
    "order.held": gettext_lazy("担当者が確認しています"),
    "order.rescheduled": gettext_lazy("予定日を変更しました"),
}
#: The same, where a second person's approval was asked for: by the action, the phase before, and the answer.
_OF_APPROVAL: dict[str, Any] = {
    "order.acknowledged": gettext_lazy("承認され、受け付けました"),
    "order.rejected": gettext_lazy("却下されました"),
    "order.expired": gettext_lazy("承認の期限が切れました"),
    "order.cancelled": gettext_lazy("申し込みを取り下げました"),
}
#: What is told each time, also twice in a row.
_EACH = frozenset({"order.rescheduled"})


@dataclass(frozen=True)
class Entry:
    """One line: business time, what happened, who did it (empty: the system), and why."""

    at: datetime
    text: str
    actor: str
    reason: str


def timeline(events: AuditEventQuerySet, order: Order) -> list[Entry]:
    """Oldest first; repeated steps of one state are told once, unless the procedure has a word for the phase."""
    entries: list[Entry] = []
    last = ""
    waited = False
    for event in events.about("order", order.pk).select_related("actor")[:200]:
        state = event.action.removeprefix("order.")
        # An order that has ended or stopped stands in no phase any more, whatever it was in when it did.
        phase = "" if state in TERMINAL or state == State.HELD else event.detail.get("phase", "")
        own = order.handler.state_words.get(state if state in TERMINAL else phase)
        words = own or (waited and _OF_APPROVAL.get(event.action)) or _WORDS.get(event.action)
        waited = state == State.PENDING and phase == APPROVAL
        step = f"{event.action}:{phase}" if own else event.action
        if words is None or (step == last and event.action not in _EACH):
            continue
        last = step
        entries.append(Entry(event.business_at, str(words), _who(event), event.detail.get("reason", "")))
    return entries


def _who(event: AuditEvent) -> str:
    """The customer's own people by name; an operator only as such."""
    if event.actor_id is None:
        return ""
    if event.actor is None:
        return event.actor_name
    return event.actor.display_name if event.actor.customer_id else str(_("オペレーター"))
