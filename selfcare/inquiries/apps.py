from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import pgettext_lazy


class InquiriesConfig(AppConfig):
    name = "selfcare.inquiries"
    label = "inquiries"
    verbose_name = pgettext_lazy("several", "お問い合わせ")

    def ready(self) -> None:
        from selfcare.inquiries import demo, registrations, trail_words
        from selfcare.inquiries.shipped import put_in

        registrations.register()
        trail_words.register()
        demo.register()
        post_migrate.connect(put_in, sender=self, dispatch_uid="inquiries.shipped")
