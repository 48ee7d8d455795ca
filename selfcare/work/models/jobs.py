"""Periodic and one-off jobs: one unique row per kind and period."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Job(models.Model):
    """A piece of background work. `due_at`, leases and backoff are real time."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待機中")
        DONE = "done", _("完了")
        HELD = "held", _("確認中")

    kind = models.CharField(_("種類"), max_length=60)
    # For periodic work the period ("2026-11-21T10"), else what makes the job one of its kind.
    key = models.CharField(_("期間"), max_length=80)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.WAITING)
    payload = models.JSONField(default=dict)
    result = models.JSONField(_("結果"), default=dict)
    due_at = models.DateTimeField(_("予定"))
    attempt = models.PositiveIntegerField(_("試行回数"), default=0)
    lease_until = models.DateTimeField(_("処理中の期限"), null=True)
    lease_token = models.UUIDField(null=True)
    finished_at = models.DateTimeField(_("終了日時"), null=True)
    trouble = models.TextField(_("止まった理由"), blank=True)

    class Meta:
        verbose_name = _("ジョブ")
        verbose_name_plural = pgettext_lazy("several", "ジョブ")
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="job_once_per_period")]
        indexes = [
            models.Index(fields=["due_at"], name="job_due", condition=models.Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Heartbeat(models.Model):
    """A process's last sign of life, real time. Old rows are swept."""

    name = models.CharField(max_length=40)
    host = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "host"], name="heartbeat_once_per_process")]
