"""Numbers that a customer brings: kept from being ordered twice, and taken over when the work is done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import phonenumbers
from django.db.models import Q
from django.utils.translation import gettext as _

from billing.services import EndingCharge, replace_charges, start_charges
from numbering.dial_in.functions import NO_FUNCTIONS, Functions
from numbering.dial_in.models import BaseNumber, DialInNumber
from numbering.dial_in.services.claiming import FUNCTION_ITEMS, NUMBER_ITEMS, charges_of
from numbering.models import Assignment, FreeNumber, Kind, Number
from selfcare import calendar, clock, phones
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order, OrderKey
from selfcare.orders.procedures import NotPossible

_KEY = "numbering.port:"


@dataclass(frozen=True)
class Port:
    """A number to bring to a base number; `move`: it is the customer's own already, on another base number."""

    digits: str
    base: BaseNumber
    functions: Functions = NO_FUNCTIONS
    move: bool = False


def hold(*, order: Order, digits: Collection[str]) -> None:
    """Close the door to a second open order for the same numbers, in the accepting transaction."""
    OrderKey.objects.bulk_create([OrderKey(order=order, key=f"{_KEY}{one}") for one in digits], batch_size=2000)


def let_go(*, order: Order) -> None:
    OrderKey.objects.filter(order=order, key__startswith=_KEY).delete()


def held_elsewhere(*, digits: Collection[str], order: Order | None) -> set[str]:
    """Which of these numbers another open order brings."""
    keys = OrderKey.objects.filter(is_open=True, key__in=[f"{_KEY}{one}" for one in digits])
    if order is not None and order.pk:
        keys = keys.exclude(order=order)
    return {key.removeprefix(_KEY) for key in keys.values_list("key", flat=True)}


def not_to_bring(*, digits: Collection[str], today: date) -> set[str]:
    """Which of these are ours and free to be given out, so that no other company has them, or must not be used.

    One that was given up lately is neither: it may have gone elsewhere, and comes back. One query.
    """
    ours = Number.objects.filter(Q(free__available_on__lte=today) | ~Q(unusable_reason=""), digits__in=digits)
    return set(ours.values_list("digits", flat=True))


def area_of(digits: str) -> str:
    """市外局番 of a geographic number; "" when the numbering plan knows none."""
    try:
        number = phonenumbers.parse(digits, phones.REGION)
    except phonenumbers.NumberParseException:
        return ""
    length = phonenumbers.length_of_geographical_area_code(number)
    return f"0{phonenumbers.national_significant_number(number)[:length]}" if length else ""


def take_over(*, order: Order, ports: Sequence[Port], now: datetime) -> list[str]:
    """The numbers are ours from now on: in the list of numbers, in use, charged; their digits, ascending.

    In the caller's transaction, set-based. Raises NotPossible when one of them is in use here by somebody else.
    """
    _move(order, [port for port in ports if port.move], now)
    _bring(order, [port for port in ports if not port.move], now)
    return sorted(port.digits for port in ports)


def _bring(order: Order, ports: Sequence[Port], now: datetime) -> None:
    if not ports or order.contract is None:
        return
    by_digits = {port.digits: port for port in ports}
    today = calendar.today(now)
    taken = _assign(_ours(by_digits), order, order.contract, today)
    made = DialInNumber.objects.bulk_create(
        [
            DialInNumber(
                assignment=one,
                customer_id=order.customer_id,
                base=by_digits[one.digits].base,
                digits=one.digits,
                kind=Kind.GEOGRAPHIC,
                **by_digits[one.digits].functions.as_json(),
            )
            for one in taken
        ],
        batch_size=2000,
    )
    start_charges(charges=[charge for one in made for charge in charges_of(one, order.contract, today)])


def _ours(by_digits: Mapping[str, Port]) -> list[Number]:
    """The numbers' rows, locked and nobody's, made where they are new; in order. Raises NotPossible."""
    Number.objects.bulk_create(
        [
            Number(
                digits=digits,
                kind=Kind.GEOGRAPHIC,
                area=area_of(digits) or port.base.area,
                created_at=clock.real_now(),
            )
            for digits, port in by_digits.items()
        ],
        ignore_conflicts=True,
        batch_size=2000,
    )
    numbers = list(Number.objects.select_for_update().filter(digits__in=list(by_digits)).order_by("digits"))
    unusable = [number.digits for number in numbers if number.unusable_reason]
    if unusable:
        raise NotPossible(_("次の番号は使用不可です：%(numbers)s") % {"numbers": "、".join(unusable)})
    used = Assignment.objects.filter(number__in=numbers, released_on=None).values_list("digits", flat=True)
    if used:
        raise NotPossible(_("次の番号は、すでに当社で使われています：%(numbers)s") % {"numbers": "、".join(used)})
    return numbers


def _assign(numbers: Sequence[Number], order: Order, contract: Contract, today: date) -> list[Assignment]:
    # A number that went elsewhere and lay here in quarantine comes back to its customer.
    FreeNumber.objects.filter(number__in=numbers).delete()
    return Assignment.objects.bulk_create(
        [
            Assignment(
                number=number,
                digits=number.digits,
                customer_id=order.customer_id,
                contract=contract,
                order=order,
                origin=Assignment.Origin.PORTED,
                state=Assignment.State.ACTIVE,
                free_since=today,
                started_on=today,
                is_voice=True,
            )
            for number in numbers
        ],
        batch_size=2000,
    )


def _move(order: Order, ports: Sequence[Port], now: datetime) -> None:
    if not ports or order.contract is None:
        return
    by_digits = {port.digits: port for port in ports}
    numbers = list(
        DialInNumber.objects.select_for_update(of=("self",))
        .filter(customer_id=order.customer_id, digits__in=list(by_digits), assignment__state=Assignment.State.ACTIVE)
        .order_by("digits")
    )
    if len(numbers) != len(by_digits):
        gone = sorted(set(by_digits) - {one.digits for one in numbers})
        raise NotPossible(_("次の番号は、もう利用されていません：%(numbers)s") % {"numbers": "、".join(gone)})
    today = calendar.today(now)
    for one in numbers:
        port = by_digits[one.digits]
        one.base = port.base
        for name in FUNCTION_ITEMS:
            setattr(one, name, getattr(port.functions, name))
    DialInNumber.objects.bulk_update(numbers, ["base", *FUNCTION_ITEMS], batch_size=1000)
    Assignment.objects.filter(pk__in=[one.pk for one in numbers]).update(contract_id=order.contract_id)
    replace_charges(
        ending=[
            EndingCharge(item, one.digits, today - calendar.ONE_DAY)
            for one in numbers
            for item in (NUMBER_ITEMS[one.kind], *FUNCTION_ITEMS.values())
        ],
        starting=[charge for one in numbers for charge in charges_of(one, order.contract, today)],
    )
