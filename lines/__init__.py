"""Mobile lines: what a customer can have done to them, and the carriers that do it."""
