"""What numbering adds to the operators' side: stock on the home page, finding, permissions, figures."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from prometheus_client.metrics_core import Metric

from numbering.models import Assignment, Kind
from numbering.services.stock import LARGEST_ORDER, stock_and_forecast
from selfcare import clock
from selfcare.shell import metrics
from selfcare.staff import finding, groups, panels
from selfcare.staff.base import operator

#: A number is on one contract at a time; a caller names one of the last few at most.
_FOUND = 10


def register() -> None:
    panels.register("stock", stock, "admin/numbering/stock.html", order=30)
    finding.register("numbering", contracts_with)
    metrics.register(figures)
    for noun in ("number", "allowance", "timetable"):
        groups.allow(f"numbering.view_{noun}", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)
    for permission in ("add_number", "change_number", "change_allowance", "add_timetable", "delete_timetable"):
        groups.allow(f"numbering.{permission}", groups.PROVISIONING)


def stock(request: HttpRequest) -> dict[str, Any] | None:
    """Stock and forecast of 050 numbers."""
    if not operator(request).has_perm("numbering.view_number"):
        return None
    return {"stock": stock_and_forecast(now=clock.now(), kind=Kind.IP_050), "largest": LARGEST_ORDER}


def contracts_with(digits: str) -> Iterable[int]:
    """Contracts that have, or last had, exactly this number."""
    return (
        Assignment.objects.filter(number__digits=digits).order_by("-pk").values_list("contract_id", flat=True)[:_FOUND]
    )


def figures() -> Iterable[Metric]:
    pool = stock_and_forecast(now=clock.now(), kind=Kind.IP_050)
    yield metrics.gauge(
        "numbers_050",
        "050 numbers by where they stand.",
        "state",
        {
            "stock": pool.in_stock,
            "reserved": pool.reserved,
            "assigned": pool.assigned,
            "quarantine": pool.quarantined,
            "unusable": pool.unusable,
        },
    )
