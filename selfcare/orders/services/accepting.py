"""Accepting a draft: once, whatever is pressed, sent or retried."""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import dateformat, translation
from django.utils.translation import gettext as _
from psycopg import errors

from selfcare import calendar, clock, money
from selfcare.accounts.models import Contract, User
from selfcare.orders import mails
from selfcare.orders.models import Order, OrderKey
from selfcare.orders.procedures import (
    Effects,
    NotPossible,
    Procedure,
    Promise,
    Quote,
    Row,
    rows_as_json,
)
from selfcare.orders.search import search_text
from selfcare.orders.services.drafts import require_possible
from selfcare.orders.services.locks import busy_is_not_possible, wait_briefly
from selfcare.orders.services.moves import move
from selfcare.orders.states import State
from selfcare.work import hints

logger = logging.getLogger(__name__)


class DraftExpired(Exception):
    """The draft's time is over; its input is kept and can be taken up again."""


@dataclass
class Changed(Exception):
    """Price or promise are not what the confirm page showed; `rows` says what was and what is."""

    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Offer:
    """What the confirm page shows: rows, quote and promise of one moment."""

    rows: list[Row]
    quote: Quote
    promise: Promise

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": rows_as_json(self.rows),
            "quote": self.quote.as_json(),
            "promise": {"text": str(self.promise.text)},
        }


def offer(order: Order, *, now: datetime) -> Offer:
    procedure = order.handler
    return Offer(procedure.summary(order), procedure.quote(order), _promise(order, now))


def _promise(order: Order, now: datetime) -> Promise:
    """What the procedure promises; outside its acceptance hours, from their next opening on and undone until then."""
    procedure = order.handler
    opening = procedure.acceptance.next_opening(now)
    promise = procedure.promise(order, opening)
    if opening <= now:
        return promise
    at = dateformat.format(calendar.local(opening), _("n月j日 H:i"))
    text = _("%(at)s に受け付け、%(promise)s") % {"at": at, "promise": promise.text}
    return Promise(promise.due, text, cancel_until=promise.cancel_until or opening)


def _in_every_language(order: Order, *, now: datetime) -> dict[str, Any]:
    """The offer in each language: a colleague may read the order, and its mails, in another one than was used here."""
    kept = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            kept[language] = offer(order, now=now).as_json()
    return kept


def seal_shown(order: Order, shown: Offer) -> str:
    """What was shown, for the confirm form: signed and bound to the order, so that it can be neither bent nor moved."""
    seen = {**shown.as_json(), "language": translation.get_language()}
    return signing.dumps(seen, salt=_salt(order), compress=True)


#: What a rival who was faster looks like; a missing row or value would be a defect.
_OVERTAKEN = (errors.UniqueViolation, errors.CheckViolation, errors.ExclusionViolation)


def _salt(order: Order) -> str:
    return f"orders.shown:{order.uuid}"


def _differences(order: Order, token: str, now: datetime) -> list[Row]:
    """What has changed since the confirm page was shown; a token that is not ours counts as nothing shown."""
    try:
        seen = signing.loads(token, salt=_salt(order))
    except signing.BadSignature:
        return [Row(_("内容"), _("この画面に表示されている内容"), _("確認されていません"))]
    with translation.override(seen["language"]):
        return _compare(seen, offer(order, now=now))


def _compare(seen: dict[str, Any], current: Offer) -> list[Row]:
    """What differs in content (another tab may have changed the draft), price and promise, each with its old value."""
    before = {row["label"]: row["new"] for row in seen["rows"]}
    rows = [
        Row(row.label, row.new, before.get(row.label, ""))
        for row in current.rows
        if row.new != before.get(row.label, "")
    ]
    for name, label in (("monthly", _("月額の増減")), ("once", _("一時費用"))):
        then, amount = seen["quote"][name], getattr(current.quote, name)
        if then != amount:
            rows.append(Row(label, money.yen(amount), money.yen(then)))
    if seen["promise"]["text"] != str(current.promise.text):
        rows.append(Row(_("反映時期"), str(current.promise.text), seen["promise"]["text"]))
    return rows


def accept(*, order_id: int, shown: str, session_digest: str, actor: User) -> tuple[Order, bool]:
    """Accept a draft and say whether it was this call that did it.

    One transaction: the draft's row and its subject's row are locked, everything is checked again, what is scarce is
    reserved, the order moves to acknowledged, its key closes the door to rivals, the mail is queued. A second call
    waits for the first and finds the order accepted: it changes nothing.

    Raises NotPossible (reason for the customer), Changed (back to the confirm page), DraftExpired.
    """
    try:
        with busy_is_not_possible(), transaction.atomic():
            wait_briefly()
            return _accept(order_id, shown, session_digest, actor)
    except IntegrityError as error:
        # The constraints are the last word where the checks above were overtaken; anything else is our mistake.
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
    if order.state == State.EXPIRED:
        raise DraftExpired
    if order.state != State.DRAFT:
        return order, False
    now = clock.now()
    if order.expires_at is not None and order.expires_at <= now:
        raise DraftExpired
    procedure = order.handler
    lock_subjects(procedure, [order])
    require_possible(order, now=now, actor=actor)
    current = offer(order, now=now)
    differences = _differences(order, shown, now)
    if differences:
        raise Changed(differences)
    if procedure.exclusive:
        OrderKey.objects.create(order=order, key=f"{procedure.exclusive}:{order.subject_id}")
    procedure.reserve(order)
    move(
        [order.pk],
        State.DRAFT,
        State.ACKNOWLEDGED,
        now=now,
        actor=actor,
        actor_id=actor.pk,
        accepted_at=now,
        due_at=current.promise.due,
        cancel_until=current.promise.cancel_until,
        shown=_in_every_language(order, now=now),
        search=search_text(order, current.rows),
        session_digest=session_digest,
        expires_at=None,
    )
    order.refresh_from_db()
    mails.tell([order], "accepted")
    hints.ring("orders.local" if procedure.effects == Effects.LOCAL else "orders.outside")
    return order, True


def lock_subjects(procedure: Procedure, orders: list[Order]) -> None:
    """Lock what the orders change, in id order, and read it again as it is now."""
    ids = sorted({order.subject_id for order in orders if order.subject_id is not None})
    model: type[Model] = procedure.subject
    locked: dict[int | None, Any] = {
        row.pk: row for row in model._default_manager.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    }
    for order in orders:
        order._subject = locked[order.subject_id]
        if order.contract_id is not None:
            # The contract may have ended since the form was filled in.
            order.contract = (
                locked[order.subject_id] if model is Contract else Contract.objects.get(pk=order.contract_id)
            )
