"""What the portal asks of a carrier, whatever the carrier speaks.

A request is identified by its `external_id`, which stays the same over all attempts: sending it again is always safe
and changes nothing at a carrier that already has it. Nothing here may be called inside a transaction.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol


class Action(StrEnum):
    SUSPEND = "suspend"
    RESUME = "resume"


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
    """One change of one line. `external_id`: the order's uuid and the action, unchanged over all attempts."""

    external_id: str
    action: Action
    msisdn: str
    sim_serial: str
    carrier: str


@dataclass(frozen=True, kw_only=True)
class CarrierAnswer:
    """Where the carrier stands. `reason` is the carrier's text, set when `state` is one of REFUSALS."""

    external_id: str
    carrier_order_id: str
    state: State
    reason: str = ""


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
