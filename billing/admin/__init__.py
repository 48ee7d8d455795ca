"""The admin's pages of billing, one file for each noun."""

from billing.admin import charges, statements, tariffs

__all__ = ["charges", "statements", "tariffs"]
