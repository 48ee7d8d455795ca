"""Customers (契約者), their contracts and the addresses their notices go to."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from selfcare.accounts.models.users import User


class Customer(models.Model):
    """A company or person under contract."""

    class Kind(models.TextChoices):
        CORPORATE = "corporate", _("法人")
        PERSONAL = "personal", _("個人")

    class LoginPolicy(models.TextChoices):
        TWO_STEP = "two_step", _("認証コード必須")
        CHOICE = "choice", _("ユーザーが選択")

    class State(models.TextChoices):
        ACTIVE = "active", _("契約中")
        ENDED = "ended", _("契約終了")

    partner_id = models.CharField(_("パートナーID"), max_length=20, unique=True)
    name = models.CharField(_("契約者名"), max_length=120)
    kana = models.CharField(_("契約者名カナ"), max_length=120, blank=True)
    kind = models.CharField(_("区分"), max_length=10, choices=Kind, default=Kind.CORPORATE)
    postal_code = models.CharField(_("郵便番号"), max_length=8)
    address = models.CharField(_("住所"), max_length=200)
    building = models.CharField(_("建物名など"), max_length=120, blank=True)
    login_policy = models.CharField(
        _("ログイン方法の方針"), max_length=10, choices=LoginPolicy, default=LoginPolicy.TWO_STEP
    )
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.ACTIVE)
    created_at = models.DateTimeField(_("登録日時"), auto_now_add=True)

    class Meta:
        verbose_name = _("契約者")
        verbose_name_plural = pgettext_lazy("several", "契約者")

    def __str__(self) -> str:
        return self.name


class ContractQuerySet(models.QuerySet["Contract"]):
    def visible_to(self, user: "User") -> "ContractQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()

    def active(self) -> "ContractQuerySet":
        return self.filter(state=Contract.State.ACTIVE)

    def with_function(self, function: str) -> "ContractQuerySet":
        return self.active().filter(functions__contains=[function])


class Contract(models.Model):
    """Everything sold hangs on one contract; its functions decide what the menu shows."""

    class Kind(models.TextChoices):
        IP_PHONE = "ip_phone", _("IP電話")
        MOBILE = "mobile", _("モバイル")
        IP_VOICE = "ip_voice", _("IP Voice")
        CLOUD_PHONE = "cloud_phone", _("クラウド電話")

    class State(models.TextChoices):
        ACTIVE = "active", _("契約中")
        ENDED = "ended", _("契約終了")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contracts", verbose_name=_("契約者"))
    number = models.CharField(_("契約番号"), max_length=20, unique=True)
    kind = models.CharField(_("種別"), max_length=20, choices=Kind)
    # Codes of the apps that carry the service out ("standard", "b2bua", "docomo"): they own the words for them.
    service = models.CharField(_("サービス"), max_length=30, blank=True)
    plan = models.CharField(_("料金プラン"), max_length=30, blank=True)
    name = models.CharField(_("契約名"), max_length=120, blank=True)
    billing_cycle = models.CharField(_("請求締め"), max_length=10, default="month_end")
    functions = models.JSONField(_("利用できる機能"), default=list, blank=True)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.ACTIVE)
    started_on = models.DateField(_("契約開始日"))
    ended_on = models.DateField(_("契約終了日"), null=True, blank=True)
    mail = models.EmailField(_("契約時の登録メールアドレス"))
    contact_name = models.CharField(_("お問い合わせ先"), max_length=80)
    contact_phone = models.CharField(_("お問い合わせ先電話番号"), max_length=20)

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("契約")
        verbose_name_plural = pgettext_lazy("several", "契約")
        constraints = [
            models.CheckConstraint(
                name="contract_ended_has_end_date",
                condition=models.Q(state="active") | models.Q(ended_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}".strip()


class NotificationAddressQuerySet(models.QuerySet["NotificationAddress"]):
    def visible_to(self, user: "User") -> "NotificationAddressQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class NotificationAddress(models.Model):
    """通知先メールアドレス: where the mails about orders go; used once it is confirmed."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="notification_addresses")
    email = models.EmailField(_("通知先メールアドレス"))
    confirmed_at = models.DateTimeField(_("確認日時"), null=True, blank=True)
    # Of the link that confirms it, and then of the one that did; empty for one that an operator entered.
    token_digest = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001 (unique)
    asked_at = models.DateTimeField(_("登録日時"), null=True, editable=False)
    expires_at = models.DateTimeField(_("確認の期限"), null=True, editable=False)

    objects = NotificationAddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("通知先メールアドレス")
        verbose_name_plural = pgettext_lazy("several", "通知先メールアドレス")
        constraints = [
            models.UniqueConstraint(fields=["customer", "email"], name="notification_address_once_per_customer"),
        ]

    def __str__(self) -> str:
        return self.email
