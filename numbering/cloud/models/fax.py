"""クラウドFAX: faxes that came, faxes that are sent, and whom those that came are told or forwarded to by mail."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from numbering.cloud.models.numbers import CloudNumber
from selfcare import phones
from selfcare.accounts.models import Customer, User
from selfcare.documents.models import Document


class FaxSentQuerySet(models.QuerySet["FaxSent"]):
    def visible_to(self, user: User) -> "FaxSentQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class FaxReceivedQuerySet(models.QuerySet["FaxReceived"]):
    def visible_to(self, user: User) -> "FaxReceivedQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class FaxSent(models.Model):
    """One fax that a user sends: a PDF (its document) or a text. `uuid` is the form's own key: sent twice is one fax.

    `attempt_no` counts the user's attempts: with `uuid` it is the key under which the gateway sends it once.
    `created_at` and `ended_at` are business time; `next_at` and `lease_until` are real time.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("送信待ち")
        SENDING = "sending", _("送信中")
        SENT = "sent", _("送信済")
        FAILED = "failed", _("失敗")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.ForeignKey(CloudNumber, models.PROTECT, related_name="faxes_sent", verbose_name=_("FAX番号"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False, verbose_name=_("契約者"))
    to = models.CharField(_("宛先"), max_length=15)
    text = models.TextField(_("本文"), blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", verbose_name=_("ファイル"))
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.QUEUED)
    reason = models.CharField(_("失敗の理由"), max_length=60, blank=True)
    pages = models.PositiveSmallIntegerField(_("ページ数"), null=True)
    attempt_no = models.PositiveSmallIntegerField(_("送信回数"), default=1)
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False, verbose_name=_("送信者"))
    created_at = models.DateTimeField(_("受付日時"))
    ended_at = models.DateTimeField(_("完了日時"), null=True)
    next_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    # Calls in a row without an answer.
    tries = models.PositiveIntegerField(default=0)

    objects = FaxSentQuerySet.as_manager()

    class Meta:
        verbose_name = _("送信FAX")
        verbose_name_plural = pgettext_lazy("several", "送信FAX")
        constraints = [
            models.CheckConstraint(
                name="fax_sent_is_text_or_file",
                condition=Q(text="", document__isnull=False) | (~Q(text="") & Q(document__isnull=True)),
            ),
            models.CheckConstraint(
                name="fax_sent_ended_iff_over",
                condition=Q(state__in=["sent", "failed"], ended_at__isnull=False, next_at__isnull=True)
                | Q(state__in=["queued", "sending"], ended_at__isnull=True, next_at__isnull=False),
            ),
            models.CheckConstraint(name="fax_sent_to_digits", condition=Q(to__regex=r"^0[0-9]{9,14}$")),
        ]
        indexes = [
            # What the worker takes next.
            models.Index(fields=["next_at"], name="fax_sent_due", condition=Q(next_at__isnull=False)),
            # A number's list, newest first; a customer's day, for its limit.
            models.Index(fields=["number", "-id"], name="fax_sent_of_number"),
            models.Index(fields=["customer", "-created_at"], name="fax_sent_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.number} → {phones.display(self.to)}"

    @property
    def key(self) -> str:
        return f"{self.uuid}-{self.attempt_no}"


class FaxReceived(models.Model):
    """One fax that came to a number. The gateway announces it; its file is fetched by a worker.

    `arrived_at` is business time; `next_at` and `lease_until` are real time, and empty once the file is here, or cannot
    be taken.
    """

    class State(models.TextChoices):
        ANNOUNCED = "announced", _("取り込み中")
        READY = "ready", _("受信済")
        REFUSED = "refused", _("表示できません")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # The gateway's own id: the same fax announced twice is one.
    gateway_id = models.CharField(max_length=60, unique=True, editable=False)
    number = models.ForeignKey(CloudNumber, models.PROTECT, related_name="faxes_received", verbose_name=_("FAX番号"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False, verbose_name=_("契約者"))
    # Empty: the sender has hidden it.
    sender = models.CharField(_("発信元"), max_length=15, blank=True)
    pages = models.PositiveSmallIntegerField(_("ページ数"), default=1)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", verbose_name=_("ファイル"))
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.ANNOUNCED)
    is_read = models.BooleanField(_("既読"), default=False)
    arrived_at = models.DateTimeField(_("受信日時"))
    next_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    tries = models.PositiveIntegerField(default=0)

    objects = FaxReceivedQuerySet.as_manager()

    class Meta:
        verbose_name = _("受信FAX")
        verbose_name_plural = pgettext_lazy("several", "受信FAX")
        constraints = [
            models.CheckConstraint(
                name="fax_received_ready_has_file",
                condition=Q(state="ready", document__isnull=False, next_at__isnull=True)
                | Q(state="refused", document__isnull=True, next_at__isnull=True)
                | Q(state="announced", document__isnull=True, next_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="fax_received_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=["number", "-id"], name="fax_received_of_number"),
        ]

    def __str__(self) -> str:
        return f"{phones.display(self.sender) if self.sender else '-'} → {self.number}"


class FaxForwarding(models.Model):
    """Whom a FAX number's faxes are told to by mail: addresses that the customer has entered or chosen.

    `addresses` hear that a fax has come and where it is; `attached` get its PDF as well, and are chosen from those
    that are known to be the company's (services/fax_mails.py).
    """

    number = models.OneToOneField(
        CloudNumber, models.PROTECT, primary_key=True, related_name="fax_forwarding", verbose_name=_("FAX番号")
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    addresses = ArrayField(models.EmailField(), default=list, blank=True, verbose_name=_("お知らせのみの宛先"))
    attached = ArrayField(models.EmailField(), default=list, blank=True, verbose_name=_("PDFを添付する宛先"))

    class Meta:
        verbose_name = _("FAXのお知らせ先")
        verbose_name_plural = pgettext_lazy("several", "FAXのお知らせ先")
        constraints = [
            # One mail to each address: with the PDF or without it.
            models.CheckConstraint(
                name="fax_forwarding_one_way_each", condition=~Q(attached__overlap=models.F("addresses"))
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class FaxForwarded(models.Model):
    """One fax that a user had sent to an address, as a PDF. `key` is the form's own: sent twice is one mail.

    `created_at` is business time.
    """

    fax = models.ForeignKey(
        FaxReceived, models.PROTECT, related_name="forwarded", db_index=False, verbose_name=_("受信FAX")
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False, verbose_name=_("契約者"))
    # With the address, which its constraint has: who goes back and chooses another one means another mail.
    key = models.UUIDField(editable=False)
    to = models.EmailField(_("転送先"))
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False, verbose_name=_("転送した人"))
    created_at = models.DateTimeField(_("転送日時"))

    class Meta:
        verbose_name = _("転送したFAX")
        verbose_name_plural = pgettext_lazy("several", "転送したFAX")
        constraints = [
            # Also what a fax's page lists by.
            models.UniqueConstraint(fields=["fax", "key", "to"], name="fax_forwarded_once"),
        ]

    def __str__(self) -> str:
        return f"{self.fax} → {self.to}"
