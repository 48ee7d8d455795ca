"""What a customer wants a second person to look at before it is carried out (spec 1.2)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from selfcare.accounts.models import Customer, Role


class ApprovalRule(models.Model):
    """二者承認 of one customer. No row, or one that is off: nothing waits for anybody."""

    customer = models.OneToOneField(
        Customer, models.PROTECT, primary_key=True, related_name="approval_rule", verbose_name=_("契約者")
    )
    is_on = models.BooleanField(_("承認を使う"), default=False)
    #: What cannot be undone once it is carried out (`Procedure.is_final`).
    finals = models.BooleanField(_("元に戻せない手続き"), default=False)
    #: Codes of procedures that always wait.
    procedures = models.JSONField(_("手続き"), default=list)
    #: More numbers or lines at once than this.
    over_count = models.PositiveIntegerField(_("番号・回線の数"), null=True, blank=True)
    #: A higher sum of what is added each month and once, whole yen without tax.
    over_yen = models.PositiveIntegerField(_("金額"), null=True, blank=True)
    #: The least role of who approves.
    approvers = models.CharField(_("承認する人"), max_length=10, choices=Role, default=Role.MEMBER)
    updated_at = models.DateTimeField(_("更新日時"))

    class Meta:
        verbose_name = _("承認ルール")
        verbose_name_plural = _("承認ルール")
        constraints = [
            # Viewers order nothing, and so approve nothing.
            models.CheckConstraint(
                name="approval_rule_by_who_orders", condition=models.Q(approvers__in=[Role.MEMBER, Role.OWNER])
            ),
            # A rule that is on and wants nothing would look like protection.
            models.CheckConstraint(
                name="approval_rule_wants_something",
                condition=models.Q(is_on=False)
                | models.Q(finals=True)
                | ~models.Q(procedures=[])
                | models.Q(over_count__isnull=False)
                | models.Q(over_yen__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"
