"""Many orders at once: one draft, one confirmation, one mail; here those of which all are taken or none.

What takes the good ones only is confirmed in `good_rows` and accepted in `taking`.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.core import signing
from django.db import connection, transaction
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from selfcare import clock
from selfcare.accounts.models import Contract, User
from selfcare.orders import approval, mails, once, secrets
from selfcare.orders.models import Batch, BatchRefusal, Order
from selfcare.orders.procedures import NotPossible, Procedure, Promise, Quote, Row, may_order, subjects_of
from selfcare.orders.services.accepting import (
    Changed,
    DraftExpired,
    lock_subjects,
    overtaken_is_not_possible,
    take,
)
from selfcare.orders.services.drafts import MARK, refusals
from selfcare.orders.services.locks import busy_is_not_possible, wait_briefly
from selfcare.orders.services.moves import IN_TIME, move
from selfcare.orders.services.offers import Offer, not_shown, offer, price_changes, terms_of
from selfcare.orders.services.telling import settle
from selfcare.orders.states import State

#: Reasons that a page lists in full; the rest are counted.
LISTED = 20


@dataclass(frozen=True)
class Wish:
    """One order to be: the row that it changes, what the form would have said, what of it is secret."""

    subject: Any
    data: dict[str, Any]
    secret: dict[str, Any]


@dataclass(frozen=True)
class Refused:
    """A row that cannot even become an order: which one, what was typed there (no secrets), why not."""

    label: str
    typed: str
    reason: str


@dataclass(frozen=True)
class Group:
    """Orders that take effect at the same time, as the confirm page counts them."""

    promise: Promise
    count: int


def draft(
    *,
    procedure: Procedure,
    wishes: Sequence[Wish],
    source: str,
    now: datetime,
    actor: User,
    refused: Sequence[Refused] = (),
    back: str = "",
) -> Batch:
    """Store what a checked file or a list of ticked rows said; nothing is accepted yet.

    `refused` rows are shown beside the others, where the procedure takes the good ones; `back` is the path of the
    page where rows are chosen.
    """
    if refused and not procedure.takes_the_good:
        raise ValueError(f"{procedure.code} takes all or none: a row that is refused refuses the file")
    until = now + procedure.draft_life
    with transaction.atomic():
        batch = Batch.objects.create(
            procedure=procedure.code,
            customer_id=wishes[0].subject.customer_id if wishes else actor.customer_id,  # type: ignore[misc]
            actor=actor,
            source=source[:200],
            back=back,
            digest=_digest(procedure, wishes) if procedure.takes_the_good else "",
            count=len(wishes) + len(refused),
            created_at=now,
            expires_at=until,
        )
        ids = _insert(batch, wishes)
        secrets.keep({Order(pk=pk): wish.secret for pk, wish in zip(ids, wishes, strict=True) if wish.secret})
        BatchRefusal.objects.bulk_create(
            [
                BatchRefusal(batch=batch, label=_kept(one.label, 100), typed=_kept(one.typed, 1000), reason=one.reason)
                for one in refused
            ],
            batch_size=2000,
        )
    return batch


def _kept(typed: str, most: int) -> str:
    """As much of what somebody typed as is worth showing; the database takes no NUL."""
    return typed.replace("\x00", "")[:most]


def _digest(procedure: Procedure, wishes: Sequence[Wish]) -> str:
    """Of all that is wished, in any order; keyed, because some of it is secret and short."""
    if not wishes:
        return ""
    rows = sorted(json.dumps([wish.subject.pk, wish.data, wish.secret], sort_keys=True) for wish in wishes)
    key = "\n".join([procedure.code, *rows])
    return salted_hmac("orders.batch", key, algorithm="sha256").hexdigest()


# Ten thousand objects with all their empty columns take Django seconds.
_INSERT = """
INSERT INTO orders_order (uuid, procedure, customer_id, contract_id, batch_id, subject_id, actor_id, state, phase, data,
    shown, result, search, reason, session_digest, created_at, expires_at, attempt, begun, errors, trouble)
SELECT t.uuid, b.procedure, b.customer_id, t.contract_id, b.id, t.subject_id, b.actor_id, 'draft', '', t.data,
    '{}', '{}', '', '', '', b.created_at, b.expires_at, 0, false, 0, ''
FROM ROWS FROM (
    unnest(%(uuids)s::uuid[], %(contracts)s::bigint[], %(subjects)s::bigint[]), jsonb_array_elements(%(data)s)
) WITH ORDINALITY AS t (uuid, contract_id, subject_id, data, place), orders_batch AS b
WHERE b.id = %(batch)s ORDER BY t.place
RETURNING id
"""


def _insert(batch: Batch, wishes: Sequence[Wish]) -> list[int]:
    """One draft for each wish, with ids in the order of the rows."""
    values: dict[str, Any] = {
        "batch": batch.pk,
        "uuids": [uuid4() for _wish in wishes],
        "contracts": [
            wish.subject.pk if isinstance(wish.subject, Contract) else wish.subject.contract_id for wish in wishes
        ],
        "subjects": [wish.subject.pk for wish in wishes],
        "data": Jsonb([{**wish.data, MARK: uuid4().hex} if wish.secret else wish.data for wish in wishes]),
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        return sorted(pk for (pk,) in cursor.fetchall())


def orders_of(batch: Batch) -> list[Order]:
    """Its orders with contracts and subjects, in the order of what they change: three queries however many."""
    orders = list(batch.orders.select_related("contract").order_by("subject_id", "pk"))
    subjects_of(orders)
    return orders


def offers_of(orders: Sequence[Order], *, now: datetime, rows: bool = True) -> dict[Order, Offer]:
    """What they offer at `now`; without their rows where only moments and sums are asked for."""
    make = offer if rows else terms_of
    with once.read_once():
        return {order: make(order, now=now) for order in orders}


def grouped(offers: dict[Order, Offer]) -> list[Group]:
    """By when they take effect, earliest first."""
    promises = {str(one.promise.text): one.promise for one in offers.values()}
    counts = Counter(str(one.promise.text) for one in offers.values())
    groups = [Group(promise, counts[text]) for text, promise in promises.items()]
    return sorted(groups, key=lambda group: group.promise.due)


def total(offers: dict[Order, Offer]) -> Quote:
    quotes = [one.quote for one in offers.values()]
    return Quote(monthly=sum(quote.monthly for quote in quotes), once=sum(quote.once for quote in quotes))


def common(summaries: Sequence[Sequence[Any]]) -> list[Any]:
    """The rows that stand in every one of these summaries: what is to be said once for all."""
    return [row for row in (summaries[0] if summaries else ()) if all(row in rows for rows in summaries)]


def examples_of(batch: Batch) -> list[Order]:
    """One accepted order for each contract and moment: what the others say is the same but for what they change."""
    kinds = ("contract_id", "due_at")
    return list(batch.orders.accepted().order_by(*kinds, "pk").distinct(*kinds))


def _terms(offers: dict[Order, Offer]) -> dict[str, Any]:
    quote = total(offers)
    groups = [[str(group.promise.text), group.count] for group in grouped(offers)]
    return {"groups": groups, "monthly": quote.monthly, "once": quote.once}


def seal_shown(batch: Batch, offers: dict[Order, Offer]) -> str:
    """What the confirm page showed, signed and bound to the batch."""
    seen = {**_terms(offers), "language": translation.get_language()}
    return signing.dumps(seen, salt=f"orders.batch:{batch.uuid}", compress=True)


def _differences(batch: Batch, offers: dict[Order, Offer], token: str, now: datetime) -> list[Row]:
    try:
        seen = signing.loads(token, salt=f"orders.batch:{batch.uuid}")
    except signing.BadSignature:
        return not_shown()
    here = translation.get_language()
    with translation.override(seen["language"]):
        is_same = seen["language"] == here
        anew = offers if is_same else offers_of(list(offers), now=now)
        current = _terms(anew)
        rows = price_changes(seen, total(anew))
        if seen["groups"] != current["groups"]:
            rows.append(Row(_("反映時期"), _words(current["groups"]), _words(seen["groups"])))
    return rows


def _words(groups: Sequence[Sequence[Any]]) -> str:
    return "、".join(_("%(when)s（%(n)d件）") % {"when": text, "n": count} for text, count in groups)


def problems(orders: Sequence[Order], *, now: datetime, actor: User) -> list[Row]:
    """What cannot be done and why, at most LISTED of them by name."""
    if not may_order(orders[0].handler, actor):
        return [Row("", _("この手続きは、お使いのユーザーの役割では申し込めません。管理者にご相談ください。"))]
    reasons = refusals(orders, now=now)
    rows = [Row(str(order._subject), reason) for order, reason in list(reasons.items())[:LISTED]]
    if len(reasons) > LISTED:
        rows.append(Row("", _("ほか%(n)d件") % {"n": len(reasons) - LISTED}))
    return rows


def place(*, batch_id: int, shown: str, session_digest: str, actor: User) -> Batch:
    """Accept all orders of a draft, or none; a second call finds them accepted and changes nothing.

    Raises NotPossible, Changed, DraftExpired.
    """
    with overtaken_is_not_possible(), busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch_id)
        if not batch.is_draft:
            return batch
        now = clock.now()
        if batch.expires_at is not None and batch.expires_at <= now:
            raise DraftExpired
        orders = list(
            batch.orders.select_for_update(of=("self",)).filter(state=State.DRAFT).order_by("subject_id", "pk")
        )
        if len(orders) != batch.count:
            raise DraftExpired
        lock_subjects(batch.handler, orders)
        found = problems(orders, now=now, actor=actor)
        if found:
            raise NotPossible("\n".join(" ".join(filter(None, (row.label, row.new))) for row in found))
        offers = offers_of(orders, now=now)
        changed = _differences(batch, offers, shown, now)
        if changed:
            raise Changed(changed)
        if approval.reasons(orders, total(offers), actor=actor):
            # What is taken as a whole or not at all takes effect by itself, and never waits: no file gets here.
            raise NotPossible(_("このお申し込みには承認が必要なため、まとめては申し込めません。"))
        take(offers, now=now, session_digest=session_digest, actor=actor)
        batch.accepted_at, batch.session_digest, batch.actor, batch.expires_at = now, session_digest, actor, None
        batch.save(update_fields=["accepted_at", "session_digest", "actor", "expires_at"])
        mails.tell_batch(batch, "accepted", _items(offers))
    return batch


def _items(offers: dict[Order, Offer]) -> list[dict[str, Any]]:
    return [
        {"when": str(group.promise.text), "note": str(group.promise.note), "count": group.count}
        for group in grouped(offers)
    ]


def cancel(*, batch: Batch, actor: User) -> int:
    """Undo what of the batch can still be undone; returns how many. Raises NotPossible when it is nothing any more."""
    with busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        if Batch.objects.filter(pk=batch.pk, accepting=True).exists():
            raise NotPossible(_("まだ受け付けの途中です。受け付けが終わってから取り消してください。"))
        # Orders first, their batch afterwards (`telling`): a worker that ends some of them locks in the same order.
        waiting = batch.orders.select_for_update(of=("self",)).filter(state=State.ACKNOWLEDGED).order_by("pk")
        ids = list(waiting.values_list("pk", flat=True))
        now = clock.now()
        moved = move(ids, State.ACKNOWLEDGED, State.CANCELLED, now=now, actor=actor, where=IN_TIME)
        if not moved:
            raise NotPossible(_("取消の期限を過ぎたか、すでに手続きが始まっているため、取り消せませんでした。"))
        orders = list(Order.objects.filter(pk__in=moved).select_related("contract").order_by("pk"))
        batch.handler.release(orders)
        settle([batch.pk], now=now)
    return len(moved)
