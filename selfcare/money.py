"""Money: whole yen as integers, Decimal in between, every rounding by its name. A float is refused with TypeError."""

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import Enum

from django.utils.translation import gettext as _


class Round(Enum):
    """How a fraction of a yen goes. DOWN drops it towards zero, so that a refund undoes its charge to the yen."""

    DOWN = ROUND_DOWN  # 切り捨て
    HALF_UP = ROUND_HALF_UP  # 四捨五入
    UP = ROUND_CEILING  # 切り上げ


#: Round.DOWN in SQL, for whole sets of rows; {0} is a numeric expression of yen.
DOWN_SQL = "trunc({0})::bigint"


def exact(amount: int | Decimal) -> Decimal:
    """The amount as a Decimal. Raises TypeError for what cannot hold yen exactly."""
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal):
        raise TypeError(f"yen are int or Decimal, not {type(amount).__name__}")
    return Decimal(amount)


def whole_yen(amount: int | Decimal, rounding: Round) -> int:
    return int(exact(amount).quantize(Decimal(1), rounding=rounding.value))


def tax_once_per_rate(
    lines: Iterable[tuple[int | Decimal, Decimal]], rounding: Round = Round.DOWN
) -> dict[Decimal, int]:
    """Consumption tax of an invoice from (amount without tax, rate) lines: rate to whole yen.

    The qualified invoice (適格請求書) rounds once per invoice and rate, never per line.
    """
    sums: dict[Decimal, Decimal] = {}
    for amount, rate in lines:
        key = exact(rate)
        sums[key] = sums.get(key, Decimal(0)) + exact(amount)
    return {rate: whole_yen(total * rate, rounding) for rate, total in sums.items()}


def prorate_by_days(monthly: int | Decimal, *, days: int, days_in_month: int, rounding: Round = Round.DOWN) -> int:
    """The share of a monthly fee for `days` days of use in a month of `days_in_month`, in whole yen."""
    if not 0 <= days <= days_in_month:
        raise ValueError(f"{days} days of a month of {days_in_month}")
    return whole_yen(exact(monthly) * days / days_in_month, rounding)


def yen(amount: int) -> str:
    """As people read it: 1,234円. The amount must be whole yen; round first, by name."""
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise TypeError(f"whole yen are int, not {type(amount).__name__}")
    text = _("%(amount)s円") % {"amount": f"{abs(amount):,}"}
    return f"-{text}" if amount < 0 else text
