from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfcare import money
from selfcare.money import Round

TEN_PERCENT = Decimal("0.10")


def test_tax_is_rounded_once_per_rate_not_per_line():
    lines = [(980, TEN_PERCENT)] * 7 + [(Decimal("3.3"), TEN_PERCENT)] * 13
    assert money.tax_once_per_rate(lines) == {TEN_PERCENT: 690}
    by_line = sum(money.whole_yen(exact * rate, Round.DOWN) for exact, rate in lines)
    assert by_line == 686


def test_each_rate_is_rounded_on_its_own():
    lines = [(105, TEN_PERCENT), (105, Decimal("0.08")), (9, Decimal(0))]
    assert money.tax_once_per_rate(lines) == {TEN_PERCENT: 10, Decimal("0.08"): 8, Decimal(0): 0}


def test_equal_rates_written_differently_are_one_rate():
    assert money.tax_once_per_rate([(5, Decimal("0.1")), (5, Decimal("0.10"))]) == {TEN_PERCENT: 1}


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [(Round.DOWN, (1, -1, 2)), (Round.HALF_UP, (2, -2, 2)), (Round.UP, (2, -1, 2))],
)
def test_roundings_do_what_their_names_say(rounding, expected):
    amounts = (Decimal("1.5"), Decimal("-1.5"), 2)
    assert tuple(money.whole_yen(amount, rounding) for amount in amounts) == expected


@given(st.decimals(min_value=0, max_value=10**9, places=4))
def test_a_refund_undoes_its_charge_to_the_yen(amount):
    assert money.whole_yen(amount, Round.DOWN) + money.whole_yen(-amount, Round.DOWN) == 0


def test_a_monthly_fee_is_shared_by_days():
    assert money.prorate_by_days(980, days=11, days_in_month=30) == 359
    assert money.prorate_by_days(980, days=30, days_in_month=30) == 980
    assert money.prorate_by_days(980, days=0, days_in_month=31) == 0
    with pytest.raises(ValueError, match="31 days"):
        money.prorate_by_days(980, days=31, days_in_month=30)


@pytest.mark.parametrize("amount", [1.0, "1", None, True])
def test_what_cannot_hold_yen_exactly_is_refused(amount):
    with pytest.raises(TypeError):
        money.exact(amount)
    with pytest.raises(TypeError):
        money.yen(amount)


def test_an_amount_with_a_fraction_is_not_shown_before_it_is_rounded():
    with pytest.raises(TypeError):
        money.yen(Decimal("1.5"))  # type: ignore[arg-type]


def test_yen_are_shown_with_separators():
    assert money.yen(1234567) == "1,234,567円"
    assert money.yen(0) == "0円"
    assert money.yen(-550) == "-550円"
