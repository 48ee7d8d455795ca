"""Batches of which the good rows are taken: what the one confirmation shows, and what it agrees to.

`confirm` makes the batch accepted as of one moment; its orders follow chunk by chunk (`taking`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import connection, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, User
from selfcare.orders import approval, approval_mails, secrets
from selfcare.orders.models import Approval, Batch, BatchRefusal, Order
from selfcare.orders.procedures import NotPossible, Row, may_order, subjects_of
from selfcare.orders.services.accepting import Changed, DraftExpired, overtaken_is_not_possible
from selfcare.orders.services.batches import LISTED, grouped, offers_of, total
from selfcare.orders.services.drafts import refusals
from selfcare.orders.services.locks import busy_is_not_possible, wait_briefly
from selfcare.orders.services.moves import move
from selfcare.orders.services.offers import Offer, not_shown, price_changes
from selfcare.orders.states import State
from selfcare.work import hints

#: Where the workers' hints about batches go.
SOURCE = "orders.batches"


@dataclass(frozen=True)
class Preview:
    """The drafts of a batch in the order of the file: the good with what they offer, the others with the reason."""

    orders: list[Order]
    reasons: dict[Order, str]
    offers: dict[Order, Offer]


def preview(batch: Batch, *, now: datetime, confirming: bool = False) -> Preview:
    """What could be taken at `now`; the same few queries however many rows.

    `confirming`: locked against their expiry, and only with moments and sums. They are locked again, and the rows they
    change as well, when they are accepted.
    """
    drafts = batch.orders.filter(state=State.DRAFT).defer("shown", "result", "search", "reason").order_by("pk")
    orders = list(drafts.select_for_update(of=("self",)) if confirming else drafts)
    read_subjects(orders)
    reasons = {order: _("対象が見つかりません。") for order in orders if not hasattr(order, "_subject")}
    reasons |= refusals([order for order in orders if order not in reasons], now=now, fresh=True)
    good = [order for order in orders if order not in reasons]
    return Preview(orders, reasons, offers_of(good, now=now, rows=not confirming))


def read_subjects(orders: Sequence[Order]) -> None:
    """What the orders change, and one object for all orders of a contract: two queries."""
    contracts = Contract.objects.in_bulk({order.contract_id for order in orders if order.contract_id is not None})
    for order in orders:
        if order.contract_id is not None:
            order.contract = contracts[order.contract_id]
    subjects_of(orders)


def label_of(order: Order) -> str:
    """What the order changes, as people know it; its subject has been looked for."""
    return str(order._subject) if hasattr(order, "_subject") else ""


def same_under_way(batch: Batch) -> Batch | None:
    """A batch with the same wishes that has not ended yet, or waits for approval: this is the same file sent again."""
    if not batch.digest:
        return None
    is_open = Q(accepted_at__isnull=False, finished_at=None) | Q(approval=Approval.WAITING)
    under_way = Batch.objects.filter(is_open, customer_id=batch.customer_id)
    return under_way.filter(digest=batch.digest).exclude(pk=batch.pk).first()


def in_the_way(batch: Batch, *, actor: User) -> str:
    """Why this user cannot confirm any of it; empty when he can."""
    if not may_order(batch.handler, actor):
        return _("この手続きは、お使いのユーザーの役割では申し込めません。管理者にご相談ください。")
    same = same_under_way(batch)
    if same is not None:
        return _("同じ内容の一括のお申し込み（%(request)s）が手続き中です。二重には申し込めません。") % {
            "request": same.request_id
        }
    return ""


def _salt(batch: Batch) -> str:
    return f"orders.batch:{batch.uuid}"


def _groups(offers: Mapping[Order, Offer]) -> list[list[Any]]:
    return [[str(group.promise.text), group.count] for group in grouped(dict(offers))]


def seal_shown(batch: Batch, seen: Preview) -> str:
    """What the confirm page showed, signed and bound to the batch: moments, sums, and which rows were not good."""
    quote = total(seen.offers)
    first = seen.orders[0].pk if seen.orders else 0
    shown = {
        "groups": _groups(seen.offers),
        "monthly": quote.monthly,
        "once": quote.once,
        # Small numbers, one after the other, are next to nothing once compressed.
        "bad": [order.pk - first for order in seen.reasons],
        "language": translation.get_language(),
    }
    return signing.dumps(shown, salt=_salt(batch), compress=True)


def opened(batch: Batch, token: str) -> dict[str, Any]:
    """What the page showed; empty for a token that is not ours."""
    try:
        return dict(signing.loads(token, salt=_salt(batch)))
    except signing.BadSignature:
        return {}


def since_request(batch: Batch, seen: Preview, now: datetime) -> list[Row]:
    """What is not any more as it was when the batch was sent to be approved."""
    return _differences(batch, seen, batch.asked, now)


def _differences(batch: Batch, seen: Preview, shown: dict[str, Any], now: datetime) -> list[Row]:
    """What is not as the page showed it: rows that have become impossible or possible, moments, prices."""
    if not shown:
        return not_shown()
    first = seen.orders[0].pk if seen.orders else 0
    bad = {first + offset for offset in shown["bad"]}
    worse = [Row(label_of(order), reason) for order, reason in seen.reasons.items() if order.pk not in bad]
    better = [Row(label_of(order), _("申し込めるようになりました")) for order in seen.offers if order.pk in bad]
    rows = [*worse, *better][:LISTED]
    if len(worse) + len(better) > LISTED:
        rows.append(Row("", _("ほか%(n)d件") % {"n": len(worse) + len(better) - LISTED}))
    here = translation.get_language()
    with translation.override(shown["language"]):
        anew = seen.offers if shown["language"] == here else offers_of(list(seen.offers), now=now, rows=False)
        rows += price_changes(shown, total(anew))
        groups = _groups(anew)
        if groups != shown["groups"]:
            rows.append(Row(_("反映時期"), _words(groups), _words(shown["groups"])))
    return rows


def _words(groups: Sequence[Sequence[Any]]) -> str:
    return "、".join(_("%(when)s（%(n)d件）") % {"when": text, "n": count} for text, count in groups)


def terms(one: Offer) -> tuple[str, int, int]:
    """What a customer agrees to for one order, whatever the language: when, and for how much."""
    return one.promise.due.isoformat(), one.quote.monthly, one.quote.once


def confirm(*, batch_id: int, shown: str, session_digest: str, actor: User) -> Batch:
    """Agree to the good rows of a draft, once; a second call finds it agreed to and changes nothing.

    The moment counts as the acceptance of all of them. What is not good is refused here and now. Where the customer's
    rule wants a second person, the batch waits for approval instead. Raises NotPossible, Changed, DraftExpired.
    """
    with overtaken_is_not_possible(), busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch_id)
        if not batch.is_draft or batch.approval:
            return batch
        now = clock.now()
        if batch.expires_at is not None and batch.expires_at <= now:
            raise DraftExpired
        seen = seen_as_shown(batch, shown, now=now, actor=actor)
        batch.session_digest, batch.actor = session_digest, actor
        batch.save(update_fields=["session_digest", "actor"])
        if approval.reasons(list(seen.offers), total(seen.offers), actor=actor):
            _ask(batch, seen, opened(batch, shown), now=now)
        else:
            agree(batch, seen, now=now)
            detail = {"count": batch.count, "good": len(seen.offers)}
            audit.record(action="batch.confirmed", obj=batch, detail=detail, actor=actor)
    return batch


def seen_as_shown(batch: Batch, shown: str, *, now: datetime, actor: User) -> Preview:
    """The locked batch as it is now, which is as the page showed it. Raises NotPossible, Changed."""
    problem = in_the_way(batch, actor=actor)
    if problem:
        raise NotPossible(problem)
    seen = preview(batch, now=now, confirming=True)
    changed = _differences(batch, seen, opened(batch, shown), now)
    if changed:
        raise Changed(changed)
    if not seen.offers:
        raise NotPossible(_("申し込めるものがありません。"))
    return seen


def agree(batch: Batch, seen: Preview, *, now: datetime) -> None:
    """From now on it is accepted, by whoever comes; what is not good is refused. In the caller's transaction."""
    refuse(batch, seen.reasons, now=now, actor=batch.approver or batch.actor)
    batch.agreed = sorted({terms(one) for one in seen.offers.values()})
    batch.accepted_at, batch.accepting, batch.expires_at = now, True, None
    batch.save(update_fields=["agreed", "accepted_at", "accepting", "expires_at"])
    hints.ring(SOURCE)


def _ask(batch: Batch, seen: Preview, shown: dict[str, Any], *, now: datetime) -> None:
    """It waits for a second person. Its orders stay drafts, and what was typed of secrets stays sealed."""
    batch.approval, batch.requested_at, batch.expires_at = Approval.WAITING, now, now + approval.LIFE
    batch.asked = {**shown, "good": len(seen.offers)}
    batch.save(update_fields=["approval", "requested_at", "expires_at", "asked"])
    detail = {"count": batch.count, "good": len(seen.offers)}
    audit.record(action="batch.approval_requested", obj=batch, detail=detail, actor=batch.actor)
    quote = total(seen.offers)
    groups = [(text, count) for text, count in _groups(seen.offers)]
    approval_mails.ask_for_batch(batch, groups, quote.monthly, quote.once)


_REASONS = """
UPDATE orders_order AS o SET reason = r.reason
FROM orders_batchrefusal AS r WHERE r.order_id = o.id AND o.id = ANY(%s)
"""


def refuse(batch: Batch, reasons: Mapping[Order, str], *, now: datetime, actor: User) -> None:
    """Put these drafts among the batch's refusals, in the caller's transaction: they are over, and say why."""
    if not reasons:
        return
    BatchRefusal.objects.bulk_create(
        [
            BatchRefusal(batch=batch, order=order, label=label_of(order)[:100], reason=reason)
            for order, reason in reasons.items()
        ],
        batch_size=2000,
    )
    ids = [order.pk for order in reasons]
    with connection.cursor() as cursor:
        cursor.execute(_REASONS, [ids])
    move(ids, State.DRAFT, State.EXPIRED, now=now, actor=actor)
    secrets.forget(list(reasons))
