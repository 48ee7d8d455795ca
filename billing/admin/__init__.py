"""The admin's pages of billing, one file for each noun."""

from billing.admin import bills, charges, closing, payments, records, statements, tariffs, terms

__all__ = ["bills", "charges", "closing", "payments", "records", "statements", "tariffs", "terms"]
