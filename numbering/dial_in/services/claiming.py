"""Taking the numbers of a dial-in order out of the pool or from under a reservation code, giving them back, and
bringing them into service.

What an order takes is what its plans name (see `planning`): the confirm page has shown them.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from billing.services import NewCharge, price_list, start_charges
from numbering import items
from numbering.dial_in.functions import Functions
from numbering.dial_in.models import DialInNumber, ReservationCode
from numbering.dial_in.services.planning import Claim, plans_for, shortage
from numbering.models import Assignment, Kind
from numbering.services import pool
from selfcare import calendar
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible

__all__ = [
    "FUNCTION_ITEMS",
    "NUMBER_ITEMS",
    "Claim",
    "activate",
    "charges_of",
    "plans_for",
    "release",
    "reserve",
    "shortage",
]

NUMBER_ITEMS = {Kind.IP_050.value: items.DIAL_IN_050, Kind.GEOGRAPHIC.value: items.DIAL_IN_0ABJ}
FUNCTION_ITEMS = {
    "message_box": items.MESSAGE_BOX,
    "reject_anonymous": items.REJECT_ANONYMOUS,
    "reject_nuisance": items.REJECT_NUISANCE,
    "shown_number": items.SHOWN_NUMBER,
    "forward_number": items.FORWARD_NUMBER,
}


# The rows are locked in one order: who waits for somebody finds what he leaves, and nobody waits in a circle.
_CLAIM = """
WITH wanted AS (
    SELECT * FROM unnest(
        %(numbers)s::bigint[], %(bases)s::bigint[], %(box)s::boolean[], %(anonymous)s::boolean[],
        %(nuisance)s::boolean[], %(shown)s::text[], %(forward)s::text[]
    ) AS w (number_id, base_id, message_box, reject_anonymous, reject_nuisance, shown_number, forward_number)
), locked AS MATERIALIZED (
    SELECT f.number_id, f.kind, f.available_on FROM numbering_freenumber AS f
    WHERE f.number_id = ANY(%(numbers)s::bigint[]) AND f.available_on <= %(today)s
    ORDER BY f.number_id FOR UPDATE
), gone AS (
    DELETE FROM numbering_freenumber AS f USING locked AS l WHERE f.number_id = l.number_id
    RETURNING f.number_id, l.kind, l.available_on
), taken AS (
    INSERT INTO numbering_assignment (number_id, digits, customer_id, contract_id, order_id, origin, state,
                                      free_since, service_digest, is_voice)
    SELECT g.number_id, n.digits, %(customer)s, %(contract)s, %(order)s, 'added', 'reserved',
           g.available_on, '', true
    FROM gone AS g JOIN numbering_number AS n ON n.id = g.number_id ORDER BY n.digits
    RETURNING id, number_id, digits
)
INSERT INTO numbering_dialinnumber (assignment_id, customer_id, base_id, digits, kind, message_box,
                                    reject_anonymous, reject_nuisance, shown_number, forward_number)
SELECT t.id, %(customer)s, w.base_id, t.digits, g.kind, w.message_box, w.reject_anonymous, w.reject_nuisance,
       w.shown_number, w.forward_number
FROM taken AS t JOIN wanted AS w USING (number_id) JOIN gone AS g USING (number_id)
"""


def reserve(*, order: Order, claims: Sequence[Claim], today: date) -> None:
    """Take everything or nothing, in the accepting transaction, with as many statements for 2,000 numbers as for one.

    Raises NotPossible, with what is left, when somebody else has taken some of it since it was shown.
    """
    plans = plans_for(order, claims, today=today)
    for claim, plan in zip(claims, plans, strict=True):
        if plan.short:
            raise NotPossible(shortage(claim, plan, _contract(order)))
    _claim(order, [(claim, plan.ids) for claim, plan in zip(claims, plans, strict=True) if plan.ids], today)
    for claim in claims:
        if claim.code is not None:
            _use_code(order, claim, claim.code, today)


def _contract(order: Order) -> Contract:
    if order.contract is None:
        raise RuntimeError(f"{order.request_id} hangs on no contract")
    return order.contract


def _claim(order: Order, taking: Sequence[tuple[Claim, Sequence[int]]], today: date) -> None:
    rows = [(number, claim.base.pk, claim.functions) for claim, ids in taking for number in ids]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {**_columns(rows), **_owner(order), "today": today})
        claimed = cursor.rowcount
    if claimed == len(rows):
        return
    # Somebody was faster. What he left is known now that he is done; looked at anew in the next transaction.
    del order._dial_in_plans
    claims = [claim for claim, _ids in taking]
    for claim, plan in zip(claims, plans_for(order, claims, today=today), strict=True):
        if plan.short:
            raise NotPossible(shortage(claim, plan, _contract(order)))
    raise NotPossible(
        _(
            "確認のあいだに番号の在庫が変わったため、お申し込みを受け付けていません。番号は追加されていません。"
            "見つかった番号を、もう一度ご確認ください。"
        )
    )


def _owner(order: Order) -> dict[str, Any]:
    return {"customer": order.customer_id, "contract": order.contract_id, "order": order.pk}


def _columns(rows: Sequence[tuple[int, int, Functions]]) -> dict[str, Any]:
    functions = [one for _number, _base, one in rows]
    return {
        "numbers": [number for number, _base, _functions in rows],
        "bases": [base for _number, base, _functions in rows],
        "box": [one.message_box for one in functions],
        "anonymous": [one.reject_anonymous for one in functions],
        "nuisance": [one.reject_nuisance for one in functions],
        "shown": [one.shown_number for one in functions],
        "forward": [one.forward_number for one in functions],
    }


def _use_code(order: Order, claim: Claim, code: ReservationCode, today: date) -> None:
    """A code goes to one order, whole; the UPDATE that says so tests that it is still to be had."""
    open_ones = ReservationCode.objects.filter(pk=code.pk, customer_id=order.customer_id, order=None, withdrawn_at=None)
    if code.order_id != order.pk:
        # Of one that has come back, the last day may have passed since the order took it.
        open_ones = open_ones.filter(valid_until__gte=today)
    if not open_ones.update(order=order):
        raise NotPossible(
            _("予約コード%(code)sは、すでに使われたか、期限が切れています。番号は追加されていません。")
            % {"code": code.code}
        )
    held = Assignment.objects.filter(reservation=code, state=Assignment.State.RESERVED, order=None)
    numbers = list(held.select_for_update().order_by("digits"))
    if len(numbers) != code.count:
        raise RuntimeError(f"{code.count} numbers were kept under {code.code}, {len(numbers)} are there")
    held.update(order=order, contract_id=order.contract_id)
    DialInNumber.objects.bulk_create(
        [
            DialInNumber(
                assignment=one,
                customer_id=order.customer_id,
                base=claim.base,
                digits=one.digits,
                kind=code.kind,
                **claim.by_number.get(one.digits, claim.functions).as_json(),
            )
            for one in numbers
        ],
        batch_size=2000,
    )


_FORGET = """
DELETE FROM numbering_dialinnumber AS d USING numbering_assignment AS a
WHERE a.id = d.assignment_id AND a.order_id = %(order)s AND a.state = 'reserved'
"""


def release(*, order: Order) -> None:
    """What the order reserved goes back: to the pool, or under its code."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, {"order": order.pk})
    reserved = Assignment.objects.filter(order=order, state=Assignment.State.RESERVED)
    reserved.filter(reservation__isnull=False).update(order=None)
    ReservationCode.objects.filter(order=order).update(order=None)
    pool.give_back(order=order)


_ACTIVATE = """
UPDATE numbering_assignment SET state = 'active', started_on = %(today)s
WHERE order_id = ANY(%(orders)s::bigint[]) AND state = 'reserved' AND is_voice
RETURNING id, order_id, digits
"""


def activate(*, orders: Sequence[Order], now: datetime) -> dict[Order, list[str]]:
    """Bring what these orders reserved into service, with its charges; the digits by order, ascending.

    In the caller's transaction, with as many statements for many orders as for one.
    """
    today = calendar.today(now)
    with connection.cursor() as cursor:
        cursor.execute(_ACTIVATE, {"today": today, "orders": [order.pk for order in orders]})
        rows = cursor.fetchall()
    by_order: dict[int, list[str]] = defaultdict(list)
    for _pk, order_id, digits in rows:
        by_order[order_id].append(digits)
    by_id = {order.pk: order for order in orders}
    owner = {pk: by_id[order_id] for pk, order_id, _digits in rows}
    numbers = DialInNumber.objects.filter(pk__in=list(owner)).order_by("digits")
    start_charges(charges=[charge for one in numbers for charge in charges_of(one, _contract(owner[one.pk]), today)])
    return {order: sorted(by_order[order.pk]) for order in orders}


def charges_of(number: DialInNumber, contract: Contract, on: date) -> list[NewCharge]:
    """The monthly charges of a number with its functions: what the contract's plan has a price for."""
    wanted = [NUMBER_ITEMS[number.kind]] + [item for name, item in FUNCTION_ITEMS.items() if getattr(number, name)]
    priced = _prices(contract, on)
    return [
        NewCharge(
            customer_id=number.customer_id,
            contract_id=contract.pk,
            item=item,
            subject=number.digits,
            started_on=on,
        )
        for item in wanted
        if item in priced
    ]


def _prices(contract: Contract, on: date) -> dict[str, int]:
    """Kept on the contract object, which lives as long as the operation."""
    kept: tuple[date, dict[str, int]] | None = getattr(contract, "_dial_in_prices", None)
    if kept is None or kept[0] != on:
        kept = (on, price_list(plan=contract.plan, on=on))
        contract._dial_in_prices = kept  # type: ignore[attr-defined]
    return kept[1]
