"""The admin's pages of billing, one file for each noun."""

from billing.admin import tariffs

__all__ = ["tariffs"]
