from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import pgettext_lazy


class NumberingConfig(AppConfig):
    name = "numbering"
    label = "numbering"
    verbose_name = pgettext_lazy("several", "電話番号")

    def ready(self) -> None:
        from numbering import demo, items, procedures, registrations, trail_words  # noqa: F401  (importing the procedures registers them)
        from numbering.cloud import procedures as cloud_procedures  # noqa: F401  (the same)
        from numbering.cloud import registrations as cloud_registrations
        from numbering.cloud.services import port_origins
        from numbering.dial_in.services import lead_times
        from numbering.services import timetables

        registrations.register()
        cloud_registrations.register()
        trail_words.register()
        items.tell_billing()
        demo.register()
        post_migrate.connect(timetables.publish_first, sender=self, dispatch_uid="numbering.timetables")
        post_migrate.connect(lead_times.publish_first, sender=self, dispatch_uid="numbering.lead_times")
        post_migrate.connect(port_origins.publish_first, sender=self, dispatch_uid="numbering.port_origins")
