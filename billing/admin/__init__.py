"""The admin's pages of billing, one file for each noun."""

from billing.admin import bills, charges, closing, statements, tariffs

__all__ = ["bills", "charges", "closing", "statements", "tariffs"]
