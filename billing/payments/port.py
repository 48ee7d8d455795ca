"""What the portal asks of the payment provider, whatever the provider speaks.

Everything is identified by a key of ours that stays the same over all attempts: asking again is always safe and does
nothing twice. Nothing here may be called inside a transaction. Errors are those of selfcare.outside.http.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol


class CardState(StrEnum):
    OPEN = "open"
    PASSED = "passed"
    #: The issuer said no, 3-D Secure was not passed, or the browser kept the provider's cookies out.
    REFUSED = "refused"
    EXPIRED = "expired"


class ChargeState(StrEnum):
    OPEN = "open"
    PAID = "paid"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Card:
    """What we may know of a card. `token` charges it, with our signature only."""

    token: str = field(repr=False)
    brand: str
    last4: str
    #: The last day on which it is good.
    expires_on: date


@dataclass(frozen=True, kw_only=True)
class CardResult:
    """How a registration stands; `page` is where the card is entered, `card` is there once it has passed."""

    reference: str
    provider_id: str
    state: CardState
    page: str = ""
    #: The provider's word: declined, not_authenticated, cookies_blocked, ...
    reason: str = ""
    card: Card | None = None


@dataclass(frozen=True, kw_only=True)
class ChargeResult:
    """How a charge stands. `amount`: whole yen with tax, as the provider has it."""

    key: str
    provider_id: str
    state: ChargeState
    amount: int
    #: The invoice's number, as it was asked for.
    about: str
    reason: str = ""


class PaymentProvider(Protocol):
    def register(self, *, reference: str, back: str) -> CardResult:
        """Begin to register a card, 3-D Secure only. The browser is to go to its `page`, and comes back to `back`."""

    def registration(self, reference: str) -> CardResult | None:
        """How it stands; None when the provider does not know it."""

    def charge(self, *, key: str, token: str, amount: int, about: str) -> ChargeResult:
        """Take the amount from a card, once for the key; `about` is the invoice's number."""

    def charge_state(self, key: str) -> ChargeResult | None:
        """How a charge stands; None when the provider does not know it, so that it has taken nothing."""
