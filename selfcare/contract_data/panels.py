"""The operators' tray: cases to review, letters that came back, letters past day 30, suspensions ahead."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.contract_data.models import CaseState, IdentityCase, Suspension
from selfcare.contract_data.models.suspensions import EARLIEST
from selfcare.staff import panels
from selfcare.staff.base import operator

_COUNTED = 100


def register() -> None:
    panels.register("contract_data", waiting, "admin/panels/contract_data.html", order=40)


def waiting(request: HttpRequest) -> dict[str, Any] | None:
    if not operator(request).has_perm("contract_data.view_identitycase"):
        return None
    open_cases = IdentityCase.objects.open()
    overdue = open_cases.filter(
        state__in=[CaseState.POSTED, CaseState.RETURNED],
        letters__posted_at__lte=clock.now() - EARLIEST,
    ).exclude(letters__posted_at__gt=clock.now() - EARLIEST)
    cases, suspensions = (reverse(f"admin:contract_data_{noun}_changelist") for noun in ("identitycase", "suspension"))
    rows = [
        (_("審査を待つ住所・名義の変更"), open_cases.filter(state=CaseState.REVIEW), f"{cases}?state__exact=review"),
        (_("お手紙が返送された変更"), open_cases.filter(state=CaseState.RETURNED), f"{cases}?state__exact=returned"),
        (_("お手紙から30日を過ぎた変更"), overdue.distinct(), f"{cases}?state__exact=posted"),
        (_("予約中・停止中の利用停止"), Suspension.objects.standing(), f"{suspensions}?standing=1"),
    ]
    return {
        "rows": [{"title": title, "count": found[:_COUNTED].count(), "url": url} for title, found, url in rows],
        "counted": _COUNTED,
    }
