"""Inquiries: a ticket, and what customer and operators write to each other in its thread."""

import re
from datetime import date, datetime
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from selfcare import calendar
from selfcare.accounts.models import Contract, Customer, User
from selfcare.orders.models import Order


class Category(models.TextChoices):
    STOPPED = "stopped", _("電話が止まっている")
    RINGING = "ringing", _("着信音が鳴らない・着信しない")
    APP = "app", _("アプリ・端末の設定")
    DEVICES = "devices", _("宅内装置・優先電話機・FAX")
    LOGIN = "login", _("ログイン・ユーザー")
    ORDER = "order", _("お申し込み・お手続き")
    BILLING = "billing", _("料金・お支払い")
    CONTRACT = "contract", _("ご契約内容・名義・住所")
    OTHER = "other", _("その他")


_TICKET = re.compile(r"Q([0-9]{8})-([0-9]{6,18})", re.ASCII)
#: Answered the same business day, with a number to call back.
URGENT = frozenset({Category.STOPPED})


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    def visible_to(self, user: User) -> "InquiryQuerySet":
        """A customer's users read each other's: whoever comes next goes on where the first one stopped."""
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()

    def waiting(self) -> "InquiryQuerySet":
        """What an operator has to answer."""
        return self.filter(state=Inquiry.State.OPEN)

    def with_ticket(self, ticket: str) -> "InquiryQuerySet":
        """By the number that stands on the page and in the mails; nothing for what is none."""
        asked = _TICKET.fullmatch(ticket.upper())
        if asked is None or f"{int(asked[2]):06d}" != asked[2]:
            return self.none()
        try:
            day = date(int(asked[1][:4]), int(asked[1][4:6]), int(asked[1][6:]))
            # The day is part of the number: a ticket of another day is none.
            begins, ends = calendar.midnight(day), calendar.midnight(day + calendar.ONE_DAY)
        except (ValueError, OverflowError):
            return self.none()
        return self.filter(pk=int(asked[2]), created_at__gte=begins, created_at__lt=ends)


class Inquiry(models.Model):
    """One ticket. All times are business time.

    `expected_at` is when the answer is to be there; it is empty while nobody waits for one.
    """

    class State(models.TextChoices):
        OPEN = "open", _("回答待ち")
        ANSWERED = "answered", _("回答済")
        CLOSED = "closed", _("終了")

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="inquiries", db_index=False, verbose_name=_("契約者")
    )
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("契約")
    )
    # What it is about: a telephone number (digits) or an order, of this customer.
    number = models.CharField(_("電話番号"), max_length=15, blank=True)
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("お申し込み")
    )
    category = models.CharField(_("種類"), max_length=20, choices=Category)
    is_urgent = models.BooleanField(_("緊急"), default=False)
    callback_phone = models.CharField(_("折り返し先電話番号"), max_length=15, blank=True)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.OPEN)
    expected_at = models.DateTimeField(_("回答予定"), null=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False, verbose_name=_("送信者"))
    assigned_to = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("担当オペレーター")
    )
    # An answer that nobody of the customer has seen yet.
    is_unread = models.BooleanField(_("未読の回答"), default=False)
    created_at = models.DateTimeField(_("受付日時"))
    changed_at = models.DateTimeField(_("最終更新"))

    objects = InquiryQuerySet.as_manager()

    class Meta:
        verbose_name = _("お問い合わせ")
        verbose_name_plural = pgettext_lazy("several", "お問い合わせ")
        constraints = [
            models.CheckConstraint(
                name="inquiry_state_known", condition=models.Q(state__in=["open", "answered", "closed"])
            ),
            # Whoever waits has been told until when; nobody is told so who does not wait.
            models.CheckConstraint(
                name="inquiry_expected_iff_open",
                condition=models.Q(state="open", expected_at__isnull=False)
                | models.Q(~models.Q(state="open"), expected_at__isnull=True),
            ),
            # Whose telephone has stopped is called back: on another number.
            models.CheckConstraint(
                name="inquiry_urgent_has_callback",
                condition=models.Q(is_urgent=False) | ~models.Q(callback_phone=""),
            ),
            models.CheckConstraint(
                name="inquiry_one_subject", condition=models.Q(number="") | models.Q(order__isnull=True)
            ),
        ]
        indexes = [
            # The operators' queue: urgent first, then by when the answer is due.
            models.Index(
                fields=["-is_urgent", "expected_at", "id"], name="inquiry_queue", condition=models.Q(state="open")
            ),
            # A customer's list, newest first.
            models.Index(fields=["customer", "-id"], name="inquiry_of_customer"),
            # The badge of every page.
            models.Index(fields=["customer"], name="inquiry_unread", condition=models.Q(is_unread=True)),
        ]

    def __str__(self) -> str:
        return self.ticket

    @property
    def ticket(self) -> str:
        """Q20261121-000123: the day it came, and which one."""
        return f"Q{calendar.today(self.created_at):%Y%m%d}-{self.pk:06d}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    def is_overdue(self, now: datetime) -> bool:
        return self.expected_at is not None and self.expected_at < now

    def get_absolute_url(self) -> str:
        return reverse("inquiries:thread", args=[self.ticket])


class Message(models.Model):
    """One text of a thread; written once. Files that came with a customer's hang on `key`, see documents.holders."""

    class Side(models.TextChoices):
        CUSTOMER = "customer", _("お客様")
        OPERATOR = "operator", _("オペレーター")

    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="messages", verbose_name=_("お問い合わせ"))
    side = models.CharField(_("書いた側"), max_length=10, choices=Side)
    author = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False, verbose_name=_("書いた人"))
    text = models.TextField(_("内容"))
    # Operators among themselves: never on a customer's page.
    is_internal = models.BooleanField(_("社内メモ"), default=False)
    # "inquiry:<customer>-<uuid>": of the form that sent it; the same form sent twice finds it taken.
    key = models.CharField(max_length=100, null=True, editable=False)  # noqa: DJ001 (unique)
    written_at = models.DateTimeField(_("日時"))

    class Meta:
        verbose_name = _("メッセージ")
        verbose_name_plural = pgettext_lazy("several", "メッセージ")
        constraints = [
            # The same form sent twice is one message, and one ticket.
            models.UniqueConstraint(fields=["key"], name="inquiry_message_sent_once"),
            models.CheckConstraint(
                name="inquiry_message_of_customer_has_key",
                condition=models.Q(side="customer", key__isnull=False, is_internal=False)
                | models.Q(side="operator", key__isnull=True),
            ),
            models.CheckConstraint(name="inquiry_message_not_empty", condition=~models.Q(text="")),
        ]

    def __str__(self) -> str:
        return self.text[:40]

    # Filled by inquiries.services.reading for the pages.
    attached: Any
