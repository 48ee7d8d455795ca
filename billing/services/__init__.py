"""What other apps may ask of billing: the fee of a day, that a charge begins or ends, that a fee is due once."""

from billing import cloud_items
from billing.quotes import Basket, CloudPrices, CloudQuote, Fax, IdWish, PricedLine, Start, cloud_prices, price
from billing.services.charging import (
    EndingCharge,
    Fee,
    NewCharge,
    charge_once,
    end_charges,
    open_charges,
    replace_charges,
    start_charges,
)
from billing.services.prices import NoTariff, monthly_fee, price_list, tax_percent

__all__ = [
    "Basket",
    "CloudPrices",
    "CloudQuote",
    "EndingCharge",
    "Fax",
    "Fee",
    "IdWish",
    "NewCharge",
    "NoTariff",
    "PricedLine",
    "Start",
    "charge_once",
    "cloud_items",
    "cloud_prices",
    "end_charges",
    "monthly_fee",
    "open_charges",
    "price",
    "price_list",
    "replace_charges",
    "start_charges",
    "tax_percent",
]
