"""What the portal's menu and home show of billing."""

from typing import Any, cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import availability, figures
from billing.models import DownloadToken
from billing.services.tokens import FUNCTION
from selfcare import calendar, clock
from selfcare.accounts import leaving
from selfcare.accounts.models import User
from selfcare.shell import menu, panels, standing


def register() -> None:
    menu.register(menu.BILLING, _("ご請求・明細ダウンロード"), "billing:months", function=FUNCTION, order=10)
    menu.register(
        menu.BILLING, _("自動ダウンロード用トークン"), "billing:tokens", function=FUNCTION, role="owner", order=20
    )
    panels.register("billing", panel, "billing/_panel.html", order=10)
    leaving.register("billing.tokens", tokens_left)


def tokens_left(user: User) -> leaving.Left | None:
    """Tokens are the company's programs': they go on when the user leaves, who may have kept their text."""
    tokens = DownloadToken.objects.visible_to(user).live(clock.real_now()).filter(created_by=user).count()
    if not tokens:
        return None
    words = gettext(
        "この方が発行した自動ダウンロード用トークン（%(count)d個）は、有効なままです。控えられているおそれがあるときは、失効させてください。"
    )
    return leaving.Left(words % {"count": tokens}, reverse("billing:tokens"))


def panel(request: HttpRequest) -> dict[str, Any] | None:
    """The bills of the last months; nothing for customers without statements."""
    if FUNCTION not in standing.functions(request):
        return None
    now = clock.now()
    months = figures.billed(cast(User, request.user), now)
    coming = calendar.add_months(figures.newest_month(now), 1)
    return {
        "newest": months[-1] if months else None,
        "coming": coming,
        "coming_on": availability.bill_from(coming),
        "chart": figures.by_month(months),
    }
