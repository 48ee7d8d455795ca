"""Batches: many orders with one draft, one confirmation and one mail."""

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
    """Many orders of one procedure with one draft, one confirmation and one mail, accepted in one transaction."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    procedure = models.CharField(_("手続き"), max_length=60)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="batches", verbose_name=_("契約者"))
    actor = models.ForeignKey(User, models.PROTECT, related_name="batches", verbose_name=_("申込者"))
    # Where the wishes came from: the file's name, as people know it.
    source = models.CharField(_("ファイル"), max_length=200, blank=True)
    count = models.PositiveIntegerField(_("件数"))
    session_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(_("入力日時"))
    expires_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(_("申込日時"), null=True)
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
        ]
        indexes = [
            # The customer's list, newest first.
            models.Index(fields=["customer", "-id"], name="batch_of_customer"),
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
