"""What the shell shows of contract data: the menu entry, the line across every page, why orders are refused."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import clock
from selfcare.accounts.models import User
from selfcare.contract_data.models import Suspension
from selfcare.orders import obstacles
from selfcare.shell import menu, ribbons, standing

_ANNOTATION = "standing_suspension"


def register() -> None:
    menu.register(menu.ACCOUNT, gettext_lazy("ご契約様情報"), "contract_data:contract", order=5)
    standing.annotate(_ANNOTATION, _standing)
    ribbons.register("suspension", ribbon, "contract_data/_ribbon.html", order=10)
    obstacles.register("suspension", _refused)


def _standing(_user: User) -> Any:
    """The standing suspension of a contract as JSON, in the statement that reads the contracts."""
    rows = Suspension.objects.standing().filter(contract=OuterRef("pk"))
    told = JSONObject(
        starts_at="starts_at",
        announced_week_at="announced_week_at",
        announced_day_at="announced_day_at",
        provisional_until="provisional_until",
    )
    return Subquery(rows.annotate(told=told).values("told")[:1])


def ribbon(request: HttpRequest) -> dict[str, Any] | None:
    """Announced from the booking on; in force; or provisionally lifted."""
    found = [
        (contract.number, row)
        for contract in standing.contracts(request)
        if (row := _row(getattr(contract, _ANNOTATION, None))) is not None
    ]
    if not found:
        return None
    now = clock.now()
    ahead = [(number, row.starts_at) for number, row in found if row.starts_at > now]
    facts = {
        "stopped": [number for number, row in found if row.is_in_force(now)],
        "announced": [number for number, _starts_at in ahead],
        "starts_at": min((starts_at for _number, starts_at in ahead), default=None),
        "until": max((until for _number, row in found if (until := _lifted_until(row, now))), default=None),
    }
    # One whose announcement is late has no start to name until it has gone out.
    return facts if any(facts.values()) else None


def _lifted_until(row: Suspension, now: datetime) -> datetime | None:
    """The end of a provisional lift that is on now, of what would be in force without it."""
    until = row.provisional_until
    return until if until is not None and now < until and row.starts_at <= now else None


def _row(told: dict[str, str | None] | None) -> Suspension | None:
    if told is None:
        return None
    return Suspension(**{name: datetime.fromisoformat(value) if value else None for name, value in told.items()})


def _refused(contract_ids: Collection[int], now: datetime) -> dict[int, str]:
    stopped = Suspension.objects.in_force(now).filter(contract__in=contract_ids)
    reason = _(
        "このご契約の電話サービスを停止しているため、お申し込みいただけません。"
        "「ご契約様情報」で住所・名義の変更の確認を終えると、すぐに再開します。"
    )
    return dict.fromkeys(stopped.values_list("contract_id", flat=True), reason)
