"""What can be ordered about numbers; importing this registers it."""

from numbering.procedures import addition, cancellation

__all__ = ["addition", "cancellation"]
