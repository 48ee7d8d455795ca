"""The simulated postal carrier: registered letters that are not forwarded.

A letter is accepted and stays so until somebody says what became of it:
POST /post/letters/<tracking>/delivered or /returned (a page for demo and tests, like /control). An address with
「宛所なし」 in it comes back by itself, one with 「配達済」 arrives by itself, both a moment after it was announced.
"""

import hashlib
from http import HTTPStatus
from typing import Any

from selfcare.outside.simulator.routes import Answer, Call, Refusal, route

_KIND = "post.letters"
_BY_ITSELF = {"宛所なし": ("returned", "あて所に尋ねあたりません"), "配達済": ("delivered", "")}
_SECONDS = 1.0


@route("post", "announce", "POST", "/letters")
def announce(call: Call) -> Answer:
    message = call.json()
    reference, address = message.get("reference"), message.get("address")
    if not (isinstance(reference, str) and reference and isinstance(address, str) and address):
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "no_address", "reference and address are needed")
    tracking = f"{int(hashlib.sha256(reference.encode()).hexdigest(), 16) % 10**11:011}"
    letter = {"tracking": tracking, "reference": reference, "address": address, "state": "accepted", "reason": ""}
    call.sim.ledger.put(_KIND, tracking, letter)
    for mark, (state, reason) in _BY_ITSELF.items():
        if mark in address:
            _happens(call, letter, state, reason, delay=_SECONDS)
    return Answer(letter, HTTPStatus.CREATED)


@route("post", "ask", "GET", "/letters/<tracking>")
def ask(call: Call) -> Answer:
    return Answer(_letter(call))


@route("post", "delivered", "POST", "/letters/<tracking>/delivered", public=True)
def delivered(call: Call) -> Answer:
    return Answer(_happens(call, _letter(call), "delivered", ""))


@route("post", "returned", "POST", "/letters/<tracking>/returned", public=True)
def returned(call: Call) -> Answer:
    return Answer(_happens(call, _letter(call), "returned", "あて所に尋ねあたりません"))


@route("post", "ping", "GET", "/ping")
def ping(call: Call) -> Answer:
    return Answer({"ok": True})


def _letter(call: Call) -> dict[str, Any]:
    found = call.sim.ledger.get(_KIND, call.args["tracking"])
    if found is None:
        raise Refusal(HTTPStatus.NOT_FOUND, "not_found")
    return found


def _happens(call: Call, letter: dict[str, Any], state: str, reason: str, *, delay: float = 0.0) -> dict[str, Any]:
    told = {**letter, "state": state, "reason": reason}
    call.sim.ledger.put(_KIND, letter["tracking"], told)
    event = {"id": f"{letter['tracking']}:{state}", "type": state, "reference": letter["reference"], "reason": reason}
    call.tell(event, delay=delay)
    return told
