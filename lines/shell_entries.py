"""What the portal's menu, home and search show of mobile lines."""

from datetime import timedelta
from typing import Any, cast

import httpx
from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from lines import offered, usage
from lines.carriers.http import HttpCarrier
from lines.models import Line
from lines.search import matching
from selfcare.accounts.models import User
from selfcare.contract_data import finding
from selfcare.shell import charts, menu, panels, peers, search

#: How many lines one search shows; the list page has the rest.
_HITS = 10
#: Colours of the panel's bars, as the states' own.
_TONES: dict[str, str] = {
    Line.Status.UNOPENED: "info",
    Line.Status.ACTIVE: "ok",
    Line.Status.SUSPENDED: "wait",
    Line.Status.TERMINATED: "off",
}


def register() -> None:
    menu.register(menu.LINES, _("回線一覧・回線状態参照"), "lines:list", function="lines.status", order=10)
    menu.register(menu.LINES, _("MNP転入（MNP転入待ちリスト）"), "lines:mnp-in-list", function="lines.mnp_in", order=5)
    for place, entry in enumerate(offered.entries()):
        function = entry.procedures[0].function
        menu.register(menu.LINES, entry.title, entry.url_name, function=function, order=20 + place)
    panels.register("lines", panel, "lines/_panel.html", order=40)
    panels.register("lines-usage", usage_panel, "lines/_usage_panel.html", order=45)
    search.register("lines", pgettext_lazy("several", "回線"), hits)
    finding.register("lines", contracts_of)
    peers.register("carrier", ask_carrier)


def contracts_of(user: User, digits: str) -> list[int]:
    """The contract that the line of this number hangs on."""
    return list(Line.objects.visible_to(user).filter(number=digits).values_list("contract_id", flat=True))


def ask_carrier() -> None:
    """Whether the carrier answers us, within a peer's patience. Raises CarrierUnavailable."""
    within = timedelta(seconds=peers.PATIENCE)
    HttpCarrier(
        settings.CARRIER_URL,
        settings.CARRIER_SECRET,
        answer_within=within,
        timeout=httpx.Timeout(within.total_seconds()),
    ).ping()


def panel(request: HttpRequest) -> dict[str, Any] | None:
    """Lines by status; nothing for a customer without lines."""
    user = cast(User, request.user)
    by_status = Line.objects.visible_to(user).order_by().values_list("status").annotate(number=Count("pk"))
    counted: dict[str, int] = dict(by_status)
    if not counted:
        return None
    rows = [
        charts.Bar(str(label), counted.get(status, 0), f"{reverse('lines:list')}?status={status}", tone=_TONES[status])
        for status, label in Line.Status.choices
    ]
    return {
        "total": sum(counted.values()),
        "by_status": charts.Bars(
            name="lines",
            title=gettext("回線の数（SIMステータスごと）"),
            unit=charts.COUNT,
            rows=rows,
            empty=gettext("ご契約中の回線はありません。"),
            label_heading=gettext("SIMステータス"),
            value_heading=gettext("回線数"),
        ),
    }


def usage_panel(request: HttpRequest) -> dict[str, Any] | None:
    """Data usage of the last seven days; nothing while nothing has been reported."""
    return usage.of_customer(cast(User, request.user))


def hits(user: User, query: str) -> list[search.Hit]:
    found = matching(Line.objects.visible_to(user), query).order_by("number")[:_HITS]
    return [
        search.Hit(
            title=str(line),
            url=reverse("lines:line", args=[line.pk]),
            text=f"{line.sim_serial} {line.get_status_display()}",
        )
        for line in found
    ]
