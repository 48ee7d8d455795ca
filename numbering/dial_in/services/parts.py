"""The draft of a construction-date order and its saved parts: begun, gone on with by colleagues, thrown away.

Every write locks the order's row and tests that the order still takes changes: a draft, or one that was returned for
correction. `revision` in its data is raised each time, so that a confirm page drawn before notices.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from numbering.dial_in import contents
from numbering.dial_in.contents import has_remaining
from numbering.dial_in.models import BaseNumber, DialInPart, DialInPartInput, VoiceContract
from selfcare import clock, phones
from selfcare.accounts.models import Contract, User
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.correcting import awaits_correction
from selfcare.orders.services.drafts import new_draft
from selfcare.orders.services.locks import busy_is_not_possible, wait_briefly
from selfcare.orders.services.moves import move
from selfcare.orders.states import State

CODE = "numbering.dial_in_by_date"


class OrderClosed(Exception):
    """The order takes no changes (any more): accepted meanwhile, expired or thrown away."""

    def __init__(self, order: Order) -> None:
        super().__init__(order.state)
        self.order = order


class Overtaken(Exception):
    """A colleague has saved this part since it was opened; `part` as it stands now, None when it was removed."""

    def __init__(self, part: DialInPart | None) -> None:
        super().__init__()
        self.part = part


@dataclass(frozen=True)
class Content:
    """What a part is to say. `document` is the uuid of its 残回線構成表; `free_dial_until` an ISO day: both empty
    without, and None where the part says nothing about it.
    """

    kind: str
    base_id: int
    rows: list[dict[str, Any]] = field(default_factory=list)
    free_dial_until: str | None = None
    document: str | None = None


def takes_changes(order: Order, *, now: datetime) -> bool:
    if order.state == State.DRAFT:
        return order.expires_at is not None and order.expires_at > now
    return awaits_correction(order)


def lock(*, order_id: int, now: datetime) -> Order:
    """The order's row for the rest of the transaction. Raises OrderClosed when it takes no changes."""
    wait_briefly()
    order = Order.objects.select_for_update(of=("self",)).select_related("contract").get(pk=order_id)
    if not takes_changes(order, now=now):
        raise OrderClosed(order)
    return order


def touch(*, order: Order, changes: Mapping[str, Any], now: datetime, actor: User) -> None:
    """Write `changes` into the locked order's data, with who did it; its draft lives for another thirty days."""
    order.data = {
        **order.data,
        **changes,
        "revision": order.data.get("revision", 0) + 1,
        "touched": {"by": actor.pk, "name": actor.display_name, "at": now.isoformat()},
    }
    if order.state == State.DRAFT:
        order.expires_at = now + order.handler.draft_life
    order.save(update_fields=["data", "expires_at"])


def begin(
    *, uuid: UUID, voice_contract: VoiceContract, consent: Mapping[str, str], source: Order | None, actor: User
) -> Order:
    """Make the draft, once for each `uuid` (sent twice it is one); `source`: an expired one whose parts go on in it."""
    now = clock.now()
    order = new_draft(
        procedure=procedures.get(CODE),
        subject=voice_contract,
        contract=voice_contract.contract,
        now=now,
        actor=actor,
    )
    order.uuid = uuid
    order.data = {
        "consent": dict(consent),
        "group": voice_contract.group_id,
        "revision": 0,
        "touched": {"by": actor.pk, "name": actor.display_name, "at": now.isoformat()},
    }
    with transaction.atomic():
        Order.objects.bulk_create([order], ignore_conflicts=True)
        made = Order.objects.select_for_update().get(uuid=uuid, customer_id=order.customer_id, procedure=CODE)
        if source is not None and source.subject_id == voice_contract.pk and not made.dial_in_parts.exists():
            _copy_parts(source, made, now, actor)
        return made


def _copy_parts(source: Order, made: Order, now: datetime, actor: User) -> None:
    DialInPart.objects.bulk_create(
        DialInPart(
            order=made,
            customer_id=made.customer_id,
            kind=part.kind,
            base_id=part.base_id,
            rows=part.rows,
            updated_by=actor,
            updated_at=now,
        )
        for part in source.dial_in_parts.order_by("pk")
    )
    new = DialInPartInput.objects.filter(order=source, user=actor, place__in=DialInPart.Kind.values)
    DialInPartInput.objects.bulk_create(
        [
            DialInPartInput(
                order=made,
                customer_id=made.customer_id,
                user=actor,
                place=kept.place,
                content={**kept.content, "document": ""},
                updated_at=now,
            )
            for kept in new
        ],
        ignore_conflicts=True,
    )


def base_counts(voice_contracts: Collection[int]) -> dict[int, int]:
    """How many base numbers in use each voice contract has; those without are not in it. One query."""
    held = BaseNumber.objects.filter(voice_contract__in=voice_contracts, ended_on=None).order_by()
    return dict(held.values_list("voice_contract").annotate(Count("pk")))


def touched_at(order: Order) -> datetime:
    """When somebody last changed the draft (business time)."""
    at = order.data.get("touched", {}).get("at")
    return datetime.fromisoformat(at) if at else order.created_at


def discard(*, order: Order, actor: User) -> None:
    """Throw a draft away; its input stays until expired drafts are erased. Raises OrderClosed."""
    if not move([order.pk], State.DRAFT, State.EXPIRED, now=clock.now(), actor=actor):
        raise OrderClosed(Order.objects.get(pk=order.pk))


def save_part(*, order: Order, part_id: int | None, version: int, content: Content, actor: User) -> DialInPart:
    """Save a part as it was entered; `version` is the one that the input began with, 0 for a new one.

    Raises OrderClosed, Overtaken, NotPossible (for the customer).
    """
    now = clock.now()
    with busy_is_not_possible(), transaction.atomic():
        locked = lock(order_id=order.pk, now=now)
        _require_base(locked, content)
        _require_apart(locked, part_id, content)
        _require_few(locked, part_id, content)
        part = _part(locked, part_id, version, content)
        part.base_id, part.rows = content.base_id, content.rows
        part.updated_by, part.updated_at = actor, now
        if part._state.adding:
            part.save(force_insert=True)
        else:
            part.version += 1
            part.save(update_fields=["base_id", "rows", "version", "updated_by_id", "updated_at"])
        touch(order=locked, changes=_changes(locked, part, content), now=now, actor=actor)
        return part


def remove_part(*, order: Order, part_id: int, version: int, actor: User) -> None:
    """Raises OrderClosed, Overtaken."""
    now = clock.now()
    with busy_is_not_possible(), transaction.atomic():
        locked = lock(order_id=order.pk, now=now)
        part = locked.dial_in_parts.filter(pk=part_id).first()
        if part is None:
            return
        if part.version != version:
            raise Overtaken(part)
        part.delete()
        remaining = {place: uuid for place, uuid in locked.data.get("remaining", {}).items() if place != str(part_id)}
        touch(order=locked, changes={"remaining": remaining}, now=now, actor=actor)


def _part(order: Order, part_id: int | None, version: int, content: Content) -> DialInPart:
    """The row to save into; fetched through the locked order, whose parts nobody else changes now."""
    if part_id is None:
        return DialInPart(order=order, customer_id=order.customer_id, kind=content.kind, version=1)
    part: DialInPart | None = order.dial_in_parts.filter(pk=part_id).first()
    if part is None or part.version != version:
        raise Overtaken(part)
    return part


def _require_base(order: Order, content: Content) -> None:
    bases = BaseNumber.objects.filter(voice_contract=order.subject_id, ended_on=None, customer_id=order.customer_id)
    if not bases.filter(pk=content.base_id).exists():
        raise NotPossible(_("この基本契約番号は、お選びの音声契約では使えません。基本契約番号を選び直してください。"))


def _require_apart(order: Order, part_id: int | None, content: Content) -> None:
    """A number is brought, a code is used, by one part; a colleague may have saved another one just now."""
    taken = claimed_by_others(order, part_id)
    for row in content.rows:
        mark = row.get("number") or row.get("code")
        if mark and mark in taken:
            shown = phones.display(mark) if row.get("number") else mark
            raise NotPossible(_("%(mark)s は、このお申し込みの別の内容にすでに入っています。") % {"mark": shown})


def _require_few(order: Order, part_id: int | None, content: Content) -> None:
    others = [part for part in order.dial_in_parts.all() if part.pk != part_id]
    told = too_many([*others, DialInPart(kind=content.kind, rows=content.rows)], order.contract)
    if told:
        raise NotPossible(told)


def too_many(together: Iterable[DialInPart], contract: Contract | None) -> str:
    """Why one order cannot want all these parts, in the customer's words; empty when it can."""
    count = contents.totals(together).all
    if count <= contents.MOST:
        return ""
    return _(
        "1回のお申し込みは、合わせて%(most)s番号までです（いまの内容では%(count)s番号になります）。番号数を減らすか、"
        "%(contact)s（%(phone)s）へご相談ください。"
    ) % {
        "most": f"{contents.MOST:,}",
        "count": f"{count:,}",
        "contact": contract.contact_name if contract else "",
        "phone": phones.display(contract.contact_phone) if contract else "",
    }


def claimed_by_others(order: Order, part_id: int | None) -> set[str]:
    """Numbers to bring and reservation codes in the order's other parts."""
    rows = [row for part in order.dial_in_parts.all() if part.pk != part_id for row in part.rows]
    return {row.get("number") or row.get("code") or "" for row in rows} - {""}


def _changes(order: Order, part: DialInPart, content: Content) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if content.free_dial_until is not None:
        changes["free_dial_until"] = content.free_dial_until
    remaining = dict(order.data.get("remaining", {}))
    if content.document is not None:
        remaining[str(part.pk)] = content.document
    if not has_remaining(part) or not remaining.get(str(part.pk)):
        remaining.pop(str(part.pk), None)
    return {**changes, "remaining": remaining}
