"""What the portal shows of options: the menu's entry."""

from django.utils.translation import gettext_lazy as _

from selfcare.shell import menu


def register() -> None:
    menu.register(
        menu.SERVICES, _("ご契約のオプション"), "cloud:option-list", function="cloud.options", order=54,
        below=("change/", "fax-number/"),
    )  # fmt: skip
