"""When a change of numbers and IDs takes effect: at once, on the 1st of next month, or with the closing.

And what every change that costs something asks first: whether its prices are there, whether the contract still is.
"""

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.services import cloud_prices
from numbering.cloud.procedures.settlement import day, without_price
from numbering.cloud.services import charges
from selfcare import calendar, clock
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
    due = _due(chosen, now)
    text = _("%(day)s 0:00 に変更されます") % {"day": day(calendar.today(due))}
    return Promise(due, text, cancel_until=due, action=_("予約する"))


def _due(chosen: str, now: datetime) -> datetime:
    if chosen == FIRST:
        return calendar.first_of_next_month(now)
    return calendar.midnight(charges.next_period(calendar.today(now)))


def too_late(order: Order, ends_on: date | None, now: datetime) -> str:
    """Why a draft cannot be booked on a contract whose end is booked for before; empty for every other."""
    chosen = order.data.get("when", AT_ONCE)
    if order.accepted_at is not None or ends_on is None or chosen == AT_ONCE:
        return ""
    if calendar.today(_due(chosen, now)) <= ends_on:
        return ""
    words = _("このご契約は %(day)s で終了するため、その後には変更できません。変更の時期を選び直してください。")
    return words % {"day": day(ends_on)}


def unpriced(*items: str) -> str:
    """Why nothing of these can be ordered while operators have not entered what it costs today; empty where it is."""

    def ask() -> None:
        prices = cloud_prices(on=calendar.today(clock.now()))
        for item in items:
            prices.once(item)
            prices.monthly(item)

    return without_price(ask) if items else ""
