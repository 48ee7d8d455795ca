"""IDs, with which the app on a smartphone or a desk phone logs in; which numbers ring at them; their devices."""

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from numbering.cloud.models.contracts import CloudContract
from numbering.cloud.models.numbers import CloudNumber
from selfcare.accounts.models import Contract, Customer

if TYPE_CHECKING:
    from selfcare.accounts.models import User


class CloudIdQuerySet(models.QuerySet["CloudId"]):
    def visible_to(self, user: "User") -> "CloudIdQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()

    def live(self) -> "CloudIdQuerySet":
        return self.filter(ended_on__isnull=True)


class CloudId(models.Model):
    """One ID of a contract. The basic fee includes two; what the others cost are charges with `code` as subject.

    `password` is a Django password hash of what the app asks for. It does not contain the login name: after the
    switch to the new scheme the login name is another one, and the password stays (spec 7.3).
    """

    cloud = models.ForeignKey(CloudContract, models.PROTECT, related_name="ids", verbose_name=_("契約"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False, verbose_name=_("契約者"))
    # Never changes: "C00012345". Bills and the trail name the ID by it; with the new scheme it is the login name.
    code = models.CharField(_("ID番号"), max_length=15, unique=True)
    # 従来方式: digits of the number that is its own (the first one: the number acquired), with "-2" and so on.
    login_name = models.CharField(_("ログインID"), max_length=20)
    password = models.CharField(max_length=128, blank=True)
    password_set_at = models.DateTimeField(_("パスワード設定日時"), null=True, blank=True)
    label = models.CharField(_("名前"), max_length=40, blank=True)
    # One of the two that the basic fee includes.
    is_included = models.BooleanField(_("基本料金に含む"), default=False)
    has_desk_phone = models.BooleanField(_("固定型IP電話機"), default=False)
    # 10分かけ放題.
    flat_rate = models.BooleanField(_("10分かけ放題"), default=False)
    # The number that who is called sees.
    outgoing = models.ForeignKey(
        CloudNumber, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("発信番号")
    )
    started_on = models.DateField(_("利用開始日"))
    # The first day without it.
    ended_on = models.DateField(_("終了日"), null=True, blank=True)

    objects = CloudIdQuerySet.as_manager()

    class Meta:
        verbose_name = _("クラウド電話のID")
        verbose_name_plural = pgettext_lazy("several", "クラウド電話のID")
        constraints = [
            # Two phones never share a login, and no old name comes back to life on another contract's phone.
            models.UniqueConstraint(
                fields=["login_name"], name="cloud_id_login_once", condition=Q(ended_on__isnull=True)
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "code"], name="cloud_id_of_customer"),
        ]

    def __str__(self) -> str:
        return self.login_name

    @property
    def contract(self) -> Contract:
        """The ordinary contract: what orders about it hang on."""
        return self.cloud.contract


class Ringing(models.Model):
    """A number rings at an ID (several IDs can ring together); of a FAX number: the ID uses it."""

    number = models.ForeignKey(CloudNumber, models.CASCADE, related_name="ringing", verbose_name=_("電話番号"))
    cloud_id = models.ForeignKey(
        CloudId, models.CASCADE, related_name="ringing", db_column="cloud_id", verbose_name=_("ID")
    )

    class Meta:
        verbose_name = _("着信")
        verbose_name_plural = pgettext_lazy("several", "着信")
        constraints = [
            models.UniqueConstraint(fields=["number", "cloud_id"], name="ringing_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.cloud_id}"


class DeviceQuerySet(models.QuerySet["Device"]):
    def visible_to(self, user: "User") -> "DeviceQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()

    def logged_in(self) -> "DeviceQuerySet":
        return self.filter(logged_out_at__isnull=True)


class Device(models.Model):
    """A smartphone or desk phone that has logged in with an ID, and the SIP account that it got by that.

    The account lives from `logged_in_at` until `logged_out_at` (business time, half-open): the registrar's view shows
    it in between, so that who is logged out on the page is refused with every worker dead. Its digests are those of
    numbering.sip; nobody can read the device's password here.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cloud_id = models.ForeignKey(
        CloudId, models.PROTECT, related_name="devices", db_column="cloud_id", verbose_name=_("ID")
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False, verbose_name=_("契約者"))
    name = models.CharField(_("端末"), max_length=60)
    platform = models.CharField(_("OS"), max_length=30, blank=True)
    # Where the push gateway reaches the app; empty: it has not told.
    push_token = models.CharField(max_length=200, blank=True)
    # What the gateway said when it was asked last, and when (real time).
    push_reached = models.BooleanField(_("プッシュ通知"), null=True)
    push_asked_at = models.DateTimeField(_("プッシュ確認日時"), null=True)
    username = models.CharField(max_length=15)
    realm = models.CharField(max_length=120)
    ha1 = models.CharField(max_length=32)
    ha1b = models.CharField(max_length=32)
    ha1_sha256 = models.CharField(max_length=64)
    logged_in_at = models.DateTimeField(_("ログイン日時"))
    last_seen_at = models.DateTimeField(_("最終利用日時"))
    logged_out_at = models.DateTimeField(_("ログアウト日時"), null=True, blank=True)
    # Its registration was dropped at the registrar, and not to be tried before (real time), see numbering.Credential.
    dropped_at = models.DateTimeField(null=True)
    drop_after = models.DateTimeField(null=True)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        verbose_name = _("ログイン中の端末")
        verbose_name_plural = pgettext_lazy("several", "ログイン中の端末")
        constraints = [
            models.UniqueConstraint(fields=["username", "realm"], name="device_account_once"),
            # The registrar copies the digest into a buffer of fixed size.
            models.CheckConstraint(
                name="device_digests_hex",
                condition=Q(ha1__regex=r"^[0-9a-f]{32}$", ha1b__regex=r"^[0-9a-f]{32}$")
                & Q(ha1_sha256__regex=r"^[0-9a-f]{64}$"),
            ),
            models.CheckConstraint(
                name="device_out_after_in",
                condition=Q(logged_out_at__isnull=True) | Q(logged_out_at__gte=F("logged_in_at")),
            ),
        ]
        indexes = [
            # Those whose registrations are still to be dropped.
            models.Index(
                fields=["logged_out_at"],
                name="device_to_drop",
                condition=Q(logged_out_at__isnull=False, dropped_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SetupCode(models.Model):
    """What the QR code holds with which a phone is set up: once, for half an hour (real time); kept as a digest."""

    digest = models.CharField(max_length=64, primary_key=True)
    cloud_id = models.ForeignKey(
        CloudId, models.CASCADE, related_name="setup_codes", db_column="cloud_id", verbose_name=_("ID")
    )
    made_at = models.DateTimeField(_("発行日時"))
    expires_at = models.DateTimeField(_("期限"))
    used_at = models.DateTimeField(_("使用日時"), null=True)

    class Meta:
        verbose_name = _("設定用QRコード")
        verbose_name_plural = pgettext_lazy("several", "設定用QRコード")

    def __str__(self) -> str:
        return f"{self.cloud_id} {self.expires_at}"
