"""What the templates need beyond Django's own: money, moments, telephone numbers, the colours of states."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import template
from django.core.paginator import Page
from django.utils import dateformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from selfcare import calendar, money, phones

if TYPE_CHECKING:
    from selfcare.orders.models import Order
    from selfcare.shell.panels import Shown

register = template.Library()

# The word of a state says what it is; the colour only how much attention it wants.
TONES = {
    "ok": {"completed", "active", "assigned", "in_use", "stock", "sent", "success", "registered", "paid"},
    "info": {"acknowledged", "in_progress", "reserved", "scheduled", "charging", "info", "debug"},
    "wait": {"pending", "waiting", "held", "suspended", "quarantine", "ending", "awaiting", "warning"},
    "bad": {"failed", "rejected", "refused", "unusable", "error"},
}


@register.filter
def tone(state: object) -> str:
    """The CSS class of a state of an order, number or line, or of a message's level; quiet for all others."""
    word = str(state)
    return "tone--" + next((name for name, words in TONES.items() if word in words), "off")


@register.filter
def yen(amount: int | None) -> str:
    """1234 as 1,234円; a dash where there is no amount."""
    return "—" if amount is None else money.yen(amount)


@register.filter
def yen_change(amount: int) -> str:
    """What is added to a bill, with its sign: +1,234円."""
    return f"+{money.yen(amount)}" if amount > 0 else money.yen(amount)


@register.filter
def phone(digits: str | None) -> str:
    return phones.display(digits) if digits else ""


def _format(value: datetime | date, day_format: str) -> str:
    return dateformat.format(calendar.local(value) if isinstance(value, datetime) else value, day_format)


@register.filter
def day(value: datetime | date | None) -> str:
    """2026年11月21日(土); a datetime by its day in Tokyo."""
    return _format(value, _("Y年n月j日(D)")) if value else ""


@register.filter
def month(value: date | None) -> str:
    """2026年11月."""
    return _format(value, _("Y年n月")) if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """2026年11月21日(土) 17:30."""
    return _format(value, _("Y年n月j日(D) H:i")) if value else ""


@register.filter
def short_moment(value: datetime | None) -> str:
    """11/21(土) 17:30: for buttons and dense tables, where the year is beyond doubt."""
    return _format(value, _("n/j(D) H:i")) if value else ""


@register.filter
def deadline(value: datetime | None) -> str:
    """2026年11月30日(月) 19:59, for what is possible before 20:00: the last minute is named."""
    return moment(calendar.last_minute(value)) if value else ""


@register.filter
def short_deadline(value: datetime | None) -> str:
    """11/30(月) 19:59."""
    return short_moment(calendar.last_minute(value)) if value else ""


@register.filter
def stamp(value: datetime | None) -> str:
    """2026/11/21(土) 17:30: for tables."""
    return _format(value, _("Y/m/d(D) H:i")) if value else ""


@register.filter
def stamp_day(value: datetime | date | None) -> str:
    return _format(value, _("Y/m/d(D)")) if value else ""


@register.filter
def clock_minute(value: datetime | None) -> str:
    return _format(value, "H:i") if value else ""


@register.filter
def clock_time(value: datetime | None) -> str:
    """17:30:05: the end of something that lasts seconds."""
    return _format(value, "H:i:s") if value else ""


@register.simple_tag(name="moment")
def moment_element(value: datetime | date | None) -> SafeString:
    """A <time> element: the moment for people, and for programs."""
    if not value:
        return SafeString("")
    local = calendar.local(value) if isinstance(value, datetime) else value
    shown = moment(local) if isinstance(local, datetime) else day(local)
    exact = local.isoformat(timespec="seconds") if isinstance(local, datetime) else local.isoformat()
    return format_html('<time datetime="{}">{}</time>', exact, shown)


@register.filter
def hours(value: timedelta | None) -> str:
    """A clock's offset as people say it: +27時間30分."""
    if not value:
        return ""
    minutes = abs(int(value.total_seconds())) // 60
    sign = "-" if value < timedelta(0) else "+"
    return sign + _("%(hours)d時間%(minutes)02d分") % {"hours": minutes // 60, "minutes": minutes % 60}


@register.filter
def time_left(seconds: int) -> str:
    """あと3時間12分, rounded up to the minute: what counts down where scripts run."""
    minutes = -(-seconds // 60)
    values = {"d": minutes // 1440, "h": minutes % 1440 // 60, "m": minutes % 60}
    if values["d"]:
        return _("あと%(d)d日%(h)d時間%(m)d分") % values
    return _("あと%(h)d時間%(m)d分") % values if values["h"] else _("あと%(m)d分") % values


@register.filter
def countdown_pattern(seconds: int) -> str:
    """How countdown.js says it, with the largest unit that it needs at the start."""
    if seconds >= 86400:
        return _("あと{d}日{h}時間{m}分{s}秒")
    return _("あと{h}時間{m}分{s}秒") if seconds >= 3600 else _("あと{m}分{s}秒")


@register.simple_tag
def page_numbers(page: Page[Any]) -> Iterator[int | str]:
    """Page numbers around this page and at both ends, with the paginator's ellipsis in between."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)


@register.simple_tag(takes_context=True)
def panel(context: template.RequestContext, shown: "Shown") -> SafeString:
    """A home panel, drawn with its own facts on top of the page's context."""
    with context.push(**shown.facts):
        # A tag is always inside a template.
        engine = context.template.engine  # type: ignore[union-attr]
        return engine.get_template(shown.template).render(context)


@register.filter
def can_cancel(order: "Order", now: datetime | None) -> bool:
    """Whether a customer's button is worth showing: not for what only operators order. The service asks again."""
    return now is not None and not order.handler.operator_only and order.can_cancel(now)


@register.filter
def error_count(form: Any) -> int:
    """How many things are wrong with a form, field by field."""
    return sum(len(errors) for errors in form.errors.values())
