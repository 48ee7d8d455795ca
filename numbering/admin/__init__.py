"""The operators' pages of numbers; importing this registers them, and what they add to other pages."""

from numbering.admin import additions, allowances, cloud, dial_in, numbers, passwords, timetables

additions.register()
passwords.register()

__all__ = ["additions", "allowances", "cloud", "dial_in", "numbers", "passwords", "timetables"]
