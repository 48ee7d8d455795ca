"""二者承認: which orders wait for a second person of the customer, and who that can be (spec 1.2). Only reads.

The rule is the customer's (`ApprovalRule`); it holds for what its own users order, never for what an operator enters on
a written request. The moves are in `services.approving` and `services.approving_batches`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import DateTimeField, Exists, Func, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from selfcare import money
from selfcare.accounts.models import Role, User
from selfcare.accounts.models.users import ROLE_ORDER
from selfcare.orders import procedures
from selfcare.orders.models import ApprovalRule, Batch, Order
from selfcare.orders.procedures import Procedure, Quote

#: How long a request waits, in business time.
LIFE = timedelta(days=14)
#: Business time within the query: this is asked on every page.
_NOW = Func(function="selfcare_now", output_field=DateTimeField())
#: A number on every page is not counted further.
COUNTED = 99


def rule_of(customer_id: int | None) -> ApprovalRule | None:
    """As the customer has set it, on or off."""
    return ApprovalRule.objects.filter(customer_id=customer_id).first() if customer_id else None


def reasons(orders: Sequence[Order], quote: Quote, *, actor: User) -> list[str]:
    """Why these orders of one procedure, placed together by `actor`, wait for approval; empty when they do not."""
    if not orders or actor.customer_id is None or not procedures.may_wait(orders[0].handler):
        return []
    rule = rule_of(actor.customer_id)
    return _reasons(rule, orders, quote) if rule is not None and rule.is_on else []


def _reasons(rule: ApprovalRule, orders: Sequence[Order], quote: Quote) -> list[str]:
    procedure = orders[0].handler
    found = []
    if rule.finals and procedure.is_final:
        found.append(_("元に戻せない手続きです"))
    if procedure.code in rule.procedures:
        found.append(_("「%(title)s」は承認の対象です") % {"title": procedure.title})
    if rule.over_count is not None:
        count = sum(procedure.units(order) for order in orders)
        if count > rule.over_count:
            values = {"count": f"{count:,}", "over": f"{rule.over_count:,}"}
            found.append(_("対象が%(count)s件で、%(over)s件を超えます") % values)
    if rule.over_yen is not None:
        added = max(quote.monthly, 0) + max(quote.once, 0)
        if added > rule.over_yen:
            values = {"sum": money.yen(added), "over": money.yen(rule.over_yen)}
            found.append(_("月額と一時費用の増加が%(sum)sで、%(over)sを超えます") % values)
    return found


def approvers(customer_id: int, *, role: str, procedure: Procedure | None = None) -> QuerySet[User]:
    """Who of the customer could approve now: with a usable login and at least this role."""
    least = max(ROLE_ORDER.index(Role(role)), ROLE_ORDER.index(Role(procedure.role if procedure else Role.MEMBER)))
    usable = User.objects.filter(is_active=True, removed_at=None, suspended_at=None, locked_at=None)
    return usable.filter(customer_id=customer_id, role__in=ROLE_ORDER[least:])


def approvers_of(one: Order | Batch) -> QuerySet[User]:
    """Who could approve this one: never who asks. A rule that has been taken away leaves it to who may order."""
    rule = rule_of(one.customer_id)
    role = rule.approvers if rule is not None else Role.MEMBER
    return approvers(one.customer_id, role=role, procedure=one.handler).exclude(pk=one.actor_id or 0)


def may_approve(one: Order | Batch, user: User) -> bool:
    """By the database's word of the user, as it is in this transaction."""
    return approvers_of(one).filter(pk=user.pk).exists()


def waits_until(one: Order | Batch) -> datetime:
    """Until when it can be answered; long past for what does not wait. The job that ends it comes a little later."""
    return one.expires_at if one.awaits_approval and one.expires_at else datetime.min.replace(tzinfo=UTC)


def _answers(user: User) -> Q:
    """What waits for an answer of this user, and can still have one. Owners answer under every rule."""
    codes = [one.code for one in procedures.every() if procedures.may_wait(one) and procedures.may_order(one, user)]
    wanted = ~Q(actor_id=user.pk) & Q(customer_id=user.customer_id, procedure__in=codes, expires_at__gt=_NOW)
    if not user.has_role(Role.OWNER):
        theirs = ApprovalRule.objects.filter(customer_id=OuterRef("customer_id"), approvers=Role.OWNER)
        wanted &= ~Q(Exists(theirs))
    return wanted


def orders_for(user: User) -> QuerySet[Order]:
    """Single orders that wait for this user's answer."""
    return Order.objects.awaiting_approval().filter(_answers(user))


def batches_for(user: User) -> QuerySet[Batch]:
    return Batch.objects.awaiting_approval().filter(_answers(user))


def waiting_for(user: User) -> int:
    """How many wait for this user's answer, counted up to `COUNTED`; one query."""
    if not user.has_role(Role.MEMBER):
        return 0
    some = [found.order_by().values_list("pk")[:COUNTED] for found in (orders_for(user), batches_for(user))]
    return some[0].union(some[1], all=True).count()
