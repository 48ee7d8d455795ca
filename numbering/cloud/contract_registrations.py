"""What the portal shows and runs of the contracts' way: menu, home, search, reminders."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from numbering.cloud import shell
from numbering.cloud.services import trials
from selfcare import clock
from selfcare.shell import menu, panels, search
from selfcare.work import jobs


def register() -> None:
    menu.register(menu.SERVICES, _("クラウド電話 ご契約内容"), "cloud:contracts", function="cloud.numbers", order=60)
    panels.register("cloud", shell.panel, "numbering/cloud/_panel.html", order=25)
    search.register("cloud", _("クラウド電話"), shell.hits)
    jobs.job("cloud.remind", every=timedelta(hours=1))(lambda row: {"reminded": trials.remind(clock.now())})
