from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class DocumentsConfig(AppConfig):
    name = "selfcare.documents"
    label = "documents"
    verbose_name = pgettext_lazy("several", "添付書類")

    def ready(self) -> None:
        from selfcare.documents import registrations, trail_words

        registrations.register()
        trail_words.register()
