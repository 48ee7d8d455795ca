"""The numbers we may issue, and the list of those that are free.

A number's state is not stored: it follows from where the number stands (free list, assignment, blocked), so that it
cannot disagree with it. Claiming a number never updates the row of the number.
"""

from datetime import date

from django.db import models
from django.db.models import Case, Exists, F, Func, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

#: Of a number nobody ever had: it has been free for longer than any other.
NEVER_USED = date(1970, 1, 1)
#: `spread` lies below this, and so many neighbours share one; see FreeNumber.
SPREAD = 1 << 15
NEIGHBOURS = 64


class Kind(models.TextChoices):
    IP_050 = "050", pgettext_lazy("one", "050番号")
    GEOGRAPHIC = "0abj", _("0ABJ番号")


class NumberState(models.TextChoices):
    STOCK = "stock", _("在庫")
    RESERVED = "reserved", _("予約")
    ASSIGNED = "assigned", _("割当済")
    QUARANTINE = "quarantine", _("解約休止")
    UNUSABLE = "unusable", _("使用不可")


class NumberQuerySet(models.QuerySet["Number"]):
    def with_state(self, today: date) -> "NumberQuerySet":
        """Annotated with `state`, a NumberState; empty for a number that stands nowhere, which reconciling reports.

        Quarantine ends by itself: it is a day on the free list.
        """
        from numbering.models.assignments import Assignment

        free = FreeNumber.objects.filter(number=OuterRef("pk"))
        held = Assignment.objects.filter(number=OuterRef("pk"), released_on__isnull=True)
        return self.annotate(
            state=Case(
                When(~Q(unusable_reason=""), then=Value(NumberState.UNUSABLE.value)),
                When(Exists(free.filter(available_on__lte=today)), then=Value(NumberState.STOCK.value)),
                When(Exists(free), then=Value(NumberState.QUARANTINE.value)),
                When(Exists(held.filter(state="active")), then=Value(NumberState.ASSIGNED.value)),
                When(Exists(held), then=Value(NumberState.RESERVED.value)),
                default=Value(""),
                output_field=models.CharField(),
            )
        )


class Number(models.Model):
    """A telephone number of ours, by its digits."""

    digits = models.CharField(_("電話番号"), max_length=15)
    kind = models.CharField(_("種別"), max_length=4, choices=Kind)
    # 市外局番 of a geographic number ("03"); empty for 050.
    area = models.CharField(_("市外局番"), max_length=6, blank=True)
    # Why it must not be issued; empty for a number that may.
    unusable_reason = models.CharField(_("使用不可の理由"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("登録日時"))

    objects = NumberQuerySet.as_manager()

    class Meta:
        verbose_name = _("電話番号")
        verbose_name_plural = pgettext_lazy("several", "電話番号")
        constraints = [
            # Once, whatever is imported twice. The operator class lets the same index find numbers by their beginning.
            models.UniqueConstraint(fields=["digits"], name="number_once", opclasses=["varchar_pattern_ops"]),
            models.CheckConstraint(name="number_digits_only", condition=Q(digits__regex=r"^0[0-9]{5,14}$")),
            models.CheckConstraint(name="number_kind_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="number_area_iff_geographic",
                condition=Q(kind="050", area="") | Q(kind="0abj", area__regex=r"^0[0-9]{1,4}$"),
            ),
        ]
        indexes = [
            # Reconciling and the stock page count the blocked ones.
            models.Index(fields=["kind"], name="number_unusable", condition=~Q(unusable_reason="")),
        ]

    def __str__(self) -> str:
        return self.digits


class FreeNumber(models.Model):
    """A number that nobody has. Claiming deletes the row and inserts the assignment in one statement.

    It may be issued from `available_on` on (a day in Tokyo): NEVER_USED, or six calendar months after its release.
    The earlier the day, the longer it has been free, and the sooner it goes. Within one day every claim starts at
    another place in the order of `spread`, so that claims at the same moment do not queue for the same rows. Numbers
    that were imported one after the other share a place: they go out together, and lie on the same page of the disk.
    """

    number = models.OneToOneField(Number, models.CASCADE, primary_key=True, related_name="free")
    kind = models.CharField(max_length=4, choices=Kind)
    area = models.CharField(max_length=6, blank=True)
    available_on = models.DateField(_("割当可能日"))
    spread = models.GeneratedField(
        expression=Func(F("number") / NEIGHBOURS, function="hashint8", output_field=models.IntegerField()).bitand(
            SPREAD - 1
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("未割当番号")
        verbose_name_plural = pgettext_lazy("several", "未割当番号")
        indexes = [
            # The claim: the longest-free day first, within it from a point of `spread` on.
            models.Index(F("kind"), F("area"), F("available_on"), F("spread"), name="free_number_claim"),
            # Looking for consecutive numbers: what was imported one after the other has ids one after the other.
            models.Index(F("kind"), F("area"), F("number"), name="free_number_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.number_id} {self.available_on}"
