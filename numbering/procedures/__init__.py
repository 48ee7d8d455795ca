"""What can be ordered about numbers; importing this registers it."""

from numbering.procedures import (
    addition,
    cancellation,
    dial_in,
    dial_in_by_date,
    dial_in_sales,
    password_restoration,
    sip_password,
)

__all__ = [
    "addition",
    "cancellation",
    "dial_in",
    "dial_in_by_date",
    "dial_in_sales",
    "password_restoration",
    "sip_password",
]
