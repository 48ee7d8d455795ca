"""How many faxes the gateway still has to send or to hand over, and since when, for the metrics and the operators."""

from datetime import timedelta

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from numbering.cloud.models import FaxReceived, FaxSent
from selfcare import clock
from selfcare.outside import backlog
from selfcare.outside.backlog import Backlog


def register() -> None:
    for noun, title, ask in (
        ("faxsent", _("送信の終わっていないFAX"), _sent),
        ("faxreceived", _("取り込みの終わっていない受信FAX"), _received),
    ):
        backlog.register(
            noun, title=title, permission=f"numbering.view_{noun}", ask=ask,
            url=lambda noun=noun: reverse(f"admin:numbering_{noun}_changelist"),  # type: ignore[misc]
        )  # fmt: skip


def _sent() -> Backlog:
    """Of one that is sent again nobody has noted since when: it counts, and its first day says nothing."""
    rows = FaxSent.objects.filter(next_at__isnull=False)
    found = rows.aggregate(count=Count("pk"), oldest=Min("created_at", filter=Q(attempt_no=1)))
    return Backlog(found["count"], clock.now() - found["oldest"] if found["oldest"] else timedelta(0))


def _received() -> Backlog:
    rows = FaxReceived.objects.filter(next_at__isnull=False)
    found = rows.aggregate(count=Count("pk"), oldest=Min("arrived_at"))
    return Backlog(found["count"], clock.now() - found["oldest"] if found["oldest"] else timedelta(0))
