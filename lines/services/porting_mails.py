"""The mails about numbers that come and go, beside those that every order has."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from lines import rules
from lines.models import PortIn, PortOut
from selfcare import phones
from selfcare.accounts.models import Contract
from selfcare.orders import mails
from selfcare.orders.procedures import Row
from selfcare.work import outbox

Template = Literal["mnp_out_issued", "mnp_out_left", "mnp_out_expired"]


def tell_port_outs(port_outs: Sequence[PortOut], template: Template) -> None:
    """Queue this mail about each of them, in the transaction of what it tells; addressed as their orders' mails."""
    if not port_outs:
        return
    by_order = {port_out.order.request_id: port_out for port_out in port_outs}
    queued = []
    for mail in mails.outgoing([port_out.order for port_out in port_outs], "completed"):
        with translation.override(mail.language):
            items = [_with_facts(item, by_order[item["request_id"]]) for item in mail.context["items"]]
        queued.append(replace(mail, template=template, gather=template, context={**mail.context, "items": items}))
    outbox.send_many(queued)


def _with_facts(item: Mapping[str, Any], port_out: PortOut) -> dict[str, Any]:
    """The order's item, and first of all what has come of it."""
    rows = [Row(_("MNP予約番号"), port_out.reservation_number)] if port_out.reservation_number else []
    if port_out.left_on:
        rows.append(Row(_("転出日"), rules.day(port_out.left_on)))
    elif port_out.expires_on:
        rows.append(Row(_("有効期限"), rules.day(port_out.expires_on)))
    return {**item, "rows": [row.as_json() for row in rows] + item["rows"]}


def warn_of_expiry(port_ins: Sequence[PortIn], *, today: date) -> None:
    """Queue the mail that says until when these can be opened, and that their SIMs become void after.

    To the confirmed notification addresses, without any to the one registered at contract; in Japanese, because
    nobody in particular asked. `port_ins` with their lines.
    """
    if not port_ins:
        return
    confirmed = mails.confirmed_addresses({port_in.customer_id for port_in in port_ins})
    contracts = Contract.objects.filter(pk__in={port_in.line.contract_id for port_in in port_ins})
    registered: dict[int, str] = dict(contracts.values_list("pk", "mail"))
    items: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    with translation.override(settings.LANGUAGE_CODE):
        for port_in in port_ins:
            item = _expiring(port_in, today)
            addresses = confirmed[port_in.customer_id] or [registered.get(port_in.line.contract_id, "")]
            for address in sorted(set(addresses) - {""}):
                items[port_in.customer_id, address].append(item)
    outbox.send_many(
        [
            outbox.Outgoing(
                template="mnp_in_expiring",
                to=address,
                customer_id=customer_id,
                context={"items": some[start : start + outbox.ITEMS], "url": _list_address()},
                gather="mnp_in_expiring",
            )
            for (customer_id, address), some in items.items()
            for start in range(0, len(some), outbox.ITEMS)
        ]
    )


def _expiring(port_in: PortIn, today: date) -> dict[str, Any]:
    return {
        "number": phones.display(port_in.number),
        "sim_serial": port_in.line.sim_serial,
        "reservation_number": port_in.reservation_number,
        "expires_on": rules.day(port_in.expires_on),
        "days": (port_in.expires_on - today).days,
        "shipped": port_in.line.shipped_on is not None and port_in.line.shipped_on <= today,
    }


def _list_address() -> str:
    return settings.BASE_URL + reverse("lines:mnp-in-list")
