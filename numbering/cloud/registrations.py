"""What the portal shows and runs of cloud phone contracts: menu, home, search, jobs, reconciling."""

from numbering.cloud import (
    application_registrations,
    contract_registrations,
    device_registrations,
    fax_backlog,
    fax_registrations,
    option_registrations,
    setting_registrations,
)


def register() -> None:
    """Called once, when the portal starts."""
    application_registrations.register()
    contract_registrations.register()
    device_registrations.register()
    setting_registrations.register()
    option_registrations.register()
    fax_registrations.register()
    fax_backlog.register()
