"""What carriers were asked to do with lines, and how the carriers themselves are."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lines.models.lines import Line
from selfcare.accounts.models import Customer
from selfcare.orders.models import Order


class CarrierOrder(models.Model):
    """One request to a carrier. `external_id` is our idempotency key and survives every retry; all times are real.

    What is asked is written down before the first call, so that every retry says the same. An order that waits for
    its carrier drives the request itself (`stage` order); one that took effect here at 00:00 leaves a request that
    `follows` and is carried out at the carrier's pace.
    """

    class Stage(models.TextChoices):
        ORDER = "order", _("お申し込みと一緒に進みます")
        WAITING = "waiting", _("依頼待ち")
        ASKED = "asked", _("依頼済")
        DONE = "done", _("完了")
        HELD = "held", _("確認中")

    order = models.OneToOneField(Order, models.PROTECT, related_name="carrier_order", verbose_name=_("お申し込み"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    line = models.ForeignKey(Line, models.PROTECT, null=True, related_name="carrier_orders", verbose_name=_("回線"))
    external_id = models.CharField(_("外部ID"), max_length=80, unique=True)
    carrier = models.CharField(_("キャリア種別"), max_length=10, choices=Line.Carrier)
    action = models.CharField(_("依頼内容"), max_length=20, blank=True)
    msisdn = models.CharField(_("回線電話番号"), max_length=14, blank=True)
    sim_serial = models.CharField(_("SIM製造番号"), max_length=20, blank=True)
    # Characteristics of the request, primitives only and never a secret.
    details = models.JSONField(_("詳細"), default=dict, blank=True)
    follows = models.BooleanField(_("後続"), default=False)
    stage = models.CharField(_("段階"), max_length=10, choices=Stage, default=Stage.ORDER)
    carrier_order_id = models.CharField(_("キャリアの受付番号"), max_length=80, blank=True)
    state = models.CharField(_("キャリアの状態"), max_length=30, blank=True)
    reason = models.TextField(_("理由"), blank=True)
    created_at = models.DateTimeField(_("登録日時"), null=True)
    requested_at = models.DateTimeField(_("依頼日時"), null=True, blank=True)
    answered_at = models.DateTimeField(_("回答日時"), null=True, blank=True)

    next_at = models.DateTimeField(_("次の確認"), null=True, blank=True)
    lease_until = models.DateTimeField(_("処理中の期限"), null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    attempt = models.PositiveIntegerField(_("試行回数"), default=0)
    # Steps without an orderly end since the last one that had one.
    errors = models.PositiveIntegerField(default=0)
    # Why it is held, for operators only.
    trouble = models.TextField(_("止まった理由"), blank=True)

    class Meta:
        verbose_name = _("キャリアへの依頼")
        verbose_name_plural = pgettext_lazy("several", "キャリアへの依頼")
        constraints = [
            models.CheckConstraint(
                name="carrier_order_stage_fits",
                condition=Q(follows=False, stage="order")
                | Q(follows=True, stage__in=["waiting", "asked", "done", "held"]),
            ),
            # Whatever is to be done has its moment; whatever is over has none.
            models.CheckConstraint(
                name="carrier_order_open_has_next",
                condition=Q(stage__in=["waiting", "asked"], next_at__isnull=False)
                | Q(~Q(stage__in=["waiting", "asked"]), next_at__isnull=True),
            ),
        ]
        indexes = [
            # The claim of what follows, oldest first; by carrier, because one that is down has a long row of them.
            models.Index(
                fields=["carrier", "next_at", "id"],
                name="carrier_due_of",
                condition=Q(stage__in=["waiting", "asked"]),
            ),
            # What of one line is still to be carried out: later changes wait for earlier ones.
            models.Index(
                fields=["line", "id"], name="carrier_of_line", condition=Q(stage__in=["waiting", "asked", "held"])
            ),
            # Operators' list: what hangs.
            models.Index(fields=["id"], name="carrier_held", condition=Q(stage="held")),
        ]

    def __str__(self) -> str:
        return self.external_id


class CarrierHealth(models.Model):
    """Whether a carrier is being called: the circuit breaker's state, shared by all processes; real time."""

    class State(models.TextChoices):
        CLOSED = "closed", _("正常")
        OPEN = "open", _("停止中")
        HALF_OPEN = "half-open", _("再開を確認中")

    carrier = models.CharField(_("キャリア種別"), max_length=10, choices=Line.Carrier, unique=True)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.CLOSED)
    failures = models.PositiveIntegerField(_("続けて失敗した回数"), default=0)
    successes = models.PositiveIntegerField(_("続けて成功した回数"), default=0)
    opened_at = models.DateTimeField(_("停止日時"), null=True, blank=True)
    changed_at = models.DateTimeField(_("変更日時"), null=True, blank=True)
    # Up to when the calls of what follows are handed out: each moves it by its share of a second.
    paced_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("キャリアの状態")
        verbose_name_plural = pgettext_lazy("several", "キャリアの状態")

    def __str__(self) -> str:
        return str(Line.Carrier(self.carrier).label)
