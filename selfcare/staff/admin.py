"""Where Django looks for the admin's pages; one file per noun lies in `admins/`."""

from selfcare.staff.admins import (  # noqa: F401  (importing registers them)
    announcing,
    customers,
    days,
    exports,
    hours,
    operators,
    orders,
    queues,
    trail,
    users,
    viewing,
)
