"""Letters that an operator prints and posts."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Letter(models.Model):
    """One letter to a customer. Its text is sealed until it is marked sent, then erased: a jammed printer loses
    nothing, and nothing readable is left afterwards."""

    class State(models.TextChoices):
        QUEUED = "queued", _("印刷待ち")
        PRINTED = "printed", _("印刷済")
        SENT = "sent", _("発送済")

    kind = models.CharField(_("種類"), max_length=40)
    customer = models.ForeignKey("accounts.Customer", models.PROTECT, related_name="letters", verbose_name=_("契約者"))
    contract = models.ForeignKey(
        "accounts.Contract", models.PROTECT, null=True, related_name="letters", verbose_name=_("契約")
    )
    # What it is about, in words for the operator: リクエストID, セルフケアID.
    reference = models.CharField(_("参照"), max_length=60, blank=True)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.QUEUED)
    sealed = models.BinaryField(null=True)
    created_at = models.DateTimeField(_("登録日時"))
    printed_at = models.DateTimeField(_("印刷日時"), null=True, blank=True)
    sent_at = models.DateTimeField(_("発送日時"), null=True, blank=True)

    class Meta:
        verbose_name = _("郵送物")
        verbose_name_plural = pgettext_lazy("several", "郵送物")
        constraints = [
            models.CheckConstraint(
                name="letter_sealed_until_sent",
                condition=models.Q(state="sent", sealed__isnull=True) | ~models.Q(state="sent"),
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="letter_waiting", condition=~models.Q(state="sent")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}".strip()
