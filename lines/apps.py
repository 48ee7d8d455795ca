from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LinesConfig(AppConfig):
    name = "lines"
    verbose_name = _("モバイル回線")

    def ready(self) -> None:
        from lines import demo, following, hub, reconcile, shell_entries  # noqa: F401  (hub registers its job)
        from lines.procedures import plan, suspension, termination, voice_options  # noqa: F401  (they register)
        from lines.services import calling, pins
        from lines.services.following_up import SOURCE
        from selfcare.work import reconcile as sums
        from selfcare.work import sources

        shell_entries.register()
        sources.register(SOURCE, run=following.run, waiting=following.waiting, queue="outside")
        calling.secrets_from(pins.take, pins.answered)
        sums.register("carriers", reconcile.check)
        demo.register()
