"""利用停止: a contract's telephones are stopped from a moment on, announced before, by an operator and nobody else.

In force = announced twice, `starts_at` has come, not lifted, and not provisionally lifted now. Which row is in force
the database says by itself (`contract_data_is_suspended`): the registrar's view asks it.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from selfcare.accounts.models import Contract, Customer, User
from selfcare.contract_data.models.cases import IdentityCase

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

#: From the posting of the letter until an operator may book.
EARLIEST = timedelta(days=30)
WEEK_BEFORE = timedelta(days=7)
DAY_BEFORE = timedelta(days=1)


def _after(name: str, wait: timedelta) -> "Combinable":
    return models.F(name) + models.Value(wait, output_field=models.DurationField())


class SuspensionQuerySet(models.QuerySet["Suspension"]):
    def visible_to(self, user: User) -> "SuspensionQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()

    def standing(self) -> "SuspensionQuerySet":
        """Announced or in force."""
        return self.filter(lifted_at=None)

    def in_force(self, now: datetime) -> "SuspensionQuerySet":
        """As the SQL function has it."""
        return self.standing().filter(
            models.Q(provisional_until=None) | models.Q(provisional_until__lte=now),
            starts_at__lte=now,
            announced_week_at__isnull=False,
            announced_day_at__isnull=False,
        )


class Suspension(models.Model):
    """One contract's suspension. All moments are business time."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="suspensions", db_index=False, verbose_name=_("契約")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="suspensions", db_index=False, verbose_name=_("契約者")
    )
    case = models.ForeignKey(IdentityCase, models.PROTECT, related_name="suspensions", verbose_name=_("変更"))
    # Read by the customer.
    reason = models.CharField(_("停止の理由（お客様が読みます）"), max_length=400)
    # The posting of the letter that nobody has confirmed; the thirty days count from it.
    counted_from = models.DateTimeField(_("お手紙の発送日時"))
    booked_at = models.DateTimeField(_("予約日時"))
    booked_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False, verbose_name=_("予約者"))
    starts_at = models.DateTimeField(_("停止日時"))
    announced_week_at = models.DateTimeField(_("7日前のお知らせ"), null=True, blank=True)
    announced_day_at = models.DateTimeField(_("前日のお知らせ"), null=True, blank=True)
    provisional_until = models.DateTimeField(_("暫定解除の期限"), null=True, blank=True)
    # The end of a provisional lift that the customer has been told of besides; another end is told anew.
    end_told = models.DateTimeField(_("お知らせ済みの暫定解除の期限"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("解除日時"), null=True, blank=True)
    # What the apps were told last, so that they hear of every change, however it came about.
    is_told = models.BooleanField(_("各サービスへの通知"), default=False)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("利用停止")
        verbose_name_plural = _("利用停止")
        permissions = [
            ("book_suspension", _("利用停止を予約する")),
            ("lift_suspension", _("利用停止を解除する")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contract"], name="suspension_one_standing", condition=models.Q(lifted_at__isnull=True)
            ),
            # Not before thirty days after the letter, whoever asks.
            models.CheckConstraint(
                name="suspension_not_early", condition=models.Q(booked_at__gte=_after("counted_from", EARLIEST))
            ),
            # An announcement that went out late moves the start.
            models.CheckConstraint(
                name="suspension_week_before",
                condition=models.Q(announced_week_at__isnull=True)
                | models.Q(starts_at__gte=_after("announced_week_at", WEEK_BEFORE)),
            ),
            models.CheckConstraint(
                name="suspension_day_before",
                condition=models.Q(announced_day_at__isnull=True)
                | models.Q(
                    announced_week_at__isnull=False,
                    starts_at__gte=_after("announced_day_at", DAY_BEFORE),
                ),
            ),
            models.CheckConstraint(
                name="suspension_booked_a_week_before",
                condition=models.Q(starts_at__gte=_after("booked_at", WEEK_BEFORE)),
            ),
            # Only what has begun can be lifted for a while: an announced one has no end of a lift beside its start.
            models.CheckConstraint(
                name="suspension_lifted_after_start",
                condition=models.Q(provisional_until__isnull=True)
                | models.Q(provisional_until__gt=models.F("starts_at")),
            ),
        ]
        indexes = [
            # Every page asks for a customer's standing ones.
            models.Index(
                fields=["customer"], name="suspension_of_customer", condition=models.Q(lifted_at__isnull=True)
            ),
            # What is to be announced or told next; told ones are few.
            models.Index(fields=["starts_at"], name="suspension_standing", condition=models.Q(lifted_at__isnull=True)),
            models.Index(fields=["id"], name="suspension_told", condition=models.Q(is_told=True)),
        ]

    def __str__(self) -> str:
        return str(self.contract)

    def has_begun(self, now: datetime) -> bool:
        """Announced twice and its start has come; it may be lifted provisionally."""
        return self.announced_week_at is not None and self.announced_day_at is not None and self.starts_at <= now

    def is_in_force(self, now: datetime) -> bool:
        return (
            self.lifted_at is None
            and self.has_begun(now)
            and not (self.provisional_until is not None and now < self.provisional_until)
        )
