"""How a contract's bills are paid: the methods registered, and cards on their way through the provider's page."""

import uuid
from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models.issuing import PaymentTerms
from selfcare.accounts.models import Contract, Customer

if TYPE_CHECKING:
    from selfcare.accounts.models import User

Kind = PaymentTerms.Method


def _of_somebody(name: str) -> models.CheckConstraint:
    """Of a contract and its customer, or of something that may become one."""
    return models.CheckConstraint(
        name=name,
        condition=Q(contract__isnull=False, customer__isnull=False, holder="")
        | (Q(contract__isnull=True, customer__isnull=True) & ~Q(holder="")),
    )


class PaymentDay(models.Model):
    """On which day of the month a contract's bills are collected, and since when it is billed (本申込の日).

    31 is the last day of every month. A contract without a row pays by its customer's PaymentTerms.
    """

    contract = models.OneToOneField(
        Contract, models.PROTECT, primary_key=True, related_name="+", verbose_name=_("契約")
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    day = models.PositiveSmallIntegerField(_("支払日"))
    since = models.DateField(_("課金開始日"))

    class Meta:
        verbose_name = _("支払日")
        verbose_name_plural = pgettext_lazy("several", "支払日")
        constraints = [models.CheckConstraint(name="payment_day_of_a_month", condition=Q(day__range=(1, 31)))]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.day}"


class MethodQuerySet(models.QuerySet["PaymentMethod"]):
    def visible_to(self, user: "User") -> "MethodQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()

    def in_force(self, month: date) -> "MethodQuerySet":
        """The newest first: the first one of a contract pays its bill of the month."""
        return self.filter(state=PaymentMethod.State.ACTIVE, from_month__lte=month).order_by("-from_month", "-pk")


class PaymentMethod(models.Model):
    """One way to pay, from a billed month on until a later row takes over.

    `holder` names what it hangs on before there is a contract ("cloud_application:<uuid>"). Of a card only what the
    provider lets us show is here; its number has never been.
    """

    class State(models.TextChoices):
        # The form for the account transfer is on its way; bills go by bank transfer until an operator confirms it.
        WAITING = "waiting", _("手続き中")
        ACTIVE = "active", _("登録済")
        # Another one took its place before its first bill, or the bank sent the form back.
        ENDED = "ended", _("取消済")

    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, related_name="payment_methods", verbose_name=_("契約")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("契約者")
    )
    holder = models.CharField(_("申込"), max_length=80, blank=True)
    kind = models.CharField(_("支払方法"), max_length=10, choices=Kind)
    state = models.CharField(_("状態"), max_length=10, choices=State)
    # First day of the first month that it pays; empty while it hangs on an application, and while it waits.
    from_month = models.DateField(_("適用開始の請求月"), null=True, blank=True)
    # The provider's token: worth nothing to anybody who does not sign with our secret.
    card_token = models.CharField(max_length=80, blank=True, editable=False)
    card_brand = models.CharField(_("カードブランド"), max_length=20, blank=True)
    card_last4 = models.CharField(_("カード番号の下4桁"), max_length=4, blank=True)
    # The last day on which it is good.
    card_expires_on = models.DateField(_("カードの有効期限"), null=True, blank=True)
    # When the customer was told that it ends: once.
    expiry_told_at = models.DateTimeField(_("有効期限のお知らせ"), null=True, blank=True)
    # As operators enter it from the form: bank, branch, kind and the last digits of the account.
    account = models.CharField(_("引落口座"), max_length=120, blank=True)
    reason = models.CharField(_("理由"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("登録日時"), db_default=Now())
    changed_at = models.DateTimeField(_("変更日時"), null=True, blank=True)

    objects = MethodQuerySet.as_manager()

    class Meta:
        verbose_name = _("お支払い方法")
        verbose_name_plural = pgettext_lazy("several", "お支払い方法")
        constraints = [
            _of_somebody("payment_method_of_somebody"),
            models.CheckConstraint(name="payment_method_kind_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="payment_method_state_known", condition=Q(state__in=["waiting", "active", "ended"])
            ),
            # A card without its token cannot be charged, and nothing else has one.
            models.CheckConstraint(
                name="payment_method_card_has_token",
                condition=(
                    Q(kind="card", card_expires_on__isnull=False, card_last4__regex="^[0-9]{4}$") & ~Q(card_token="")
                )
                | (~Q(kind="card") & Q(card_token="", card_last4="", card_brand="", card_expires_on__isnull=True)),
            ),
            # Only the account transfer waits for paper.
            models.CheckConstraint(
                name="payment_method_only_debit_waits", condition=~Q(state="waiting") | Q(kind="debit")
            ),
            # What hangs on an application pays nothing; a contract's method pays from a month on: its first day.
            models.CheckConstraint(
                name="payment_method_of_contract_has_month",
                condition=Q(from_month__isnull=True, contract__isnull=True)
                | Q(from_month__isnull=True, state__in=["waiting", "ended"])
                | Q(from_month__isnull=False, from_month__day=1, contract__isnull=False),
            ),
            # Two methods that begin with one bill: nobody would know which one pays.
            models.UniqueConstraint(
                fields=["contract", "from_month"], name="payment_method_one_per_bill", condition=Q(state="active")
            ),
            # A second form while the first is on its way.
            models.UniqueConstraint(
                fields=["contract"],
                name="payment_method_one_waits",
                condition=Q(state="waiting", contract__isnull=False),
            ),
            # An application is paid in one way; the last one chosen counts.
            models.UniqueConstraint(
                fields=["holder"], name="payment_method_one_of_holder",
                condition=~Q(holder="") & Q(state__in=["waiting", "active"]),
            ),
        ]  # fmt: skip
        indexes = [
            # Whose card ends and who has not been told.
            models.Index(
                fields=["card_expires_on"], name="payment_method_expiring",
                condition=Q(state="active", expiry_told_at__isnull=True, card_expires_on__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """As people read it: クレジットカード VISA ****4242."""
        card = f"{self.card_brand} ****{self.card_last4}".strip() if self.kind == Kind.CARD else ""
        return " ".join(filter(None, [str(self.get_kind_display()), card, self.account]))


class CardRegistration(models.Model):
    """A card that is being registered on the provider's page, with 3-D Secure and never without.

    Its id is our idempotency key and the state that the browser brings back. The result comes by callback or by
    asking, whichever is first; times are real.
    """

    class State(models.TextChoices):
        OPEN = "open", _("手続き中")
        PASSED = "passed", _("登録済")
        # The card's issuer said no, or 3-D Secure was not passed.
        REFUSED = "refused", _("利用不可")
        # Left, or the time was over: nothing has been registered.
        EXPIRED = "expired", _("未完了")

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("契約")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("契約者")
    )
    holder = models.CharField(_("申込"), max_length=80, blank=True)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.OPEN)
    # A path of this portal, to which the browser goes in the end.
    back_to = models.CharField(max_length=300)
    provider_id = models.CharField(_("決済代行会社の番号"), max_length=80, null=True, blank=True, unique=True)
    # Where the card is entered; the provider makes it once per registration.
    page = models.CharField(max_length=500, blank=True)
    # The provider's word for why not: declined, not_authenticated, abandoned, cookies_blocked, ...
    reason = models.CharField(_("理由"), max_length=60, blank=True)
    card_token = models.CharField(max_length=80, blank=True, editable=False)
    card_brand = models.CharField(_("カードブランド"), max_length=20, blank=True)
    card_last4 = models.CharField(_("カード番号の下4桁"), max_length=4, blank=True)
    card_expires_on = models.DateField(_("カードの有効期限"), null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("操作者")
    )
    created_at = models.DateTimeField(_("開始日時"), db_default=Now())
    ended_at = models.DateTimeField(_("終了日時"), null=True, blank=True)
    # What the card was made into; set when the customer has confirmed it.
    method = models.OneToOneField(
        PaymentMethod,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="registration",
        verbose_name=_("お支払い方法"),
    )

    class Meta:
        verbose_name = _("カードの登録手続き")
        verbose_name_plural = pgettext_lazy("several", "カードの登録手続き")
        constraints = [
            _of_somebody("card_registration_of_somebody"),
            models.CheckConstraint(
                name="card_registration_state_known", condition=Q(state__in=["open", "passed", "refused", "expired"])
            ),
            # Passed means a card that can be charged; every other way leaves nothing of it.
            models.CheckConstraint(
                name="card_registration_passed_has_card",
                condition=(
                    Q(state="passed", card_expires_on__isnull=False, card_last4__regex="^[0-9]{4}$") & ~Q(card_token="")
                )
                | (~Q(state="passed") & Q(card_token="", card_last4="", method__isnull=True)),
            ),
            # A path of our own: "//other.example" would lead away.
            models.CheckConstraint(
                name="card_registration_leads_back_here", condition=Q(back_to__regex=r"^/([^/\\]|$)")
            ),
        ]
        indexes = [
            # What is still to be asked about.
            models.Index(fields=["created_at"], name="card_registration_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return str(self.uuid)
