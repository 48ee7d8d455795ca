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


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user: User) -> "BatchQuerySet":
        """What a user of the customer may open: everything accepted, and his own drafts."""
        if not user.customer_id:
            return self.none()
        mine = models.Q(accepted_at__isnull=False) | models.Q(actor_id=user.pk)
        return self.filter(mine, customer_id=user.customer_id)


class Batch(models.Model):
    """Many orders of one procedure with one draft, one confirmation and one mail.

    All of them are accepted in one transaction, or, where the procedure takes the good ones (`takes_the_good`), chunk
    by chunk as of one moment, `accepted_at`: what cannot be taken is among the refusals.
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
    def is_draft(self) -> bool:
        return self.accepted_at is None

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
