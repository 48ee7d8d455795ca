"""What an operator reads of one order."""

from collections.abc import Iterable

from django.contrib import admin
from django.utils import formats
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import calendar, money
from selfcare.accounts.models import AuditEvent
from selfcare.orders.models import Order
from selfcare.orders.procedures import UnknownProcedure
from selfcare.orders.timeline import timeline


def moment(value: object) -> str:
    return formats.date_format(calendar.local(value), "SHORT_DATETIME_FORMAT")  # type: ignore[arg-type]


def lines(texts: Iterable[str]) -> SafeString:
    listed = format_html_join("", "<li>{}</li>", ((text,) for text in texts))
    return format_html("<ul>{}</ul>", listed) if listed else SafeString("-")


class OrderFields:
    """Columns and fields that are put together from several."""

    @admin.display(description=gettext_lazy("リクエストID"), ordering="pk")
    def request_id(self, order: Order) -> str:
        return order.request_id

    @admin.display(description=gettext_lazy("手続き"))
    def title(self, order: Order) -> str:
        try:
            return str(order.handler.title)
        except UnknownProcedure:
            # An order outlives the release that took its procedure away.
            return order.procedure

    @admin.display(description=gettext_lazy("状態"), ordering="state")
    def state_word(self, order: Order) -> str:
        return order.state_label

    @admin.display(description=gettext_lazy("止まった理由"))
    def trouble_line(self, order: Order) -> str:
        told = order.trouble.strip().splitlines()
        return Truncator(told[-1]).chars(80) if told else ""

    @admin.display(description=gettext_lazy("止まった理由"))
    def trouble_text(self, order: Order) -> SafeString:
        return format_html('<pre class="staff-pre">{}</pre>', order.trouble or "-")

    @admin.display(description=gettext_lazy("お申し込み内容"))
    def summary(self, order: Order) -> SafeString:
        rows = order.shown_part("rows") or []
        drawn = format_html_join(
            "",
            "<tr><th>{}</th><td>{}</td><td>{}</td></tr>",
            ((row["label"], row.get("old") or "", row["new"]) for row in rows),
        )
        return format_html('<table class="staff-table staff-rows">{}</table>', drawn) if rows else SafeString("-")

    @admin.display(description=gettext_lazy("料金への影響"))
    def price(self, order: Order) -> str:
        quote = order.shown_part("quote") or {}
        return _("月額 %(monthly)s、一時費用 %(once)s") % {
            "monthly": money.yen(quote.get("monthly", 0)),
            "once": money.yen(quote.get("once", 0)),
        }

    @admin.display(description=gettext_lazy("反映時期"))
    def promise(self, order: Order) -> str:
        return str((order.shown_part("promise") or {}).get("text", "-"))

    @admin.display(description=gettext_lazy("実施の状況"))
    def facts(self, order: Order) -> SafeString:
        """What the procedure tells of an accepted order as it stands now."""
        try:
            told = order.handler.facts(order) if order.accepted_at else []
        except UnknownProcedure:
            told = []
        drawn = format_html_join("", "<tr><th>{}</th><td>{}</td></tr>", ((row.label, row.new) for row in told))
        return format_html('<table class="staff-table staff-rows">{}</table>', drawn) if told else SafeString("-")

    @admin.display(description=gettext_lazy("経過"))
    def events(self, order: Order) -> SafeString:
        told = timeline(AuditEvent.objects.all(), order)
        return lines(f"{moment(entry.at)} {entry.text} {entry.actor} {entry.reason}".strip() for entry in told)

    @admin.display(description=gettext_lazy("外部からの通知"))
    def incoming_events(self, order: Order) -> SafeString:
        received = order.incoming.order_by("-received_at")[:50]
        return lines(f"{moment(event.received_at)} {event.kind} {event.key}" for event in received)
