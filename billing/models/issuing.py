"""Who issues invoices, and how customers pay them."""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from selfcare.accounts.models import Customer

_DIGITS = re.compile(r"^T[0-9]{13}$")


def check_digit(number12: str) -> int:
    """The first of the 13 digits of a corporate number, from the other 12 (国税庁告示: modulo 9)."""
    total = sum(int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number12)))
    return 9 - total % 9


def validate_registration_number(value: str) -> None:
    """適格請求書発行事業者登録番号 of a corporation: T and its 13-digit corporate number."""
    if not _DIGITS.match(value):
        raise ValidationError(_("登録番号は、T と13桁の数字です。"))
    if check_digit(value[2:]) != int(value[1]):
        raise ValidationError(_("登録番号の検査数字が合いません。13桁の数字を確認してください。"))


class Issuer(models.Model):
    """The company that bills, as its invoices of a time name it. A change is a new row from its first day on."""

    name = models.CharField(_("名称"), max_length=120)
    registration_number = models.CharField(_("登録番号"), max_length=14, validators=[validate_registration_number])
    postal_code = models.CharField(_("郵便番号"), max_length=8)
    address = models.CharField(_("住所"), max_length=200)
    phone = models.CharField(_("お問い合わせ先電話番号"), max_length=20)
    bank = models.CharField(_("振込先"), max_length=200)
    valid_from = models.DateField(_("適用開始日"), unique=True)

    class Meta:
        verbose_name = _("請求書発行者")
        verbose_name_plural = pgettext_lazy("several", "請求書発行者")
        constraints = [
            models.CheckConstraint(
                name="issuer_registration_number", condition=Q(registration_number__regex=r"^T[0-9]{13}$")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PaymentTerms(models.Model):
    """How a customer pays. Without a row: by transfer, by the end of the month after the billed one's."""

    class Method(models.TextChoices):
        TRANSFER = "transfer", _("銀行振込")
        DEBIT = "debit", _("口座振替")
        CARD = "card", _("クレジットカード")

    customer = models.OneToOneField(
        Customer, models.PROTECT, primary_key=True, related_name="+", verbose_name=_("契約者")
    )
    method = models.CharField(_("支払方法"), max_length=10, choices=Method, default=Method.TRANSFER)
    # Day of the month after the closing; 31 is the last day. A bank's holiday moves it to the next business day.
    due_day = models.PositiveSmallIntegerField(_("支払期日（日）"), default=31)
    # Whom the invoice goes to, where it is not the customer's own name.
    recipient = models.CharField(_("請求書の宛名"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("支払条件")
        verbose_name_plural = pgettext_lazy("several", "支払条件")
        constraints = [
            models.CheckConstraint(name="payment_terms_day", condition=Q(due_day__range=(1, 31))),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.get_method_display()}"
