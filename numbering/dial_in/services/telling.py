"""The mails about construction, beside those that every order has: addressed alike, in the same words."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

from django.conf import settings
from django.utils import translation

from selfcare.orders import mails
from selfcare.orders.models import Order
from selfcare.orders.procedures import Row
from selfcare.work import outbox

Template = Literal["dial_in_returned", "dial_in_done", "dial_in_rescheduled"]


def _nothing() -> Sequence[Row]:
    return ()


def tell(
    order: Order,
    template: Template,
    *,
    reason: str = "",
    address: str = "",
    rows: Callable[[], Sequence[Row]] = _nothing,
) -> None:
    """Queue this mail, in the transaction of what it tells.

    `rows` are what has come of it, asked for in the language of each mail; `address` is the page it links to, the
    order's own without.
    """
    changed: dict[str, Any] = {"reason": reason}
    if address:
        changed["url"] = settings.BASE_URL + address
    queued = []
    for mail in mails.outgoing([order], "completed"):
        with translation.override(mail.language):
            first = [row.as_json() for row in rows()]
        items = [{**item, **changed, "rows": first + item["rows"]} for item in mail.context["items"]]
        queued.append(replace(mail, template=template, gather=template, context={**mail.context, "items": items}))
    outbox.send_many(queued)
