"""What the simulated carrier thinks of each line, and what carrying out an order does to it. Pure, but for chance."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from lines.carriers.messages import OPERATION
from lines.carriers.port import SECRET_DETAILS, Action, Fact

MASK = "****"
#: What answers to the portal must hold and what nobody else may read.
SECRETS = SECRET_DETAILS | {str(Fact.ACTIVATION_CODE)}
RESERVATION_LIFE = timedelta(days=15)
#: Not options: they belong to the request itself.
_NO_OPTIONS = {OPERATION, "carrier", "suspended", str(Fact.SIM_SERIAL), *SECRET_DETAILS}


@dataclass
class Service:
    """One line as the carrier has it. `options` by code; `ported` and `left`: a number asked for, and gone."""

    number: str
    sim: str = ""
    plan: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    suspended: bool = False
    terminated: bool = False
    ported: bool = False
    left: bool = False
    #: A network PIN has been set; which one, the carrier keeps to itself.
    has_pin: bool = False

    def as_json(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


def characteristics(order: dict[str, Any]) -> dict[str, Any]:
    """Name: value, of the one item's service."""
    listed = order["serviceOrderItem"][0]["service"].get("serviceCharacteristic", [])
    return {str(each.get("name")): each.get("value") for each in listed if isinstance(each, dict)}


def action_of(order: dict[str, Any]) -> Action:
    """What is asked. Raises ValueError for what no carrier does."""
    asked = characteristics(order)
    if OPERATION in asked:
        return Action(str(asked[OPERATION]))
    return Action.SUSPEND if asked.get("suspended") is True else Action.RESUME


def masked(message: Any) -> Any:
    """A message with its secret characteristics blacked out, for everybody to look at."""
    if isinstance(message, list):
        return [masked(each) for each in message]
    if not isinstance(message, dict):
        return message
    if message.get("name") in SECRETS:
        return {**message, "value": MASK}
    return {name: masked(value) for name, value in message.items()}


def facts_of(order: dict[str, Any], now: datetime) -> dict[str, str]:
    """What the carrier will tell when the order is completed, made up once. `now`: real time."""
    asked = characteristics(order)
    match action_of(order):
        case Action.PORT_OUT:
            digits = f"{secrets.randbelow(10**10):010}"
            number = f"{digits[:2]}-{digits[2:5]}-{digits[5:]}"
            last_day = (now + RESERVATION_LIFE).date().isoformat()
            return {Fact.PORT_OUT_NUMBER: number, Fact.PORT_OUT_EXPIRES: last_day}
        case Action.SIM if asked.get("method") == "esim":
            return {Fact.SIM_SERIAL: new_serial(), Fact.ACTIVATION_CODE: _activation_code()}
        case Action.SIM:
            return {Fact.SIM_SERIAL: str(asked.get(Fact.SIM_SERIAL) or new_serial())}
        case _:
            return {}


def new_serial() -> str:
    """A Japanese ICCID of 19 digits, the last one the check digit of the others (Luhn)."""
    body = f"8981{secrets.randbelow(10**14):014}"
    return body + luhn_digit(body)


def luhn_digit(body: str) -> str:
    total = 0
    for place, character in enumerate(reversed(body)):
        doubled = int(character) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def _activation_code() -> str:
    """As GSMA SGP.22 writes it: version, address of the server, matching id."""
    return f"LPA:1$smdp.carrier.example${secrets.token_hex(8).upper()}"


def fingerprint(order: dict[str, Any], key: str) -> str:
    """Tells two orders apart without keeping what is secret in them; worthless without the key."""
    content = json.dumps(order, sort_keys=True)
    return hashlib.blake2b(content.encode(), key=key.encode()[:64]).hexdigest()[:32]


def carry_out(services: dict[str, Service], order: dict[str, Any], facts: dict[str, str]) -> None:
    """Change the line. `services` by number; one that is heard of for the first time has been there all along."""
    asked = characteristics(order)
    number = str(order["serviceOrderItem"][0]["service"]["id"])
    service = services.setdefault(number, Service(number, sim=str(asked.get(Fact.SIM_SERIAL, ""))))
    match action_of(order):
        case Action.SUSPEND | Action.RESUME as action:
            service.suspended = action is Action.SUSPEND
        case Action.PLAN:
            service.plan = str(asked.get("plan", ""))
            for code in str(asked.get("droppedOptions", "")).split(","):
                service.options.pop(code, None)
        case Action.OPTIONS:
            service.options |= {name: value for name, value in asked.items() if name not in _NO_OPTIONS}
            service.has_pin |= bool(SECRET_DETAILS & asked.keys())
        case Action.SIM:
            service.sim = facts[Fact.SIM_SERIAL]
        case Action.PORT_IN:
            service.number = str(asked.get("number") or number)
            services[service.number] = services.pop(number)
        case Action.PORT_OUT:
            service.ported = True
        case Action.TERMINATE:
            service.terminated = True
