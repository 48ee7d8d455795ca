"""Orders and batches, and what hangs on them."""

from selfcare.orders.models.approval import ApprovalRule
from selfcare.orders.models.attached import IncomingEvent, OrderKey, OrderSecret
from selfcare.orders.models.batches import Approval, Batch, BatchRefusal
from selfcare.orders.models.days import SpecialDay
from selfcare.orders.models.hours import AcceptanceHours
from selfcare.orders.models.orders import Order, OrderQuerySet

__all__ = [
    "AcceptanceHours",
    "Approval",
    "ApprovalRule",
    "Batch",
    "BatchRefusal",
    "IncomingEvent",
    "Order",
    "OrderKey",
    "OrderQuerySet",
    "OrderSecret",
    "SpecialDay",
]
