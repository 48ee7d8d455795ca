"""The simulated payment provider: registrations of cards on its own page with 3-D Secure, and charges.

The numbers below are typed into its page; each shows one thing that happens in life. Whatever the portal knows of a
card it has from here: a token, the brand, the last four digits, the month of expiry.
"""

import re
import secrets
from http import HTTPStatus
from typing import Any

from selfcare import clock
from selfcare.outside.simulator import payment_pages as pages
from selfcare.outside.simulator.routes import Answer, Call, Refusal, route

SYSTEM = "payments"
REGISTRATIONS, CARDS, CHARGES = f"{SYSTEM}.registrations", f"{SYSTEM}.cards", f"{SYSTEM}.charges"
COOKIE = "hosted_payment"
CODE = "123456"
LIFE_SECONDS = 1800
DEMO_TOKEN = "tok_demo_"  # noqa: S105 - nothing secret
#: What the numbers do: when they are registered, and when they are charged.
NUMBERS: dict[str, tuple[str, str]] = {
    "4242424242424242": ("", ""),
    "5555555555554444": ("", ""),
    "4000000000000002": ("declined", ""),
    "4000000000000119": ("no_3d_secure", ""),
    "4000000000000341": ("", "declined"),
    "4000000000009995": ("", "insufficient_funds"),
}
_EXPIRES = re.compile(r"(0[1-9]|1[0-2])\s*/\s*(?:20)?([0-9]{2})")


@route(SYSTEM, "registration", "POST", "/registrations")
def register(call: Call) -> Answer:
    message = call.json()
    reference, back = message.get("reference"), message.get("return_url")
    if not isinstance(reference, str) or not isinstance(back, str) or not back.startswith(("http://", "https://")):
        raise Refusal(HTTPStatus.BAD_REQUEST, "bad_request", "reference and return_url are expected")
    registration = {
        "reference": reference,
        "provider_id": f"reg_{secrets.token_hex(12)}",
        "state": "open",
        "back": back,
        "page": f"{call.sim.page}/{SYSTEM}/page/{reference}",
        "until": clock.real_now().timestamp() + LIFE_SECONDS,
    }
    call.sim.ledger.put(REGISTRATIONS, reference, registration)
    return Answer(_told(registration), status=HTTPStatus.CREATED)


@route(SYSTEM, "registration_state", "GET", "/registrations/<reference>")
def registration_state(call: Call) -> Answer:
    return Answer(_told(_registration(call)))


@route(SYSTEM, "page", "GET", "/page/<reference>", public=True)
def page(call: Call) -> Answer:
    registration = _registration(call)
    if registration["state"] != "open":
        return pages.over(registration)
    return pages.card(registration, "", f"{COOKIE}={registration['provider_id']}")


@route(SYSTEM, "card", "POST", "/page/<reference>", public=True)
def card(call: Call) -> Answer:
    """What was typed. A browser that did not keep our cookie cannot pass 3-D Secure."""
    registration, typed = _registration(call), call.form()
    if registration["state"] != "open":
        return pages.over(registration)
    if "leave" in typed:
        return _end(call, registration, "refused", "left")
    if call.cookie(COOKIE) != registration["provider_id"]:
        return _end(call, registration, "refused", "cookies_blocked", show=pages.no_cookies)
    number = re.sub(r"[\s-]", "", typed.get("number", ""))
    expires = _EXPIRES.fullmatch(typed.get("expires", "").strip())
    if (
        not re.fullmatch(r"[0-9]{14,16}", number)
        or not expires
        or not re.fullmatch(r"[0-9]{3,4}", typed.get("cvc", ""))
    ):
        return pages.card(registration, "カード番号、有効期限、セキュリティコードを確認してください。")
    code = call.refused_with() or NUMBERS.get(number, ("declined", ""))[0]
    if code:
        return _end(call, registration, "refused", code)
    token = f"tok_{secrets.token_hex(12)}"
    known = {"last4": number[-4:], "brand": _brand(number), "expires": f"20{expires[2]}-{expires[1]}"}
    call.sim.ledger.put(CARDS, token, {**known, "charge": NUMBERS[number][1]})
    call.sim.ledger.put(REGISTRATIONS, registration["reference"], {**registration, "typed": {**known, "token": token}})
    return pages.challenge(registration, known, CODE, "")


@route(SYSTEM, "challenge", "POST", "/page/<reference>/challenge", public=True)
def challenge(call: Call) -> Answer:
    """3-D Secure: the code that the issuer has sent to the card's holder."""
    registration, typed = _registration(call), call.form()
    if registration["state"] != "open" or "typed" not in registration:
        return pages.over(registration)
    if call.cookie(COOKIE) != registration["provider_id"]:
        return _end(call, registration, "refused", "cookies_blocked", show=pages.no_cookies)
    if (code := call.refused_with()) or "fail" in typed:
        return _end(call, registration, "refused", code or "not_authenticated")
    if typed.get("code", "").strip() != CODE:
        return pages.challenge(registration, registration["typed"], CODE, "認証コードが違います。")
    return _end(call, {**registration, "card": registration["typed"]}, "passed", "")


@route(SYSTEM, "charge", "POST", "/charges", own_refusals=True)
def charge(call: Call) -> Answer:
    message = call.json()
    key, token, amount = message.get("key"), message.get("token"), message.get("amount")
    if key != call.key or not isinstance(amount, int) or amount <= 0:
        raise Refusal(HTTPStatus.BAD_REQUEST, "bad_request", "key and amount are expected")
    card = _card(call, str(token))
    reason = call.refused_with() or ("unknown_card" if card is None else card["charge"])
    made = {
        "reference": key,
        "provider_id": f"chg_{secrets.token_hex(12)}",
        "state": "refused" if reason else "paid",
        "reason": reason,
        "amount": amount,
        "currency": "JPY",
        "about": message.get("about", ""),
    }
    # Told to carry a repeated key out again, it takes the money again: that is what the ledger then shows.
    call.sim.ledger.put(CHARGES, made["provider_id"], made)
    call.tell({"id": f"evt_{made['provider_id']}", "type": f"charge.{made['state']}", **made})
    return Answer(made)


@route(SYSTEM, "charge_state", "GET", "/charges/<key>")
def charge_state(call: Call) -> Answer:
    for made in call.sim.ledger.all(CHARGES).values():
        if made["reference"] == call.args["key"]:
            return Answer(made)
    raise Refusal(HTTPStatus.NOT_FOUND, "not_found")


def _registration(call: Call) -> dict[str, Any]:
    found = call.sim.ledger.get(REGISTRATIONS, call.args["reference"])
    if found is None:
        raise Refusal(HTTPStatus.NOT_FOUND, "not_found")
    if found["state"] == "open" and found["until"] < clock.real_now().timestamp():
        found |= {"state": "expired", "reason": "expired"}
        call.sim.ledger.put(REGISTRATIONS, found["reference"], found)
    return found


def _end(call: Call, registration: dict[str, Any], state: str, reason: str, *, show: Any = None) -> Answer:
    """The registration's end: told to the portal, and the browser led back."""
    ended = {**registration, "state": state, "reason": reason}
    call.sim.ledger.put(REGISTRATIONS, ended["reference"], ended)
    call.tell({"id": f"evt_{ended['provider_id']}", "type": f"card.{state}", **_told(ended)})
    if show is not None:
        shown: Answer = show(ended)
        return shown
    return Answer(status=HTTPStatus.SEE_OTHER, headers={"Location": ended["back"]})


def _told(registration: dict[str, Any]) -> dict[str, Any]:
    names = ("reference", "provider_id", "state", "reason", "page", "card")
    return {name: registration[name] for name in names if name in registration}


def _card(call: Call, token: str) -> dict[str, Any] | None:
    """What was registered here, or a card of the demo, which is there from the start."""
    if token.startswith(DEMO_TOKEN):
        return {"charge": "declined" if "refused" in token else ""}
    return call.sim.ledger.get(CARDS, token)


def _brand(number: str) -> str:
    return {"4": "VISA", "5": "Mastercard", "3": "JCB"}.get(number[0], "")
