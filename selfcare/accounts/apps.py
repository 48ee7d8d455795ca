from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "selfcare.accounts"
    label = "accounts"
    verbose_name = _("契約者とユーザー")

    def ready(self) -> None:
        from selfcare.accounts import demo, shell_entries, trail_words

        # Importing registers their jobs.
        from selfcare.accounts.services import lost_ids, notices, passwords, sweeping  # noqa: F401

        demo.register()
        shell_entries.register()
        trail_words.register()
