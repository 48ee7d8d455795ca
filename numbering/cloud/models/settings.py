"""What a number of a cloud phone does with calls: outside business hours, when nobody answers, where they go on to.

The options themselves (switched on, charged) stand on the number; these rows are what the customer has set for them.
A number without a row has not been set yet. Whose they are follows from the number, through which they are fetched.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from numbering.cloud.models.numbers import CloudNumber
from selfcare import phones
from selfcare.accounts.models import Customer

DAY_MINUTES = 24 * 60
#: Days in a week on which the hours are set, Monday first as in Python.
WEEKDAYS = range(7)


class AfterHours(models.Model):
    """時間外アナウンス of one number: the announcement plays whenever its business hours do not run."""

    number = models.OneToOneField(
        CloudNumber, models.CASCADE, primary_key=True, related_name="after_hours_setting", verbose_name=_("電話番号")
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    is_on = models.BooleanField(_("アナウンスを流す"), default=True)
    # National holidays of the calendar are closed days, without being entered one by one.
    closed_on_holidays = models.BooleanField(_("祝日は時間外とする"), default=True)
    text = models.CharField(_("アナウンスの内容"), max_length=300)

    class Meta:
        verbose_name = _("時間外アナウンスの設定")
        verbose_name_plural = pgettext_lazy("several", "時間外アナウンスの設定")
        constraints = [
            models.CheckConstraint(name="after_hours_says_something", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return str(self.number)


class BusinessHours(models.Model):
    """One span of business hours that begins on this weekday: minutes from its 0:00, half-open.

    `closes` over 1440 is on the next day: 18:00 to 2:00 is 1080 to 1560, and belongs to the day on which it begins.
    """

    setting = models.ForeignKey(AfterHours, models.CASCADE, related_name="hours", db_index=False)
    weekday = models.PositiveSmallIntegerField(_("曜日"))
    opens = models.PositiveSmallIntegerField(_("開始"))
    closes = models.PositiveSmallIntegerField(_("終了"))

    class Meta:
        verbose_name = _("営業時間")
        verbose_name_plural = pgettext_lazy("several", "営業時間")
        constraints = [
            # Finds a number's hours too; which spans overlap the form says.
            models.UniqueConstraint(fields=["setting", "weekday", "opens"], name="business_hours_begin_once"),
            models.CheckConstraint(name="business_hours_weekday", condition=Q(weekday__range=(0, 6))),
            models.CheckConstraint(
                name="business_hours_within_a_day",
                condition=Q(opens__lt=DAY_MINUTES, closes__gt=F("opens"), closes__lte=F("opens") + DAY_MINUTES),
            ),
        ]

    def __str__(self) -> str:
        """As people read it: 月 9:00-18:00."""
        days = str(_("月 火 水 木 金 土 日")).split()
        (opens, closes) = (f"{minutes // 60}:{minutes % 60:02}" for minutes in (self.opens, self.closes))
        return f"{days[self.weekday]} {opens}-{closes}"


class ClosedDay(models.Model):
    """A day on which the number is closed besides holidays: 夏季休業, 創立記念日."""

    setting = models.ForeignKey(AfterHours, models.CASCADE, related_name="closed_days", db_index=False)
    day = models.DateField(_("休業日"))
    name = models.CharField(_("名称"), max_length=30, blank=True)

    class Meta:
        verbose_name = _("休業日")
        verbose_name_plural = pgettext_lazy("several", "休業日")
        constraints = [
            models.UniqueConstraint(fields=["setting", "day"], name="closed_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class Voicemail(models.Model):
    """留守番電話 of one number: takes the call after so many seconds; new messages are told by mail."""

    number = models.OneToOneField(
        CloudNumber, models.CASCADE, primary_key=True, related_name="voicemail_setting", verbose_name=_("電話番号")
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    is_on = models.BooleanField(_("留守番電話で応答する"), default=True)
    after_seconds = models.PositiveSmallIntegerField(_("応答するまでの秒数"), default=20)
    greeting = models.CharField(_("応答メッセージ"), max_length=300)
    addresses = ArrayField(models.EmailField(max_length=254), verbose_name=_("通知先メールアドレス"), default=list)

    class Meta:
        verbose_name = _("留守番電話の設定")
        verbose_name_plural = pgettext_lazy("several", "留守番電話の設定")
        constraints = [
            models.CheckConstraint(name="voicemail_seconds", condition=Q(after_seconds__range=(5, 60))),
            models.CheckConstraint(name="voicemail_says_something", condition=~Q(greeting="")),
            models.CheckConstraint(name="voicemail_few_addresses", condition=Q(addresses__len__lte=5)),
        ]

    def __str__(self) -> str:
        return str(self.number)


class Forwarding(models.Model):
    """転送 of one number in one case; whether the chains of several lead back, the service says under its lock."""

    class When(models.TextChoices):
        ALWAYS = "always", _("常に転送")
        NO_ANSWER = "no_answer", _("応答がないとき")
        BUSY = "busy", _("話し中のとき")
        LOGGED_OUT = "logged_out", _("ログイン中の端末がないとき")

    number = models.ForeignKey(
        CloudNumber, models.CASCADE, related_name="forwardings", db_index=False, verbose_name=_("電話番号")
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    when = models.CharField(_("転送する場合"), max_length=10, choices=When)
    target = models.CharField(_("転送先"), max_length=15)
    # Of 応答がないとき alone.
    after_seconds = models.PositiveSmallIntegerField(_("転送するまでの秒数"), null=True, blank=True)

    class Meta:
        verbose_name = _("転送の設定")
        verbose_name_plural = pgettext_lazy("several", "転送の設定")
        constraints = [
            models.UniqueConstraint(fields=["number", "when"], name="forwarding_once_per_case"),
            models.CheckConstraint(
                name="forwarding_case_known", condition=Q(when__in=["always", "no_answer", "busy", "logged_out"])
            ),
            # An ordinary number: emergency and special numbers are shorter.
            models.CheckConstraint(name="forwarding_target_number", condition=Q(target__regex=r"^0[0-9]{9,10}$")),
            models.CheckConstraint(
                name="forwarding_seconds_iff_no_answer",
                condition=Q(when="no_answer", after_seconds__range=(5, 60))
                | (~Q(when="no_answer") & Q(after_seconds__isnull=True)),
            ),
        ]
        indexes = [
            # Which numbers lead to this one: a chain must not come back.
            models.Index(fields=["target"], name="forwarding_to"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.when} {phones.display(self.target)}"
