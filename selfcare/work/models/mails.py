"""The outbox: mails are rows of the transaction that they tell about, and are sent after it."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Mail(models.Model):
    """One mail to one address. All moments are real time; a sent mail keeps neither codes nor links."""

    class State(models.TextChoices):
        QUEUED = "queued", _("送信待ち")
        SENT = "sent", _("送信済")
        DROPPED = "dropped", _("期限切れ")
        HELD = "held", _("確認中")

    class Lane(models.TextChoices):
        DEFAULT = "default", _("通常")
        LOGIN = "login", _("ログイン")

    # Part of the Message-ID: stable over retries, so that the receiver can tell a repetition.
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lane = models.CharField(_("種別"), max_length=10, choices=Lane, default=Lane.DEFAULT)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.QUEUED)
    customer = models.ForeignKey(
        "accounts.Customer", models.PROTECT, null=True, related_name="mails", verbose_name=_("契約者")
    )
    template = models.CharField(_("文面"), max_length=60)
    to = models.EmailField(_("宛先"))
    language = models.CharField(_("言語"), max_length=2, default=settings.LANGUAGE_CODE)
    context = models.JSONField(_("文面に入る内容"), default=dict)
    # What may be read by the addressee only (a code, a link): sealed until it is sent, then erased.
    sealed = models.BinaryField(null=True)
    # Mails to one address with the same word are gathered into one, if they wait at the same moment.
    gather = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(_("登録日時"))
    expires_at = models.DateTimeField(_("送信期限"), null=True)
    sent_at = models.DateTimeField(_("送信日時"), null=True)
    # The mail that carried this one, when several were gathered.
    carried_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="+", verbose_name=_("まとめて送ったメール")
    )
    attempt = models.PositiveIntegerField(_("試行回数"), default=0)
    next_at = models.DateTimeField(_("次の試行"))
    lease_until = models.DateTimeField(null=True)
    trouble = models.TextField(_("止まった理由"), blank=True)

    class Meta:
        verbose_name = _("メール")
        verbose_name_plural = pgettext_lazy("several", "メール")
        constraints = [
            models.CheckConstraint(
                name="mail_sent_keeps_no_secret",
                condition=models.Q(state="queued") | models.Q(state="held") | models.Q(sealed__isnull=True),
            ),
        ]
        indexes = [
            # The claim, per lane, oldest first.
            models.Index(fields=["lane", "next_at"], name="mail_queued", condition=models.Q(state="queued")),
            models.Index(fields=["customer", "-id"], name="mail_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.pk}"
