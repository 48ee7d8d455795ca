"""Accepting a draft: once, whatever is pressed, sent or retried."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from psycopg import errors
from psycopg.types.json import Jsonb

from selfcare import clock
from selfcare.accounts.models import Contract, User
from selfcare.orders import approval, approval_mails, mails, once, secrets
from selfcare.orders.models import Order, OrderKey
from selfcare.orders.procedures import Effects, NotPossible, Procedure, Row
from selfcare.orders.search import search_text
from selfcare.orders.services.drafts import require_possible
from selfcare.orders.services.locks import busy_is_not_possible, wait_briefly
from selfcare.orders.services.moves import move
from selfcare.orders.services.offers import Offer, differences, in_every_language, offer
from selfcare.orders.states import APPROVAL, State
from selfcare.work import hints

logger = logging.getLogger(__name__)


class DraftExpired(Exception):
    """The draft's time is over; its input is kept and can be taken up again."""


@dataclass
class Changed(Exception):
    """Price or promise are not what the confirm page showed; `rows` says what was and what is."""

    rows: list[Row] = field(default_factory=list)


#: What a rival who was faster looks like; a missing row or value would be a defect.
_OVERTAKEN = (errors.UniqueViolation, errors.CheckViolation, errors.ExclusionViolation)


def accept(*, order_id: int, shown: str, session_digest: str, actor: User) -> tuple[Order, bool]:
    """Accept a draft and say whether it was this call that did it.

    One transaction: the draft's row and its subject's row are locked, everything is checked again, what is scarce is
    reserved, the order moves to acknowledged, its key closes the door to rivals, the mail is queued. A second call
    waits for the first and finds the order accepted: it changes nothing.

    Where the customer's rule wants a second person, the order waits for approval instead (`approval`).

    Raises NotPossible (reason for the customer), Changed (back to the confirm page), DraftExpired.
    """
    with overtaken_is_not_possible(), busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        return _accept(order_id, shown, session_digest, actor)


@contextmanager
def overtaken_is_not_possible() -> Iterator[None]:
    """Around a transaction: the constraints are the last word where the checks were overtaken."""
    try:
        yield
    except IntegrityError as error:
        cause = error.__cause__
        if not isinstance(cause, _OVERTAKEN):
            raise
        logger.warning("A constraint refused an order.", extra={"constraint": cause.diag.constraint_name})
        raise NotPossible(
            _(
                "同じ対象への別のお手続きが同時に行われたため、お申し込みを受け付けていません。最新の状況をご確認ください。"
            )
        ) from error


def _accept(order_id: int, shown: str, session_digest: str, actor: User) -> tuple[Order, bool]:
    order = Order.objects.select_for_update(of=("self",)).select_related("contract").get(pk=order_id)
    if order.state == State.EXPIRED and order.is_draft:
        raise DraftExpired
    if order.state != State.DRAFT:
        return order, False
    if order.batch_id is not None:
        raise NotPossible(_("このお申し込みは一括のお申し込みの一部です。一括の確認画面から確定してください。"))
    now = clock.now()
    if order.expires_at is not None and order.expires_at <= now:
        raise DraftExpired
    lock_subjects(order.handler, [order])
    require_possible(order, now=now, actor=actor)
    changed = differences(order, shown, now)
    if changed:
        raise Changed(changed)
    current = offer(order, now=now)
    waits = bool(approval.reasons([order], current.quote, actor=actor))
    until = now + approval.LIFE if waits else None
    take({order: current}, now=now, session_digest=session_digest, actor=actor, wait_until=until)
    order.refresh_from_db()
    if waits:
        approval_mails.ask_for(order)
    else:
        mails.tell([order], "accepted")
    return order, True


# One JSON text for all: in an array of them every quotation mark is escaped again, which takes longer than writing.
_WRITE = """
UPDATE orders_order AS o
SET due_at = t.due_at, cancel_until = t.cancel_until, shown = t.shown, search = t.search
FROM ROWS FROM (
    unnest(%(ids)s::bigint[], %(due)s::timestamptz[], %(until)s::timestamptz[], %(search)s::text[]),
    jsonb_array_elements(%(shown)s)
) AS t (id, due_at, cancel_until, search, shown)
WHERE o.id = t.id
"""


@once.read_once()
def take(
    offers: dict[Order, Offer], *, now: datetime, session_digest: str, actor: User, wait_until: datetime | None = None
) -> None:
    """Accept checked and locked drafts of one procedure, on sets, in the caller's transaction.

    Keys close the door to rivals, what is scarce is reserved, what was promised is written down, the orders move.
    `wait_until`: they only wait for approval, until then. What was sealed stays sealed, and nothing is reserved but the
    numbers that their procedure holds meanwhile.
    """
    orders = list(offers)
    procedure = orders[0].handler
    if procedure.exclusive:
        OrderKey.objects.bulk_create(
            [OrderKey(order=order, key=f"{procedure.exclusive}:{order.subject_id}") for order in orders],
            batch_size=2000,
        )
    for order, current in offers.items():
        order.actor, order.accepted_at, order.session_digest = actor, now, session_digest
        order.due_at, order.cancel_until = current.promise.due, current.promise.cancel_until
    waits = wait_until is not None
    if procedure.holds_while_pending or not waits:
        procedure.reserve(orders)
    if not waits:
        secrets.forget(orders)
    write_offers(offers, now)
    moved = move(
        [order.pk for order in orders],
        State.DRAFT,
        State.PENDING if waits else State.ACKNOWLEDGED,
        now=now,
        actor=orders[0].taken_by,
        # Of a batch that was approved; one order alone is taken when it waits (`approving`).
        detail={"approval": "approved"} if orders[0].approver else None,
        actor_id=actor.pk,
        accepted_at=now,
        session_digest=session_digest,
        expires_at=wait_until,
        phase=APPROVAL if waits else "",
    )
    if len(moved) != len(orders):
        raise RuntimeError(f"{len(orders)} drafts were locked, {len(moved)} could be accepted")
    if not waits:
        ring(procedure)


def ring(procedure: Procedure) -> None:
    """Wake who carries out its orders."""
    hints.ring("orders.local" if procedure.effects == Effects.LOCAL else "orders.outside")


def write_offers(offers: dict[Order, Offer], now: datetime) -> None:
    """Store what was promised, in each language, with the moments that stand on the orders."""
    shown = in_every_language(list(offers), now=now)
    values: dict[str, Any] = {
        "ids": [order.pk for order in offers],
        "due": [order.due_at for order in offers],
        "until": [order.cancel_until for order in offers],
        "shown": Jsonb([shown[order] for order in offers]),
        "search": [search_text(order, current.rows) for order, current in offers.items()],
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)


def lock_subjects(procedure: Procedure, orders: Sequence[Order]) -> None:
    """Lock what the orders change, in id order, and read it again as it is now, with the contracts."""
    ids = sorted({order.subject_id for order in orders if order.subject_id is not None})
    model: type[Model] = procedure.subject
    locked: dict[int | None, Any] = {
        row.pk: row for row in model._default_manager.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    }
    # A contract may have ended since the form was filled in.
    wanted = {order.contract_id for order in orders if order.contract_id is not None}
    contracts: dict[int | None, Any] = locked if model is Contract else {**Contract.objects.in_bulk(wanted)}
    for order in orders:
        if order.subject_id not in locked:
            raise NotPossible(_("対象が見つかりません。入力画面でもう一度お確かめください。"))
        order._subject = locked[order.subject_id]
        if order.contract_id is not None:
            order.contract = contracts[order.contract_id]
