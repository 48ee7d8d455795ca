"""Whom customers ask, by service: data that operators keep."""

from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from selfcare import calendar


class SupportContact(models.Model):
    """One window of the customer service."""

    class Service(models.TextChoices):
        GENERAL = "general", _("共通（ログイン前など）")
        IP_PHONE = "ip_phone", _("050番号（IP電話）")
        MOBILE = "mobile", _("モバイル")
        DIAL_IN = "dial_in", _("ダイヤルイン")
        CLOUD_PHONE = "cloud_phone", _("クラウド電話")

    service = models.CharField(_("サービス"), max_length=20, choices=Service, unique=True)
    name = models.CharField(_("窓口の名前"), max_length=80)
    name_en = models.CharField(_("窓口の名前（英語）"), max_length=80, blank=True)
    mail = models.EmailField(_("メールアドレス"))
    phone = models.CharField(_("電話番号"), max_length=15, blank=True, help_text=_("空欄：メールのみの窓口"))
    opens = models.TimeField(_("受付開始"))
    closes = models.TimeField(_("受付終了"))
    weekdays_only = models.BooleanField(_("平日のみ"), default=True)
    # 担当営業 of a contract is a person with a number; the contract knows both.
    names_contract = models.BooleanField(
        _("契約の担当を優先する"),
        default=True,
        help_text=_("契約にお問い合わせ先（担当営業など）が登録されているときは、その名前と電話番号を表示します。"),
    )

    class Meta:
        verbose_name = _("お問い合わせ窓口")
        verbose_name_plural = pgettext_lazy("several", "お問い合わせ窓口")
        constraints = [
            models.CheckConstraint(
                name="support_contact_hours_in_order", condition=models.Q(opens__lt=models.F("closes"))
            ),
            models.CheckConstraint(
                name="support_contact_phone_digits",
                condition=models.Q(phone="") | models.Q(phone__regex=r"^[0-9]{3,15}$"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        return self.name_en if self.name_en and get_language() == "en" else self.name

    @property
    def hours(self) -> calendar.Hours:
        return calendar.Hours(self.opens, self.closes)
