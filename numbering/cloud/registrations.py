"""What the portal shows and runs of cloud phone contracts: menu, home, search, jobs, reconciling."""


def register() -> None:
    """Called once, when the portal starts."""
