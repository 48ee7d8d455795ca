"""The audit trail: who did what to what, when, from where. Insert-only for the application's database role."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from selfcare.accounts.models.users import User


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def visible_to(self, user: "User") -> "AuditEventQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()

    def about(self, object_type: str, object_id: int | str) -> "AuditEventQuerySet":
        return self.filter(object_type=object_type, object_id=str(object_id)).order_by("id")


class AuditEvent(models.Model):
    """One thing that happened. `detail` never holds a secret.

    The order's timeline on the page and the auditor's search read these same rows.
    """

    at = models.DateTimeField(_("日時"), db_default=Now())
    business_at = models.DateTimeField(_("業務日時"))
    action = models.CharField(_("操作"), max_length=60)
    # Kept when a user is removed: the name stays readable without the row.
    actor = models.ForeignKey(
        "accounts.User",
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("操作者"),
    )
    actor_name = models.CharField(_("操作者"), max_length=80, blank=True)
    customer = models.ForeignKey(
        "accounts.Customer",
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("契約者"),
    )
    object_type = models.CharField(_("対象の種類"), max_length=40, blank=True)
    object_id = models.CharField(_("対象"), max_length=64, blank=True)
    detail = models.JSONField(_("内容"), default=dict)
    address = models.GenericIPAddressField(_("接続元"), null=True)
    request_id = models.CharField(_("参照番号"), max_length=40, blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("監査記録")
        verbose_name_plural = _("監査記録")
        indexes = [
            # The timeline of one order, the history of one user.
            models.Index(fields=["object_type", "object_id", "id"], name="audit_of_object"),
            # A customer's part of the trail, newest first.
            models.Index(fields=["customer", "-id"], name="audit_of_customer"),
            models.Index(fields=["actor", "-id"], name="audit_of_actor"),
            # The reference number a customer reads out to support.
            models.Index(fields=["request_id"], name="audit_of_request", condition=~models.Q(request_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}".strip()
