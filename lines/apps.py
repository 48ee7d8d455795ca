from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LinesConfig(AppConfig):
    name = "lines"
    verbose_name = _("モバイル回線")

    def ready(self) -> None:
        from lines import demo, following, hub, jobs, reconcile, shell_entries  # noqa: F401  (hub, jobs: their jobs)
        from lines.procedures import (  # noqa: F401  (they register)
            plan,
            sim_reissue,
            suspension,
            termination,
            voice_options,
        )
        from lines.services import calling, pins
        from lines.services.following_up import SOURCE
        from selfcare.work import reconcile as sums
        from selfcare.work import sources

        shell_entries.register()
        sources.register(SOURCE, run=following.run, waiting=following.waiting, queue="outside")
        calling.secrets_from(pins.take, pins.answered)
        sums.register("carriers", reconcile.check)
        demo.register()
