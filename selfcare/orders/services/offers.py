"""What the confirm page shows of a draft, and what has changed of it by the time its button is pressed."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.utils import dateformat, translation
from django.utils.translation import gettext as _

from selfcare import calendar, money
from selfcare.orders import once
from selfcare.orders.models import Order
from selfcare.orders.procedures import Procedure, Promise, Quote, Row


@dataclass(frozen=True)
class Offer:
    """Rows, quote and promise of one moment."""

    rows: list[Row]
    quote: Quote
    promise: Promise

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": [row.as_json() for row in self.rows],
            "quote": self.quote.as_json(),
            "promise": {"text": str(self.promise.text), "note": str(self.promise.note)},
        }


def offer(order: Order, *, now: datetime) -> Offer:
    """Of one order; many of them within `once.read_once`, or each one reads the hours."""
    procedure = order.handler
    return Offer(procedure.summary(order), procedure.quote(order), _promise(order, now))


def terms_of(order: Order, *, now: datetime) -> Offer:
    """The same without rows, where only moments and sums are asked for."""
    return Offer([], order.handler.quote(order), _promise(order, now))


def _promise(order: Order, now: datetime) -> Promise:
    """What the procedure promises; outside its acceptance hours, from their next opening on and undone until then."""
    procedure = order.handler
    opening = procedure.hours().next_opening(now)
    promise = procedure.promise(order, opening)
    if opening <= now:
        return promise
    at = dateformat.format(calendar.local(opening), _("n月j日 H:i"))
    text = _("%(at)s に受け付け、%(promise)s") % {"at": at, "promise": promise.text}
    return Promise(
        promise.due,
        text,
        cancel_until=promise.cancel_until or opening,
        note=promise.note,
        action=_("%(at)s の受付開始時に申し込む（予約）")
        % {"at": dateformat.format(calendar.local(opening), _("n/j(D) H:i"))},
    )


def opens_at(procedure: Procedure, now: datetime) -> datetime | None:
    """When orders open again, while they are closed; None while they are open."""
    opening = procedure.hours().next_opening(now)
    return opening if opening > now else None


def in_every_language(orders: Sequence[Order], *, now: datetime) -> dict[Order, dict[str, Any]]:
    """The offers in each language: a colleague may read an order, and its mails, in another one than was used here."""
    kept: dict[Order, dict[str, Any]] = {order: {} for order in orders}
    for language, _name in settings.LANGUAGES:
        with translation.override(language), once.read_once():
            for order in orders:
                kept[order][language] = offer(order, now=now).as_json()
    return kept


def seal_shown(order: Order, shown: Offer) -> str:
    """What was shown, for the confirm form: signed and bound to the order, so that it can be neither bent nor moved."""
    seen = {**shown.as_json(), "language": translation.get_language(), "data": _digest(order)}
    return signing.dumps(seen, salt=_salt(order), compress=True)


def _salt(order: Order) -> str:
    return f"orders.shown:{order.uuid}"


def _digest(order: Order) -> str:
    """Of what was typed, also where no row shows it: a secret typed anew in another tab changes its mark."""
    return hashlib.sha256(json.dumps(order.data, sort_keys=True).encode()).hexdigest()[:16]


def differences(order: Order, token: str, now: datetime) -> list[Row]:
    """What has changed since the confirm page was shown; a token that is not ours counts as nothing shown."""
    try:
        seen = signing.loads(token, salt=_salt(order))
    except signing.BadSignature:
        return not_shown()
    with translation.override(seen["language"]):
        rows = _compare(seen, offer(order, now=now))
        if not rows and seen["data"] != _digest(order):
            rows = [Row(_("内容"), _("別の画面で入力し直した内容"), _("前に表示された内容"))]
        return rows


def since_request(order: Order, current: Offer) -> list[Row]:
    """What is not any more as it was when the order was sent to be approved, in the reader's language."""
    then = order.shown.get(translation.get_language() or "") or order.shown.get(settings.LANGUAGE_CODE)
    return _compare(then, current) if then else []


def _compare(seen: dict[str, Any], current: Offer) -> list[Row]:
    """What differs in content (another tab may have changed the draft), price and promise, each with its old value."""
    before = dict(zip(_places([row["label"] for row in seen["rows"]]), seen["rows"], strict=True))
    rows = []
    for place, row in zip(_places([row.label for row in current.rows]), current.rows, strict=True):
        old = before[place]["new"] if place in before else ""
        if row.new != old:
            rows.append(Row(row.label, row.new, old))
    rows += price_changes(seen["quote"], current.quote)
    if seen["promise"]["text"] != str(current.promise.text):
        rows.append(Row(_("反映時期"), str(current.promise.text), seen["promise"]["text"]))
    return rows


def _places(labels: Sequence[str]) -> list[tuple[str, int]]:
    """Each with how many of the same label stand above it: two orders that fall with a contract are two rows."""
    counts: Counter[str] = Counter()
    places = []
    for label in map(str, labels):
        places.append((label, counts[label]))
        counts[label] += 1
    return places


def not_shown() -> list[Row]:
    """What differs where nothing was shown that we signed."""
    return [Row(_("内容"), _("この画面に表示されている内容"), _("確認されていません"))]


def price_changes(seen: Mapping[str, int], current: Quote) -> list[Row]:
    """What differs of `monthly` and `once`, whole yen, with the old value."""
    rows = []
    for name, label in (("monthly", _("月額の増減")), ("once", _("一時費用"))):
        then, amount = seen[name], getattr(current, name)
        if then != amount:
            rows.append(Row(label, money.yen(amount), money.yen(then)))
    return rows
