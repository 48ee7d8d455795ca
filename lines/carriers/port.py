"""What the portal asks of a carrier, whatever the carrier speaks.

A request is identified by its `external_id`, which stays the same over all attempts: sending it again is always safe
and changes nothing at a carrier that already has it. Nothing here may be called inside a transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

#: A detail of a request: a primitive, so that it can be frozen in a row and sent again unchanged.
Detail = str | int | bool


class Action(StrEnum):
    """What a carrier can be asked to do with a line; in brackets the details that go with it.

    Names of details are characteristics of the service on the wire. A voice option's detail is the option's code.
    """

    SUSPEND = "suspend"
    RESUME = "resume"
    #: [each changed option's code: its value; off is false or 0]
    OPTIONS = "options"
    #: [plan; droppedOptions, the codes of options that the new plan does not have, with commas]
    PLAN = "plan"
    #: [method black|ota|esim, simSize; for ota simSerial, the SIM to be rewritten, and provisionalNumber]
    SIM = "sim"
    #: [number, the one that comes; reservationNumber]. The line is known by its provisional number until then.
    PORT_IN = "port-in"
    #: [holderName, holderKana, holderKind]
    PORT_OUT = "port-out"
    #: [endsOn, ISO date]
    TERMINATE = "terminate"


class Fact(StrEnum):
    """What carriers tell beyond a state; names of characteristics in their answers."""

    PORT_OUT_NUMBER = "portOutNumber"
    #: ISO date, the last day on which the number is good.
    PORT_OUT_EXPIRES = "portOutExpires"
    #: "true" once the line has left.
    PORTED_OUT = "portedOut"
    #: The SIM that the line has once the order is completed.
    SIM_SERIAL = "simSerial"
    #: What an eSIM's QR code holds. Whoever has it has the line: keep it sealed.
    ACTIVATION_CODE = "activationCode"


#: Details that nobody may read: never in a request's row, masked by the simulator.
SECRET_DETAILS = frozenset({"networkPin"})


class State(StrEnum):
    """States of a service order, as TMF641 names them."""

    ACKNOWLEDGED = "acknowledged"
    PENDING = "pending"
    HELD = "held"
    IN_PROGRESS = "inProgress"
    ASSESSING_CANCELLATION = "assessingCancellation"
    PENDING_CANCELLATION = "pendingCancellation"
    COMPLETED = "completed"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PARTIAL = "partial"


# Not carried out, and the carrier says so.
REFUSALS = frozenset({State.REJECTED, State.FAILED, State.CANCELLED})
# No further event comes. PARTIAL of an order with one item is a contradiction that a person has to look at.
FINAL = REFUSALS | {State.COMPLETED, State.PARTIAL}


@dataclass(frozen=True, kw_only=True)
class CarrierRequest:
    """One change of one line, the same over all attempts. `external_id` begins with the order's uuid.

    `sim_serial` is the SIM that the line has when the request is made.
    """

    external_id: str
    action: Action
    msisdn: str
    sim_serial: str
    carrier: str
    # Not in its repr, because it may hold a secret one.
    details: Mapping[str, Detail] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class CarrierAnswer:
    """Where the carrier stands. `reason` is the carrier's text, set when `state` is one of REFUSALS.

    `facts` by `Fact`, as far as the carrier tells them by now.
    """

    external_id: str
    carrier_order_id: str
    state: State
    reason: str = ""
    # Not in its repr, because an activation code is as good as the line.
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)


class CarrierUnavailable(Exception):
    """No usable answer; the request may or may not have arrived. Try again, not before `retry_after` when it is set."""

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class CarrierRefused(Exception):
    """The carrier will not take this request, now or later; `reason` is its text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Carrier(Protocol):
    def request(self, request: CarrierRequest) -> CarrierAnswer:
        """Hand the request over, once. A carrier that has it already answers where it stands.

        Raises CarrierUnavailable or CarrierRefused.
        """

    def status(self, external_id: str) -> CarrierAnswer | None:
        """Where a request stands; None when the carrier does not know it, so that it must be sent again.

        Raises CarrierUnavailable.
        """
