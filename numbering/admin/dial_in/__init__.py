"""The operators' pages of IP Voice: contracts and their numbers, reservation codes, lead times, the works ahead."""

from numbering.admin.dial_in import codes, contracts, lead_times, numbers, orders, works

orders.register()
works.register()

__all__ = ["codes", "contracts", "lead_times", "numbers", "orders", "works"]
