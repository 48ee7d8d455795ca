"""What can be ordered about numbers; importing this registers it."""

from numbering.procedures import addition, cancellation, password_restoration, sip_password

__all__ = ["addition", "cancellation", "password_restoration", "sip_password"]
