"""Web電話帳: the entries that all phones of a contract share, and files that wait to be taken in."""

import uuid
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from numbering.cloud.models.contracts import CloudContract
from selfcare.accounts.models import Customer

if TYPE_CHECKING:
    from selfcare.accounts.models import User

#: Entries on one contract, and numbers in one entry.
MOST_ENTRIES = 2000
MOST_NUMBERS = 3


class PhoneBookQuerySet(models.QuerySet["PhoneBookEntry"]):
    def visible_to(self, user: "User") -> "PhoneBookQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class PhoneBookEntry(models.Model):
    """Whom the customer calls: name as written, kana in full-width katakana, numbers as digits."""

    cloud = models.ForeignKey(
        CloudContract, models.PROTECT, related_name="phone_book", db_index=False, verbose_name=_("契約")
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    name = models.CharField(_("名前"), max_length=60)
    kana = models.CharField(_("フリガナ"), max_length=80, blank=True)
    numbers = ArrayField(models.CharField(max_length=15), verbose_name=_("電話番号"))
    memo = models.CharField(_("メモ"), max_length=200, blank=True)
    # What the list is sorted by (the kana, else the name) and what is searched, both as text.search_key folds them.
    sort_key = models.CharField(max_length=80)
    searched = models.CharField(max_length=400)

    objects = PhoneBookQuerySet.as_manager()

    class Meta:
        verbose_name = _("Web電話帳の連絡先")
        verbose_name_plural = pgettext_lazy("several", "Web電話帳の連絡先")
        constraints = [
            models.CheckConstraint(name="phone_book_named", condition=~Q(name="")),
            models.CheckConstraint(name="phone_book_few_numbers", condition=Q(numbers__len__range=(1, MOST_NUMBERS))),
        ]
        indexes = [
            # The contract's list, keyset; the search goes over one contract's entries only.
            models.Index(fields=["cloud", "sort_key", "id"], name="phone_book_list"),
        ]

    def __str__(self) -> str:
        return self.name


class PhoneBookFile(models.Model):
    """A file that was read and shown: its rows as they would be entered.

    One for a user: the next file takes its place. When it is taken in its rows go, and it stays behind to say so to
    who presses once more.
    """

    class Mode(models.TextChoices):
        ADD = "add", _("今の電話帳に追加する")
        REPLACE = "replace", _("今の電話帳をすべて置き換える")

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cloud = models.ForeignKey(CloudContract, models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    user = models.OneToOneField("accounts.User", models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    mode = models.CharField(max_length=10, choices=Mode)
    # [name, kana, [digits, ...], memo] for every row.
    rows = models.JSONField()
    made_at = models.DateTimeField()
    taken_in_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("取り込み前の電話帳ファイル")
        verbose_name_plural = pgettext_lazy("several", "取り込み前の電話帳ファイル")

    def __str__(self) -> str:
        return self.name
