"""What other apps may ask of billing: the fee of a day, that a charge begins or ends, that a fee is due once."""

from billing.services.charging import (
    EndingCharge,
    Fee,
    NewCharge,
    charge_once,
    end_charges,
    replace_charges,
    start_charges,
)
from billing.services.prices import NoTariff, monthly_fee, price_list

__all__ = [
    "EndingCharge",
    "Fee",
    "NewCharge",
    "NoTariff",
    "charge_once",
    "end_charges",
    "monthly_fee",
    "price_list",
    "replace_charges",
    "start_charges",
]
