"""The mails about orders, on sets: one for all that a customer is told of at one moment; the outbox gathers further."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from django.conf import settings
from django.utils import translation

from selfcare.accounts.models import Contract, NotificationAddress, User
from selfcare.accounts.services.addresses import copy_address
from selfcare.orders import deferred, procedures
from selfcare.orders.models import Batch, Order
from selfcare.orders.procedures import Procedure
from selfcare.orders.states import State
from selfcare.work import outbox

Kind = Literal["accepted", "completed", "failed", "cancelled", "rejected", "expired", "withdrawn"]
#: How a request for approval ended without effect: said whatever else the procedure is silent about.
_ALWAYS = frozenset({"rejected", "expired", "withdrawn"})


def tell(orders: Sequence[Order], kind: Kind) -> None:
    """Queue the mails of this kind for the customers' notification addresses and a copy for who ordered.

    A customer without a confirmed notification address is told at the address registered at contract. Runs in the
    transaction of the move it tells about; a few queries however many orders.
    """
    told = wanted(orders, kind)
    if told:
        outbox.send_many(outgoing(told, kind))


def wanted(orders: Sequence[Order], kind: Kind) -> list[Order]:
    """Those of them whose procedure sends such a mail, in the order given."""
    if kind in _ALWAYS:
        return list(orders)
    by_code: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        by_code[order.procedure].append(order)
    silent: set[Order] = set()
    for code, group in by_code.items():
        procedure = procedures.get(code)
        # Most procedures send all of them, and their subjects need not be read.
        if type(procedure).mails is not Procedure.mails:
            procedures.subjects_of([order for order in group if not hasattr(order, "_subject")])
            silent |= {order for order in group if kind not in procedure.mails(order)}
    return [order for order in orders if order not in silent]


def outgoing(orders: Sequence[Order], kind: Kind) -> list[outbox.Outgoing]:
    """Those mails: one per customer, address and language, with up to `outbox.ITEMS` orders in the order given."""
    deferred.read(orders, "shown")
    confirmed = confirmed_addresses({order.customer_id for order in orders})
    users = User.objects.in_bulk({order.actor_id for order in orders if order.actor_id})
    registered: dict[int | None, str] = dict(
        Contract.objects.filter(pk__in={order.contract_id for order in orders}).values_list("pk", "mail")
    )
    items: dict[tuple[str, int, str], list[dict[str, object]]] = defaultdict(list)
    for language, group in _by_language(orders, users).items():
        with translation.override(language):
            for order in group:
                item = _item(order, kind)
                if kind != "accepted":
                    # What was to come is no news any more, and it may have come otherwise than promised.
                    item |= {"when": "", "note": "", "cancel_until": ""}
                addresses = set(confirmed[order.customer_id]) or {registered.get(order.contract_id, "")}
                actor = users.get(order.actor_id or 0)
                if actor:
                    addresses.add(copy_address(actor))
                for address in sorted(addresses - {""}):
                    items[language, order.customer_id, address].append(item)
    return [
        outbox.Outgoing(
            template=f"order_{kind}",
            to=address,
            customer_id=customer_id,
            context={"items": some[start : start + outbox.ITEMS]},
            language=language,
            gather=f"order_{kind}",
        )
        for (language, customer_id, address), some in items.items()
        for start in range(0, len(some), outbox.ITEMS)
    ]


def _by_language(orders: Iterable[Order], users: dict[int, User]) -> dict[str, list[Order]]:
    """Each in the language of who ordered; what an operator ordered, in Japanese."""
    groups: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        actor = users.get(order.actor_id or 0)
        groups[actor.language if actor and actor.customer_id else settings.LANGUAGE_CODE].append(order)
    return groups


def confirmed_addresses(customer_ids: Iterable[int]) -> dict[int, list[str]]:
    """The notification addresses by customer."""
    confirmed: dict[int, list[str]] = defaultdict(list)
    known = NotificationAddress.objects.filter(customer_id__in=set(customer_ids), confirmed_at__isnull=False)
    for customer_id, email in known.values_list("customer_id", "email"):
        confirmed[customer_id].append(email)
    return confirmed


def tell_batch(
    batch: Batch,
    kind: str,
    groups: Sequence[dict[str, object]] = (),
    *,
    refused: int = 0,
) -> None:
    """Queue the one mail about a batch, for the same addresses as one about a single order.

    `kind`: accepted, finished, or how it ended without approval (refused, withdrawn, expired). `groups`: when accepted,
    `when`, `note`, `count` of each moment; when finished, `state`, `count` of each outcome.
    `refused` of its rows were not taken.
    """
    addresses = set(confirmed_addresses([batch.customer_id])[batch.customer_id])
    if not addresses:
        contracts = Contract.objects.filter(pk__in=batch.orders.order_by().values("contract_id").distinct())
        addresses = set(contracts.values_list("mail", flat=True))
    addresses.add(copy_address(batch.actor))
    with translation.override(batch.actor.language):
        title = str(batch.handler.title)
        if kind == "finished":
            groups = [{**group, "label": str(State(str(group["state"])).label)} for group in groups]
    context = {
        "request_id": batch.request_id,
        "title": title,
        "source": batch.source,
        "count": batch.count - refused,
        "refused": refused,
        "reason": batch.reason,
        "groups": list(groups),
        "url": settings.BASE_URL + batch.get_absolute_url(),
    }
    outbox.send_many(
        [
            outbox.Outgoing(
                template=f"batch_{kind}",
                to=address,
                customer_id=batch.customer_id,
                context=context,
                language=batch.actor.language,
            )
            for address in sorted(addresses - {""})
        ]
    )


def _item(order: Order, kind: Kind) -> dict[str, object]:
    """What a mail says of one order: no passwords, nothing that is not on the confirm page."""
    promise = order.shown_part("promise") or {}
    return {
        "request_id": order.request_id,
        "title": str(order.handler.title),
        "heading": str(order.handler.mail_titles.get(kind, "")),
        "rows": order.shown_part("rows") or [],
        "when": promise.get("text", ""),
        "note": promise.get("note", ""),
        "reason": order.reason,
        "cancel_until": order.cancel_until.isoformat() if order.cancel_until else "",
        "url": settings.BASE_URL + order.get_absolute_url(),
        "accepted_at": order.accepted_at.isoformat() if order.accepted_at else "",
    }
