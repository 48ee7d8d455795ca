from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContractDataConfig(AppConfig):
    name = "selfcare.contract_data"
    label = "contract_data"
    verbose_name = _("ご契約様情報")

    def ready(self) -> None:
        from selfcare.contract_data import demo, procedures, registrations  # noqa: F401  (importing registers them)

        registrations.register()
        demo.register()
