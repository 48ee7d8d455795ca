"""What the portal shows and runs of options and charges: the menu's entry, the sums that must add up."""

from django.utils.translation import gettext_lazy as _

from numbering.cloud.services import reconciling
from selfcare.shell import menu
from selfcare.work import reconcile


def register() -> None:
    menu.register(
        menu.SERVICES, _("ご契約のオプション"), "cloud:option-list", function="cloud.options", order=54,
        below=("change/", "fax-number/"),
    )  # fmt: skip
    reconcile.register("cloud charges", reconciling.differences)
