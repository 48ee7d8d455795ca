"""The parts of a construction-date order: saved one by one while it is a draft, frozen when it is accepted."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from numbering.dial_in.models.contracts import BaseNumber, _OwnedQuerySet
from selfcare.accounts.models import Customer, User
from selfcare.orders.models import Order


class DialInPart(models.Model):
    """One entry of the menu of contents, for one base number: a set of rows of one kind.

    `rows` of an addition: {"kind": "0abj" | "050", "count": 1-999, "functions": F} or {"kind", "code": reservation
    code, "by_number": {digits: F}}. Of a portability: {"number": digits, "carrier1", "carrier2", "line_kind",
    "holder": "same" | "other", "holder_name", "place": "same" | "other", "address", "dsu_removal": bool, "remaining":
    bool, "move": bool, "functions": F}. F is what numbering.dial_in.functions.Functions.as_json() gives.
    """

    class Kind(models.TextChoices):
        ADD = "add", _("ダイヤルイン番号追加")
        PORT = "port", _("ダイヤルイン番号追加（番号ポータビリティ）")

    order = models.ForeignKey(Order, models.CASCADE, related_name="dial_in_parts", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    kind = models.CharField(_("内容"), max_length=10, choices=Kind)
    base = models.ForeignKey(BaseNumber, models.PROTECT, related_name="+", verbose_name=_("基本契約番号"))
    rows = models.JSONField(default=list)
    # Counts the saves: who saves over a colleague's later version is told instead.
    version = models.PositiveIntegerField(default=1)
    updated_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("更新者"))
    updated_at = models.DateTimeField(_("更新日時"))

    objects = _OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("お申し込みの内容")
        verbose_name_plural = pgettext_lazy("several", "お申し込みの内容")
        constraints = [
            models.CheckConstraint(name="dial_in_part_kind_known", condition=Q(kind__in=["add", "port"])),
        ]
        indexes = [
            # The parts of an order, in the order in which they were begun.
            models.Index(fields=["order", "id"], name="dial_in_part_of_order"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.base}"


class DialInPartInput(models.Model):
    """What one person has entered of a part and not saved yet, page by page: a lost session loses none of it.

    It is not part of the order: nobody else sees it, no confirm page is about it.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    # The part's id, or the kind of one that is new.
    place = models.CharField(max_length=20)
    # See numbering.dial_in.services.inputs.Input.
    content = models.JSONField(default=dict)
    updated_at = models.DateTimeField()

    objects = _OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("入力中の内容")
        verbose_name_plural = pgettext_lazy("several", "入力中の内容")
        constraints = [
            # One at a time; also how it is found.
            models.UniqueConstraint(fields=["order", "user", "place"], name="dial_in_part_input_once"),
        ]

    def __str__(self) -> str:
        return f"{self.order} {self.place}"
