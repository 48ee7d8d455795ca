"""The payment provider over HTTP: JSON, signed, one attempt per call."""

import calendar
import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from billing.payments.port import Card, CardResult, CardState, ChargeResult, ChargeState
from selfcare.outside import http
from selfcare.outside.http import OutsideUnknown

SYSTEM = "payments"
S = TypeVar("S", bound=StrEnum)
_REASON = re.compile(r"[^a-z0-9_]")
_EXPIRES = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


class MessageError(ValueError):
    """What the provider says is not what was agreed on."""


class HttpProvider:
    """Implements port.PaymentProvider."""

    def __init__(self, client: http.Client) -> None:
        self._client = client

    def register(self, *, reference: str, back: str) -> CardResult:
        answer = self._client.post("/registrations", {"reference": reference, "return_url": back}, key=reference)
        return _card_about(reference, answer)

    def registration(self, reference: str) -> CardResult | None:
        answer = self._client.ask(f"/registrations/{reference}")
        return None if answer is None else _card_about(reference, answer)

    def charge(self, *, key: str, token: str, amount: int, about: str) -> ChargeResult:
        message = {"key": key, "token": token, "amount": amount, "currency": "JPY", "about": about}
        return _charge_about(key, self._client.post("/charges", message, key=key))

    def charge_state(self, key: str) -> ChargeResult | None:
        answer = self._client.ask(f"/charges/{key}")
        return None if answer is None else _charge_about(key, answer)


def connect() -> HttpProvider:
    return HttpProvider(http.connect(SYSTEM))


def card_result(message: Mapping[str, Any]) -> CardResult:
    """Raises MessageError."""
    state = _state(CardState, message)
    card = message.get("card")
    if state is CardState.PASSED and not isinstance(card, dict):
        raise MessageError("a card has passed and is not there")
    return CardResult(
        reference=_text(message, "reference"),
        provider_id=_text(message, "provider_id"),
        state=state,
        page=_page(message.get("page", "")),
        reason=reason(message),
        card=_card(card) if isinstance(card, dict) and state is CardState.PASSED else None,
    )


def charge_result(message: Mapping[str, Any]) -> ChargeResult:
    """Raises MessageError."""
    amount = message.get("amount")
    if not isinstance(amount, int) or isinstance(amount, bool) or amount <= 0 or message.get("currency") != "JPY":
        raise MessageError("the amount is missing")
    return ChargeResult(
        key=_text(message, "reference"),
        provider_id=_text(message, "provider_id"),
        state=_state(ChargeState, message),
        amount=amount,
        about=_text(message, "about"),
        reason=reason(message),
    )


def reason(message: Mapping[str, Any]) -> str:
    return _REASON.sub("", str(message.get("reason", "")))[:60]


def _card_about(reference: str, answer: Mapping[str, Any]) -> CardResult:
    """What was read, about what was asked; anything else is no answer."""
    try:
        result = card_result(answer)
    except MessageError as error:
        raise OutsideUnknown(f"the payment provider: {error}") from None
    if result.reference != reference:
        raise OutsideUnknown("the payment provider answered about another card")
    return result


def _charge_about(key: str, answer: Mapping[str, Any]) -> ChargeResult:
    try:
        result = charge_result(answer)
    except MessageError as error:
        raise OutsideUnknown(f"the payment provider: {error}") from None
    if result.key != key:
        raise OutsideUnknown("the payment provider answered about another charge")
    return result


def _state(kind: type[S], message: Mapping[str, Any]) -> S:
    try:
        return kind(str(message.get("state")))
    except ValueError:
        raise MessageError(f"{message.get('state')!r} is no state") from None


def _text(message: Mapping[str, Any], name: str) -> str:
    value = message.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 80:
        raise MessageError(f"{name} is missing")
    return value


def _page(value: Any) -> str:
    """An address of the provider's, or none: nothing else may become a link."""
    return value if isinstance(value, str) and len(value) <= 500 and value.startswith(("https://", "http://")) else ""


def _card(card: Mapping[str, Any]) -> Card:
    expires = _EXPIRES.fullmatch(str(card.get("expires", "")))
    last4 = str(card.get("last4", ""))
    if expires is None or not re.fullmatch(r"[0-9]{4}", last4):
        raise MessageError("the card has no expiry or no last digits")
    year, month = int(expires[1]), int(expires[2])
    return Card(
        token=_text(card, "token"),
        brand=str(card.get("brand", ""))[:20],
        last4=last4,
        expires_on=date(year, month, calendar.monthrange(year, month)[1]),
    )
