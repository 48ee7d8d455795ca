from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LinesConfig(AppConfig):
    name = "lines"
    verbose_name = _("モバイル回線")

    def ready(self) -> None:
        from lines import demo, shell_entries
        from lines.procedures import suspension  # noqa: F401  (registers its procedures)

        shell_entries.register()
        demo.register()
