from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShellConfig(AppConfig):
    name = "selfcare.shell"
    label = "shell"
    verbose_name = _("お知らせとメンテナンス")

    def ready(self) -> None:
        from selfcare import checks  # noqa: F401  (importing registers the checks)
        from selfcare.shell import metrics  # noqa: F401  (connects the request counters)
