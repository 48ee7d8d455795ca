"""When a change of numbers and IDs takes effect: at once, on the 1st of next month, or with the closing."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.cloud.procedures.settlement import day
from numbering.cloud.services import charges
from selfcare import calendar
from selfcare.orders.models import Order
from selfcare.orders.procedures import Promise

AT_ONCE, FIRST, CLOSING = "now", "first", "closing"


def adding() -> forms.ChoiceField:
    return _field([(AT_ONCE, gettext_lazy("すぐに")), (FIRST, gettext_lazy("翌月1日から"))], AT_ONCE)


def ending() -> forms.ChoiceField:
    choices = [
        (CLOSING, gettext_lazy("次の締め日（25日）の終わりまで使う")),
        (AT_ONCE, gettext_lazy("すぐに")),
    ]
    return _field(choices, CLOSING)


def _field(choices: list[tuple[str, Any]], first: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("変更の時期"),
        choices=choices,
        initial=first,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("月額料金は、26日から翌月25日までを1か月分とし、日割りはありません。"),
    )


def promise(order: Order, now: datetime, *, at_once: str) -> Promise:
    """`at_once`: what the page says of a change that is made right after acceptance."""
    chosen = order.data.get("when", AT_ONCE)
    if chosen == AT_ONCE:
        return Promise(now, at_once, action=_("申し込む"))
    if chosen == FIRST:
        due = calendar.first_of_next_month(now)
    else:
        due = calendar.midnight(charges.next_period(calendar.today(now)))
    text = _("%(day)s 0:00 に変更されます") % {"day": day(calendar.today(due))}
    return Promise(due, text, cancel_until=due, action=_("予約する"))
