"""The mails of a SIM's replacement beside those that every order has: addressed alike, in the same words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from django.conf import settings
from django.urls import reverse

from selfcare.orders import mails
from selfcare.orders.models import Order
from selfcare.work import outbox

Template = Literal["sim_shipping", "sim_ota_ready", "sim_esim_ready"]


def tell(orders: Sequence[Order], template: Template) -> None:
    """Queue this mail about each of the orders, in the transaction of what it tells.

    Where many are told of at once, one mail has them all.
    """
    if not orders:
        return
    links = {}
    if template == "sim_esim_ready":
        # The code itself is on its page only: a mail is read by whoever has the mailbox.
        links = {order.request_id: {"url": settings.BASE_URL + address_of_code(order)} for order in orders}
    queued = []
    for mail in mails.outgoing(orders, "completed"):
        items = [{**item, **links.get(item["request_id"], {})} for item in mail.context["items"]]
        queued.append(replace(mail, template=template, gather=template, context={"items": items}))
    outbox.send_many(queued)


def address_of_code(order: Order) -> str:
    return reverse("lines:esim-code", args=[order.uuid])
