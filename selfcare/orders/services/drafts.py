"""From the first form to a draft that can be confirmed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from selfcare.accounts.models import Contract, User
from selfcare.orders import obstacles, once, secrets
from selfcare.orders.models import Order, OrderKey
from selfcare.orders.procedures import NotPossible, Procedure, may_order, may_wait, subjects_of
from selfcare.orders.states import APPROVAL, State


def new_draft(
    *, procedure: Procedure, subject: Any | None, contract: Contract | None, now: datetime, actor: User
) -> Order:
    """A draft that is not in the database yet; the input page and its forms read it.

    Without a subject the form has yet to find it, among what the actor's customer has.
    """
    order = Order(
        procedure=procedure.code,
        customer_id=actor.customer_id if subject is None else subject.customer_id,  # type: ignore[misc]
        contract=contract,
        actor=actor,
        created_at=now,
        expires_at=now + procedure.draft_life,
    )
    if subject is not None:
        choose(order, subject)
    return order


def choose(order: Order, subject: Any) -> None:
    """Make the draft one about this row, and about the contract that it hangs on."""
    order.subject_id, order._subject = subject.pk, subject
    order.contract = subject if isinstance(subject, Contract) else getattr(subject, "contract", None)


#: So many orders of the last hour are compared with a draft, the youngest first; their data may be long.
_COMPARED = 20
#: Under this name the data of an order with a secret holds a mark: what was typed anew is another wish.
MARK = "sealed"


def save_draft(
    *, order: Order, data: dict[str, Any], now: datetime, actor: User, secret: dict[str, Any] | None = None
) -> Order:
    """Store what the form said and return the draft that can be confirmed; `secret` is sealed beside it.

    A draft that has been accepted in the meantime, or has expired, is left alone: its input goes on as a new draft.
    The same wish sent from two windows is one draft, so that confirming both is one order.
    """
    with transaction.atomic():
        if secret:
            data = {**data, MARK: uuid4().hex}
        saved = _save(order, data, now, actor)
        if secret and saved.data.get(MARK) == data[MARK]:
            secrets.keep({saved: secret})
        return saved


def _save(order: Order, data: dict[str, Any], now: datetime, actor: User) -> Order:
    mine = Order.objects.filter(actor=actor, state=State.DRAFT, expires_at__gt=now, batch=None)
    if order.pk:
        kept = mine.select_for_update().filter(pk=order.pk).first()
        if kept is not None:
            kept.data, kept.subject_id, kept.contract_id = data, order.subject_id, order.contract_id
            # What has just been typed does not expire for what was typed before.
            kept.expires_at = now + order.handler.draft_life
            kept.save(update_fields=["data", "subject_id", "contract_id", "expires_at"])
            return kept
    same = mine.filter(procedure=order.procedure, subject_id=order.subject_id, data=data).first()
    if same is not None:
        return same
    fresh = Order(
        uuid=uuid4() if order.pk else order.uuid,
        procedure=order.procedure,
        customer_id=order.customer_id,
        contract_id=order.contract_id,
        subject_id=order.subject_id,
        actor=actor,
        data=data,
        created_at=now,
        expires_at=now + order.handler.draft_life,
    )
    # Sent twice at once, the page's own mark lets one of the two in.
    Order.objects.bulk_create([fresh], ignore_conflicts=True)
    return Order.objects.get(uuid=fresh.uuid, actor=actor)


def lately(order: Order, *, now: datetime) -> Order | None:
    """An order of the last hour with the same wish, which the confirm page points out: meant twice, or sent twice?"""
    aside = order.handler.not_the_wish
    recent = (
        Order.objects.filter(
            customer_id=order.customer_id,
            procedure=order.procedure,
            subject_id=order.subject_id,
            accepted_at__gt=now - timedelta(hours=1),
        )
        .exclude(pk=order.pk)
        .order_by("-pk")
    )
    if not aside:
        return recent.filter(data=order.data).first()
    wish = _without(order.data, aside)
    return next((one for one in recent[:_COMPARED] if _without(one.data, aside) == wish), None)


def _without(data: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names}


@once.read_once()
def refusals(orders: Sequence[Order], *, now: datetime, fresh: bool = False) -> dict[Order, str]:
    """Why which of these orders of one procedure cannot be done: the contract first, then the procedure's own rules.

    `fresh`: what they change has just been read. A person's rights are asked only while he orders (`may_order`); an
    order that waits belongs to the customer.
    """
    if not orders:
        return {}
    procedure = orders[0].handler
    if not fresh:
        subjects_of(orders)
    reasons: dict[Order, str] = {}
    for order in orders:
        reason = "" if order.accepted_at and procedure.outlives_contract else _contract_reason(order, procedure)
        if reason:
            reasons[order] = reason
    reasons |= _obstacles([order for order in orders if order not in reasons], procedure, now)
    reasons |= _waiting_rivals([order for order in orders if order not in reasons], procedure)
    rest = [order for order in orders if order not in reasons]
    return reasons | procedure.check(rest, now)


def _obstacles(orders: Sequence[Order], procedure: Procedure, now: datetime) -> dict[Order, str]:
    """New ones on contracts on which nothing can be ordered now; what was accepted before is carried out."""
    if procedure.while_suspended:
        return {}
    fresh = [order for order in orders if not order.accepted_at and order.contract_id is not None]
    found = obstacles.of({order.contract_id for order in fresh if order.contract_id is not None}, now)
    return {order: found[order.contract_id] for order in fresh if order.contract_id in found}


def _waiting_rivals(orders: Sequence[Order], procedure: Procedure) -> dict[Order, str]:
    """New ones on a subject for which another waits for approval: it has left nothing there yet but its key."""
    fresh = {f"{procedure.exclusive}:{order.subject_id}": order for order in orders if not order.accepted_at}
    if not procedure.exclusive or not fresh or not may_wait(procedure):
        return {}
    rivals = OrderKey.objects.filter(
        key__in=list(fresh), is_open=True, order__state=State.PENDING, order__phase=APPROVAL
    )
    text = _(
        "この対象には、承認待ちのお申し込み（%(request)s）があります。承認、却下または取り下げの後にお申し込みください。"
    )
    return {
        fresh[key]: text % {"request": Order(pk=rival).request_id}
        for key, rival in rivals.values_list("key", "order_id")
        if rival != fresh[key].pk
    }


def _contract_reason(order: Order, procedure: Procedure) -> str:
    contract = order.contract
    if contract is not None and contract.state != Contract.State.ACTIVE:
        return _("ご契約が終了しているため、お手続きできません。")
    needed = procedure.function and not procedure.operator_only
    if contract is not None and needed and procedure.function not in contract.functions:
        return _("ご契約にこの機能が含まれていないため、お手続きできません。")
    return ""


def require_possible(order: Order, *, now: datetime, actor: User) -> None:
    """Raise NotPossible with the customer's reason unless `actor` may place this order now."""
    if not actor.is_staff and not may_order(order.handler, actor):
        raise NotPossible(_("この手続きは、お使いのユーザーの役割では申し込めません。管理者にご相談ください。"))
    reason = refusals([order], now=now).get(order)
    if reason:
        raise NotPossible(reason)
