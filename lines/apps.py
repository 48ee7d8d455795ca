from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LinesConfig(AppConfig):
    name = "lines"
    verbose_name = _("モバイル回線")

    def ready(self) -> None:
        from lines import demo, reconcile, shell_entries
        from lines.procedures import plan, suspension, termination  # noqa: F401  (register their procedures)
        from selfcare.work import reconcile as sums

        shell_entries.register()
        sums.register("carriers", reconcile.check)
        demo.register()
