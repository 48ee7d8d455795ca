"""契約時の登録メールアドレス: changed by opening a link at the old and one at the new address (spec 7.4).

| step | by | then |
| --- | --- | --- |
| order `contract.mail` | an owner who has shown the login once more | a link to each address, 24 hours |
| `confirm` | who has the link | with the second of the two the address is changed, and both are told |
| cancel, 24 hours, `void` | customer, clock, the owner's login changed by others | no link is good any more |

A link proves its mailbox; the person was asked when the order was placed. Whoever cannot read the old address any more
asks an operator, who changes it on a written request.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts import audit, links
from selfcare.accounts.models import Contract, Role, User
from selfcare.accounts.services.registered_mail import change_registered_mail
from selfcare.contract_data.models import MailLink
from selfcare.orders.models import Order
from selfcare.orders.services.ending import fail
from selfcare.orders.services.moves import move
from selfcare.orders.services.telling import tell
from selfcare.orders.states import OPEN, State
from selfcare.work.outbox import Outgoing, send_many

CODE = "contract.mail"
VALIDITY = timedelta(hours=24)
_End = MailLink.End


class LinkRefused(Exception):
    """`reason`: unknown, used, over (cancelled, done, replaced), expired."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def send_links(order: Order, *, new: str) -> None:
    """Part of the accepting transaction: one link to each address."""
    contract, actor = order.contract, order.actor
    if contract is None or actor is None:
        raise RuntimeError(f"{order.uuid} is about no contract")
    expires_at = clock.real_now() + VALIDITY
    mails = []
    for end, address in ((_End.OLD, contract.mail), (_End.NEW, new)):
        link = links.make()
        MailLink.objects.create(order=order, end=end, email=address, token_digest=link.digest, expires_at=expires_at)
        mails.append(_invitation(order, contract, actor, end, address, link, expires_at))
    send_many(mails)


def forget_links(orders: Sequence[Order]) -> None:
    """Part of the transaction that ended these orders: a link that was not used is good for nothing."""
    MailLink.objects.filter(order__in=orders, confirmed_at=None).update(expires_at=clock.real_now())


def of_link(token: str) -> MailLink:
    """The link that the token belongs to; opening it uses nothing up. Raises LinkRefused."""
    link = links.named(MailLink.objects.select_related("order__contract__customer", "order__actor"), token).first()
    if link is None:
        raise LinkRefused("unknown")
    _require_good(link)
    return link


def confirm(*, token: str, actor: User | None) -> bool:
    """Note that this address reads its mails; True when it was the second of the two and the change is done.

    Raises LinkRefused. Of two links confirmed at the same moment the later one carries the change out.
    """
    found = of_link(token)
    with transaction.atomic():
        order = Order.objects.select_for_update(of=("self",)).select_related("contract", "actor").get(pk=found.order_id)
        link = MailLink.objects.select_for_update(of=("self",)).select_related("order").get(pk=found.pk)
        link.order = order
        _require_good(link)
        if not _still_stands(order):
            _give_up(order)
            return False
        link.confirmed_at = clock.real_now()
        link.confirmed_by = actor if actor is not None and actor.customer_id == order.customer_id else None
        link.save(update_fields=["confirmed_at", "confirmed_by"])
        detail = {"mail": link.email, "end": link.end, "request_id": order.request_id}
        audit.record(
            action="contract.mail_confirmed", obj=order.contract, customer=order.customer, detail=detail, actor=actor
        )
        if MailLink.objects.filter(order=order, confirmed_at=None).exists():
            return False
        _carry_out(order)
    return True


def void(user: User) -> None:
    """Part of other services: somebody else has set this user's password, or locked him out."""
    orders = Order.objects.filter(procedure=CODE, actor=user, state=State.ACKNOWLEDGED).select_for_update()
    for order in orders.order_by("pk"):
        _give_up(order)


def expiry(order: Order) -> datetime | None:
    """Real time; the order's own due moment is business time."""
    return MailLink.objects.filter(order=order).values_list("expires_at", flat=True).first()


def _require_good(link: MailLink) -> None:
    if link.confirmed_at is not None:
        raise LinkRefused("used")
    if link.order.state not in OPEN:
        raise LinkRefused("over")
    if link.expires_at <= clock.real_now():
        raise LinkRefused("expired")


def _still_stands(order: Order) -> bool:
    """The address is the one that was to be replaced, and the owner who asked can still ask."""
    old = MailLink.objects.get(order=order, end=_End.OLD).email
    usable = Q(role=Role.OWNER, is_active=True, suspended_at=None, locked_at=None)
    asked_by = User.objects.filter(usable, pk=order.actor_id or 0).exists()
    return order.contract is not None and order.contract.mail == old and asked_by


def _carry_out(order: Order) -> None:
    new = MailLink.objects.get(order=order, end=_End.NEW).email
    contract, actor, now = order.contract, order.actor, clock.now()
    if contract is None or actor is None:
        raise RuntimeError(f"{order.uuid} is about no contract")
    if not move([order.pk], State.ACKNOWLEDGED, State.COMPLETED, now=now, actor=actor):
        raise LinkRefused("over")
    change_registered_mail(contract=contract, mail=new, reason=order.request_id, actor=actor)
    order.refresh_from_db()
    tell([order], "completed", now=now)


def _give_up(order: Order) -> None:
    reason = _("お申し込みのあとで、登録メールアドレスまたは申し込んだ方のログインが変わったため、変更していません。")
    fail([order], {order.pk: reason}, old=State.ACKNOWLEDGED, now=clock.now(), actor=None)


def _invitation(
    order: Order, contract: Contract, actor: User, end: str, address: str, link: links.Link, expires_at: datetime
) -> Outgoing:
    return Outgoing(
        template="contract_mail_link",
        to=address,
        secret=link.path("contract_data:mail_link"),
        context={
            "name": actor.display_name,
            "customer": contract.customer.name,
            "contract": contract.number,
            "is_old": end == _End.OLD,
            "hours": int(VALIDITY.total_seconds()) // 3600,
            "contact_name": contract.contact_name,
            "contact_phone": contract.contact_phone,
        },
        customer_id=order.customer_id,
        language=actor.language,
        expires_at=expires_at,
    )
