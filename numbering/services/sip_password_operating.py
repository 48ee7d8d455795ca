"""What operators do with SIP passwords: reflect a waiting change now, bring back the password before the live one."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _
from psycopg import sql

from numbering.models import Assignment, Credential
from numbering.services import registrations
from numbering.services.sip_passwords import CHANGE, current, waiting
from selfcare import clock
from selfcare.accounts.models import User
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.accepting import overtaken_is_not_possible
from selfcare.orders.services.locks import busy_is_not_possible, wait_briefly
from selfcare.orders.services.moves import move
from selfcare.orders.services.telling import tell
from selfcare.orders.states import State
from selfcare.work import hints

_BEFORE_ITS_SLOT = sql.SQL("o.due_at > %(now)s")

# A booked change: the old password has not ended yet.
_END_OLD = """
UPDATE numbering_credential AS c
SET live = tstzrange(lower(c.live), %(now)s)
WHERE c.id = (SELECT n.replaces_id FROM numbering_credential AS n WHERE n.order_id = %(order)s)
  AND (upper_inf(c.live) OR upper(c.live) > %(now)s)
"""
_BEGIN_NEW = """
UPDATE numbering_credential SET live = tstzrange(%(now)s, upper(live))
WHERE order_id = %(order)s AND lower(live) > %(now)s
"""


def force(*, order: Order, reason: str, actor: User) -> Order:
    """Reflect a waiting change now instead of at its slot, and complete its order with this reason.

    The order's lock decides between this, a cancellation and the slot: exactly one of them wins. Raises NotPossible
    for who comes too late.
    """
    with overtaken_is_not_possible(), busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        Order.objects.select_for_update().only("pk").get(pk=order.pk, procedure=CHANGE)
        now = clock.now()
        detail = {"forced": True, "slot": order.due_at.isoformat() if order.due_at else ""}
        forced = move(
            [order.pk],
            State.ACKNOWLEDGED,
            State.COMPLETED,
            now=now,
            actor=actor,
            where=_BEFORE_ITS_SLOT,
            detail=detail,
            reason=reason,
        )
        if not forced:
            raise NotPossible(_("すでに反映されたか、取り消されたため、いま反映することはできません。"))
        _reflect(order, now)
        order.refresh_from_db()
        tell([order], "completed", now=now)
    return order


def _reflect(order: Order, now: datetime) -> None:
    """Both rows are locked in the order in which they are made; the old one makes room first."""
    list(Credential.objects.select_for_update().filter(order=order).values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute(_END_OLD, {"order": order.pk, "now": now})
        cursor.execute(_BEGIN_NEW, {"order": order.pk, "now": now})
        if cursor.rowcount != 1:
            raise NotPossible(
                _("新しいパスワードが見つからないため、反映できません。システム管理者に連絡してください。")
            )
    hints.ring(registrations.SOURCE)


def previous_of(live: Credential) -> Credential | None:
    """The password that this one has taken the place of; None when there was none, or it has been erased."""
    if live.replaces_id is None:
        return None
    return Credential.objects.filter(
        pk=live.replaces_id, number_id=live.number_id, customer_id=live.customer_id, username=live.username
    ).first()


def obstacle(assignment: Assignment, *, now: datetime) -> str:
    """Why the previous password of this number cannot be brought back now; empty when it can."""
    if assignment.state != Assignment.State.ACTIVE:
        return _("この番号は現在ご利用中ではないため、元のパスワードに戻せません。")
    if assignment.pk in waiting([assignment]):
        return _("この番号には反映待ちの変更があります。元のパスワードに戻すには、その申し込みを取りやめてください。")
    live = current([assignment], now=now).get(assignment.number_id)
    if live is None:
        return _("この番号には、いま使えるパスワードがありません。")
    if previous_of(live) is not None:
        return ""
    if live.order_id is None:
        return _("この番号のパスワードはまだ変更されていないため、戻せるパスワードがありません。")
    return _("前のパスワードは、使われなくなってから30日を過ぎたため消去されました。戻すことはできません。")


def bring_back(*, order: Order, assignment: Assignment) -> None:
    """End the live password at the order's acceptance, and make the one before it live from then on.

    In the accepting transaction, the assignment locked. Raises NotPossible when there is nothing to go back to.
    """
    now = order.accepted_at
    live = Credential.objects.select_for_update().filter(
        number_id=assignment.number_id, live__contains=now, live__startswith__lt=now
    ).first()  # fmt: skip
    previous = previous_of(live) if live else None
    if live is None or previous is None:
        raise NotPossible(_("戻せるパスワードがないため、受け付けられません。"))
    until = live.live.upper
    live.live = (live.live.lower, now)
    live.save(update_fields=["live"])
    Credential.objects.create(
        number_id=live.number_id,
        customer_id=live.customer_id,
        username=live.username,
        realm=previous.realm,
        ha1=previous.ha1,
        ha1b=previous.ha1b,
        ha1_sha256=previous.ha1_sha256,
        live=(now, until),
        order=order,
        replaces=live,
    )
    hints.ring(registrations.SOURCE)
