"""What this part adds to others: menu, home, search, jobs, the operators' pages."""


def register() -> None:
    """Called once, when the portal starts."""
