"""What other apps may ask of billing: the fee of a day, that a charge begins or ends, that a fee is due once."""

from billing import cloud_items
from billing.payments.cards import begin as begin_card
from billing.payments.cards import card_page
from billing.payments.cards import result as card_result
from billing.payments.methods import (
    adopt_methods,
    choose_method,
    drop_method,
    erase_methods,
    has_method,
    method_of,
    set_payment_day,
)
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
from billing.services.prices import NoTariff, issuer_name, monthly_fee, price_list, tax_percent

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
    "adopt_methods",
    "begin_card",
    "card_page",
    "card_result",
    "charge_once",
    "choose_method",
    "cloud_items",
    "cloud_prices",
    "drop_method",
    "end_charges",
    "erase_methods",
    "has_method",
    "issuer_name",
    "method_of",
    "monthly_fee",
    "open_charges",
    "price",
    "price_list",
    "replace_charges",
    "set_payment_day",
    "start_charges",
    "tax_percent",
]
