"""Batches: many orders with one draft, one confirmation and one mail; and the rows of them that were not taken."""

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from selfcare.accounts.models import Customer, User

if TYPE_CHECKING:
    from selfcare.orders.procedures import Procedure


class Approval(models.TextChoices):
    """What came of the question whether a second person approves a batch; empty where nobody was asked."""

    WAITING = "waiting", _("承認待ち")
    APPROVED = "approved", _("承認済")
    REFUSED = "refused", _("却下")
    WITHDRAWN = "withdrawn", _("取消済")
    EXPIRED = "expired", _("期限切れ")


_AWAITS_APPROVAL = models.Q(approval="waiting")
_ORDERED = models.Q(accepted_at__isnull=False) | models.Q(requested_at__isnull=False)


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user: User) -> "BatchQuerySet":
        """What a user of the customer may open: everything that was ordered, and his own drafts."""
        if not user.customer_id:
            return self.none()
        mine = _ORDERED | models.Q(actor_id=user.pk)
        return self.filter(mine, customer_id=user.customer_id)

    def placed(self) -> "BatchQuerySet":
        """Accepted, or at least asked to be approved."""
        return self.filter(_ORDERED)

    def awaiting_approval(self) -> "BatchQuerySet":
        return self.filter(_AWAITS_APPROVAL)


class Batch(models.Model):
    """Many orders of one procedure with one draft, one confirmation and one mail.

    All of them are accepted in one transaction, or, where the procedure takes the good ones (`takes_the_good`), chunk
    by chunk as of one moment, `accepted_at`: what cannot be taken is among the refusals. While it waits for approval
    its orders stay drafts, and `expires_at` ends it.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    procedure = models.CharField(_("手続き"), max_length=60)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="batches", verbose_name=_("契約者"))
    actor = models.ForeignKey(User, models.PROTECT, related_name="batches", verbose_name=_("申込者"))
    # Where the wishes came from: the file's name, as people know it.
    source = models.CharField(_("ファイル"), max_length=200, blank=True)
    # Where the rows were chosen, for 戻る: a path of ours, or empty.
    back = models.CharField(max_length=200, blank=True)
    # Of what is wished, to tell the same file sent again; empty where all or none is taken.
    digest = models.CharField(max_length=64, blank=True)
    # Rows as they were sent, with those that could not even become an order.
    count = models.PositiveIntegerField(_("件数"))
    session_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(_("入力日時"))
    expires_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(_("申込日時"), null=True)
    # Confirmed, and some of its orders are still to be accepted.
    accepting = models.BooleanField(default=False)
    # Moments and prices that the confirm page showed: [[due, monthly yen, once yen], ...], each pair of them once.
    agreed = models.JSONField(default=list)
    # When the last of its orders came to an end.
    finished_at = models.DateTimeField(_("終了日時"), null=True)
    # Two-person approval: when it was asked for, what came of it, who said so and why.
    approval = models.CharField(_("承認"), max_length=10, choices=Approval, blank=True)
    requested_at = models.DateTimeField(_("承認を求めた日時"), null=True)
    decided_at = models.DateTimeField(_("承認の終了日時"), null=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("承認者")
    )
    reason = models.TextField(_("理由"), blank=True)
    # What the confirm page had shown to who asked, as good_rows.seal_shown signs it.
    asked = models.JSONField(default=dict)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("一括のお申し込み")
        verbose_name_plural = pgettext_lazy("several", "一括のお申し込み")
        constraints = [
            models.CheckConstraint(name="batch_has_orders", condition=models.Q(count__gte=1)),
            models.CheckConstraint(
                name="batch_finished_after_accepted",
                condition=models.Q(finished_at__isnull=True) | models.Q(accepted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="batch_accepting_between",
                condition=models.Q(accepting=False) | models.Q(accepted_at__isnull=False, finished_at__isnull=True),
            ),
            models.CheckConstraint(
                name="batch_approval_known", condition=models.Q(approval__in=["", *Approval.values])
            ),
            # Who waits for approval has asked, has an end, and is not accepted; who has an answer has a moment of it.
            models.CheckConstraint(
                name="batch_approval_complete",
                condition=models.Q(approval="", requested_at__isnull=True, decided_at__isnull=True)
                | models.Q(
                    approval="waiting",
                    requested_at__isnull=False,
                    decided_at__isnull=True,
                    expires_at__isnull=False,
                    accepted_at__isnull=True,
                )
                | models.Q(
                    approval__in=["approved", "refused", "withdrawn", "expired"],
                    requested_at__isnull=False,
                    decided_at__isnull=False,
                ),
            ),
            # The same file waits for approval once, too.
            models.UniqueConstraint(
                fields=["customer", "digest"],
                name="batch_once_waiting",
                condition=_AWAITS_APPROVAL & ~models.Q(digest=""),
            ),
            # The same file is under way once, however often and from wherever it is sent.
            models.UniqueConstraint(
                fields=["customer", "digest"],
                name="batch_once_open",
                condition=models.Q(accepted_at__isnull=False, finished_at__isnull=True) & ~models.Q(digest=""),
            ),
        ]
        indexes = [
            # The customer's list, newest first.
            models.Index(fields=["customer", "-id"], name="batch_of_customer"),
            # What the workers still have to accept.
            models.Index(fields=["id"], name="batch_accepting", condition=models.Q(accepting=True)),
            # What waits for approval.
            models.Index(fields=["customer", "id"], name="batch_approval", condition=_AWAITS_APPROVAL),
        ]

    def __str__(self) -> str:
        return self.request_id

    @property
    def request_id(self) -> str:
        """The number that customers and operators talk about; its orders have theirs."""
        return f"B{self.pk:08d}"

    @property
    def handler(self) -> "Procedure":
        from selfcare.orders import procedures

        return procedures.get(self.procedure)

    @property
    def approver(self) -> User | None:
        """Who approved it; None where nobody had to."""
        return self.decided_by if self.approval == Approval.APPROVED else None

    @property
    def is_draft(self) -> bool:
        return self.accepted_at is None

    @property
    def approve_url(self) -> str:
        return reverse("orders:batch_approve", args=[self.uuid])

    @property
    def awaits_approval(self) -> bool:
        return self.approval == Approval.WAITING

    def get_absolute_url(self) -> str:
        return reverse("orders:batch", args=[self.uuid])


class BatchRefusal(models.Model):
    """A row of a batch that did not become an accepted order, with the reason that the customer reads.

    `order` is empty where the row could not even become a draft; `typed` is what was typed there, never a secret.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="refusals", db_index=False)
    order = models.OneToOneField("orders.Order", models.CASCADE, null=True, related_name="refusal")
    label = models.CharField(max_length=100, blank=True)
    typed = models.TextField(blank=True)
    reason = models.TextField()

    class Meta:
        indexes = [
            # The batch's list of them, keyset.
            models.Index(fields=["batch", "id"], name="refusal_of_batch"),
        ]

    def __str__(self) -> str:
        return self.label
