"""Notices to customers, the announcement of a maintenance, and how the portal's peers answer."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from selfcare.accounts.models import Contract, User


class NoticeQuerySet(models.QuerySet["Notice"]):
    def on_show(self, now: datetime) -> "NoticeQuerySet":
        """Those of this moment (business time), newest first."""
        shown = models.Q(shown_until=None) | models.Q(shown_until__gt=now)
        return self.filter(shown, shown_from__lte=now).order_by("-shown_from", "-pk")

    def for_kinds(self, kinds: set[str]) -> "NoticeQuerySet":
        """Those for everybody and those for customers with a contract of one of these kinds."""
        return self.filter(models.Q(kinds=[]) | models.Q(kinds__has_any_keys=sorted(kinds)))


class Notice(models.Model):
    """お知らせ on the home page: plain text, shown between two moments of business time."""

    title = models.CharField(_("件名"), max_length=120)
    body = models.TextField(_("本文"), blank=True)
    shown_from = models.DateTimeField(_("掲載開始"))
    shown_until = models.DateTimeField(_("掲載終了"), null=True, blank=True)
    # Kinds of contract it is for, a list of Contract.Kind; empty: everybody.
    kinds = models.JSONField(_("対象の契約種別"), default=list, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "お知らせ")
        verbose_name_plural = _("お知らせ")
        constraints = [
            models.CheckConstraint(
                name="notice_ends_after_start",
                condition=models.Q(shown_until=None) | models.Q(shown_until__gt=models.F("shown_from")),
            ),
        ]
        indexes = [
            # The home page: newest first.
            models.Index(fields=["-shown_from"], name="notice_newest"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def kind_labels(self) -> list[str]:
        return [str(Contract.Kind(kind).label) for kind in self.kinds if kind in Contract.Kind.values]


class Maintenance(models.Model):
    """The maintenance of now or soon: at most one row.

    `read_only` is the one switch that stops customers' changes, whatever the announced times say: work that starts
    late or takes longer must not open the portal by itself.
    """

    only = models.BooleanField(primary_key=True, default=True, editable=False)
    message = models.CharField(_("お知らせの文"), max_length=400, blank=True)
    announce_from = models.DateTimeField(_("予告の開始"), null=True, blank=True)
    starts_at = models.DateTimeField(_("メンテナンス開始"), null=True, blank=True)
    ends_at = models.DateTimeField(_("メンテナンス終了予定"), null=True, blank=True)
    read_only = models.BooleanField(_("申し込みを止める（閲覧のみ）"), default=False)
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta:
        verbose_name = _("メンテナンス")
        verbose_name_plural = _("メンテナンス")
        constraints = [
            models.CheckConstraint(name="maintenance_one_row", condition=models.Q(only=True)),
            models.CheckConstraint(
                name="maintenance_announced_with_times",
                condition=models.Q(announce_from=None) | models.Q(starts_at__isnull=False, ends_at__isnull=False),
            ),
            models.CheckConstraint(
                name="maintenance_ends_after_start",
                condition=models.Q(ends_at__gt=models.F("starts_at"))
                | models.Q(starts_at=None)
                | models.Q(ends_at=None),
            ),
        ]

    def __str__(self) -> str:
        return str(_("メンテナンス"))


class Peer(models.Model):
    """Whether a peer (broker, carrier) answered when it was last asked. Moments are real time."""

    name = models.CharField(max_length=40, primary_key=True)
    # Written before the question is put: who wrote it asks, all others leave it.
    asked_at = models.DateTimeField(null=True)
    answers = models.BooleanField(default=False)
    noted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
