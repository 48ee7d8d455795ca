"""The life of an order: its states, which may follow which, and the sets the queries use."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """The TM Forum's words for the life of an order; the labels are what the customer reads."""

    DRAFT = "draft", _("入力中")
    PENDING = "pending", _("承認待ち")
    ACKNOWLEDGED = "acknowledged", _("受付済")
    IN_PROGRESS = "in_progress", _("手続き中")
    COMPLETED = "completed", _("完了")
    CANCELLED = "cancelled", _("取消済")
    FAILED = "failed", _("不成立")
    REJECTED = "rejected", _("却下")
    EXPIRED = "expired", _("期限切れ")
    HELD = "held", _("担当者が確認中")


#: The phase of a pending order that waits for its customer's correction (差戻し).
RETURNED = "returned"
#: The phase of a pending order that waits until a second person of its customer approves it (承認待ち). One that
#: ends so keeps the word: it never was accepted.
APPROVAL = "approval"

#: Accepted and not yet at an end: such an order holds its keys and whatever it reserved.
OPEN = frozenset({State.PENDING, State.ACKNOWLEDGED, State.IN_PROGRESS, State.HELD})
TERMINAL = frozenset({State.COMPLETED, State.CANCELLED, State.FAILED, State.REJECTED, State.EXPIRED})
#: Accepted, and ended without effect.
FRUITLESS = frozenset({State.CANCELLED, State.FAILED, State.REJECTED, State.EXPIRED})

TRANSITIONS: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.PENDING, State.ACKNOWLEDGED, State.EXPIRED}),
    # From a state to itself: into another phase.
    State.PENDING: frozenset({State.PENDING, State.ACKNOWLEDGED, State.REJECTED, State.EXPIRED, State.CANCELLED}),
    State.ACKNOWLEDGED: frozenset(
        {
            State.ACKNOWLEDGED,
            State.PENDING,
            State.IN_PROGRESS,
            State.COMPLETED,
            State.CANCELLED,
            State.FAILED,
            State.HELD,
        }
    ),
    State.IN_PROGRESS: frozenset(
        {State.IN_PROGRESS, State.COMPLETED, State.CANCELLED, State.FAILED, State.HELD, State.PENDING}
    ),
    State.HELD: frozenset({State.ACKNOWLEDGED, State.IN_PROGRESS, State.COMPLETED, State.FAILED}),
}
