"""Orders: a customer's wish, from the form to its end. The row is also the schedule of what is due."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from selfcare.accounts.models import Contract, Customer, User
from selfcare.orders.models.batches import Batch
from selfcare.orders.states import APPROVAL, OPEN, RETURNED, TERMINAL, State

if TYPE_CHECKING:
    from selfcare.orders.procedures import Procedure

_IS_OPEN = models.Q(state__in=sorted(OPEN))
_AWAITS_APPROVAL = models.Q(state="pending", phase=APPROVAL)


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: User) -> "OrderQuerySet":
        """What a user of the customer may open: everything that was ordered, his own drafts, and those that are
        shared."""
        from selfcare.orders import procedures

        if not user.customer_id:
            return self.none()
        mine = models.Q(accepted_at__isnull=False) | models.Q(actor_id=user.pk)
        shared = procedures.shared_by(user)
        if shared:
            mine |= models.Q(procedure__in=shared)
        return self.filter(mine, customer_id=user.customer_id)

    def accepted(self) -> "OrderQuerySet":
        return self.filter(accepted_at__isnull=False)

    def open(self) -> "OrderQuerySet":
        return self.filter(_IS_OPEN)

    def awaiting_approval(self) -> "OrderQuerySet":
        return self.filter(_AWAITS_APPROVAL)


class Order(models.Model):
    """One wish of a customer.

    `data` holds ids and primitives that only the procedure reads; `shown` is what the confirm page promised (rows,
    quote, promise) in each language, frozen at acceptance. While it waits for approval `accepted_at` is the moment of
    the request, and `expires_at` ends it; `actor` stays who ordered. `due_at`, `next_at`, `cancel_until`, `accepted_at`
    are business time; `lease_until` and `retry_at` are real time.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    procedure = models.CharField(_("手続き"), max_length=60)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="orders", verbose_name=_("契約者"))
    contract = models.ForeignKey(Contract, models.PROTECT, null=True, related_name="orders", verbose_name=_("契約"))
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, blank=True, related_name="orders", db_index=False, verbose_name=_("一括")
    )
    # The row that the order changes, of the procedure's `subject` model: locked at acceptance.
    subject_id = models.BigIntegerField(null=True)
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="orders", verbose_name=_("申込者"))
    state = models.CharField(_("状態"), max_length=20, choices=State, default=State.DRAFT)
    # Where an order in progress stands, in the procedure's own words ("carrier").
    phase = models.CharField(_("段階"), max_length=30, blank=True)
    data = models.JSONField(default=dict)
    shown = models.JSONField(default=dict)
    # What came of it, for the page and the history: ids and primitives, never a secret.
    result = models.JSONField(default=dict)
    search = models.TextField(blank=True)
    due_at = models.DateTimeField(_("実施予定"), null=True)
    cancel_until = models.DateTimeField(_("取消期限"), null=True)
    reason = models.TextField(_("理由"), blank=True)
    # Who accepted, as a digest of the session: what only that session may see hangs on it.
    session_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(_("入力日時"))
    expires_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(_("申込日時"), null=True)
    finished_at = models.DateTimeField(_("終了日時"), null=True)

    next_at = models.DateTimeField(_("次の確認"), null=True)
    retry_at = models.DateTimeField(_("再試行"), null=True)
    lease_until = models.DateTimeField(_("処理中の期限"), null=True)
    lease_token = models.UUIDField(null=True)
    attempt = models.PositiveIntegerField(_("試行回数"), default=0)
    # Whether the outside may know of the order: set before the first call, never taken back.
    begun = models.BooleanField(default=False)
    # Steps without an orderly end since the last one that had one, counted when they begin.
    errors = models.PositiveIntegerField(default=0)
    # Why an order is held, for operators only.
    trouble = models.TextField(_("止まった理由"), blank=True)

    objects = OrderQuerySet.as_manager()
    # The subject's row once it has been read; see procedures.subject_of.
    _subject: Any
    # What a procedure has read for many orders at once, for its other hooks.
    _timetables: Any
    _catalogue: Any
    # The numbers that were found for it, see numbering.dial_in.services.claiming.
    _dial_in_plans: Any
    # Orders that fall with this one once it is accepted, as its confirm page shows them.
    _falling: Any
    #: Who has just approved it; set only for what follows in the same transaction.
    approver: User | None = None

    class Meta:
        verbose_name = _("お申し込み")
        verbose_name_plural = pgettext_lazy("several", "お申し込み")
        constraints = [
            models.CheckConstraint(name="order_state_known", condition=models.Q(state__in=State.values)),
            models.CheckConstraint(
                name="order_accepted_has_due",
                condition=models.Q(state__in=[State.DRAFT, State.EXPIRED])
                | models.Q(accepted_at__isnull=False, due_at__isnull=False),
            ),
            # No request waits for ever: what it holds comes back by itself.
            models.CheckConstraint(
                name="order_approval_expires", condition=~_AWAITS_APPROVAL | models.Q(expires_at__isnull=False)
            ),
            models.CheckConstraint(
                name="order_finished_iff_terminal",
                condition=models.Q(state__in=sorted(TERMINAL), finished_at__isnull=False)
                | models.Q(~models.Q(state__in=sorted(TERMINAL)), finished_at__isnull=True),
            ),
        ]
        indexes = [
            # The claim of what is due, oldest first; locality by what it touches comes from the sort of the ids.
            models.Index(fields=["due_at", "id"], name="order_due", condition=models.Q(state="acknowledged")),
            # Orders that wait for the outside, by when to look again.
            models.Index(fields=["next_at", "id"], name="order_next", condition=models.Q(state="in_progress")),
            # Operators' list: held ones first.
            models.Index(fields=["id"], name="order_held", condition=models.Q(state="held")),
            # Expiry of drafts and pending orders.
            models.Index(
                fields=["expires_at"], name="order_expiry", condition=models.Q(state__in=["draft", "pending"])
            ),
            # The customer's history, newest first, keyset by acceptance. What filters it (service by contract, option,
            # status, and whose an order is) stands in the index too: whatever is asked for, and however rare it is
            # among a hundred thousand, is found and counted without a look at the rows.
            models.Index(
                fields=["customer", "-accepted_at", "-id", "state", "procedure", "contract", "actor"],
                name="order_of_customer",
                condition=models.Q(accepted_at__isnull=False),
            ),
            # The open ones of the home page.
            models.Index(fields=["customer", "due_at"], name="order_open", condition=_IS_OPEN),
            # What waits for approval: the list, and the number on every page of who may approve.
            models.Index(fields=["customer", "id"], name="order_approval", condition=_AWAITS_APPROVAL),
            # The page of what is to come: single orders, however many of batches stand between them.
            models.Index(
                fields=["customer", "due_at", "id"],
                name="order_coming",
                condition=_IS_OPEN & models.Q(batch__isnull=True),
            ),
            # What is open on one line or number.
            models.Index(fields=["procedure", "subject_id"], name="order_of_subject"),
            # The orders of a batch, how many of them are still open, and for when; counted from the index alone.
            models.Index(
                fields=["batch", "state", "due_at"], name="order_of_batch", condition=models.Q(batch__isnull=False)
            ),
            # The history's text filter: 3-grams of the search text, because pg_trgm is not everywhere.
            GinIndex(
                models.Func("search", function="selfcare_grams", output_field=models.TextField()),
                name="order_search",
            ),
        ]

    def __str__(self) -> str:
        return self.request_id

    def __hash__(self) -> int:
        """By its uuid, because procedures answer in dicts of orders and a new draft has no primary key yet."""
        return hash(self.uuid)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Order) and self.uuid == other.uuid

    @property
    def request_id(self) -> str:
        """リクエストID, the number that customers and operators talk about."""
        return f"R{self.pk:08d}"

    @property
    def handler(self) -> "Procedure":
        """The procedure that carries this order out; raises UnknownProcedure for a code nobody registered."""
        from selfcare.orders import procedures

        return procedures.get(self.procedure)

    @property
    def placed_by(self) -> str:
        """Who ordered, in the customer's eyes: one of its own by name, an operator only as such."""
        if self.actor is None:
            return ""
        return self.actor.display_name if self.actor.customer_id else str(_("オペレーター"))

    @property
    def taken_by(self) -> User | None:
        """By whose word it is accepted: who approved it, else who ordered."""
        return self.approver or self.actor

    @property
    def subject_label(self) -> str:
        """What it is about, in a word; empty when it is the contract as a whole or the row is not known."""
        from selfcare.orders import procedures

        subject = procedures.subject_of(self)
        return "" if subject is None or isinstance(subject, Contract) else str(subject)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_terminal(self) -> bool:
        return self.state in TERMINAL

    @property
    def is_draft(self) -> bool:
        """Never ordered, whether or not its time is over. Also the draft of a batch that waits for approval."""
        return self.accepted_at is None

    @property
    def awaits_approval(self) -> bool:
        """承認待ち: nothing is carried out until a second person of the customer says yes."""
        return self.state == State.PENDING and self.phase == APPROVAL

    @property
    def is_returned(self) -> bool:
        """差戻し: it waits for its customer's correction."""
        return self.state == State.PENDING and self.phase == RETURNED

    @property
    def state_label(self) -> str:
        """The state in the customer's words: an accepted order whose day has not come is a booking."""
        from selfcare.orders.procedures import UnknownProcedure

        try:
            words = self.handler.state_words
        except UnknownProcedure:  # one that is offered no more: operators still read its orders
            return str(State(self.state).label)
        # Of one that is held, the phase is where it stopped, not what is being done.
        word = words.get(self.phase if self.is_open and self.state != State.HELD else "") or words.get(self.state)
        if word:
            return str(word)
        if self.state == State.ACKNOWLEDGED and self.due_at and self.accepted_at and self.due_at > self.accepted_at:
            return str(self.handler.waiting_label)
        return str(State(self.state).label)

    def can_cancel(self, now: datetime) -> bool:
        """Whether the customer may still undo it at `now`; the UPDATE that cancels tests the same again.

        One that has been returned, or waits for approval, can be undone whatever the day: nobody prepares it.
        """
        return self.is_open_ended or (
            self.state in (State.ACKNOWLEDGED, State.PENDING)
            and self.cancel_until is not None
            and now < self.cancel_until
        )

    @property
    def is_open_ended(self) -> bool:
        """Whether it can be undone without a deadline."""
        return self.is_returned or self.awaits_approval

    @property
    def approve_url(self) -> str:
        return reverse("orders:approve", args=[self.uuid])

    def get_absolute_url(self) -> str:
        return reverse("orders:order", args=[self.uuid])

    def shown_part(self, name: str) -> Any:
        """`rows`, `quote` or `promise` as they were at acceptance, in the reader's language; None on a draft."""
        kept = self.shown.get(get_language() or "") or self.shown.get(settings.LANGUAGE_CODE) or {}
        return kept.get(name)
