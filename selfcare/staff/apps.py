from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate
from django.utils.translation import pgettext_lazy


class StaffConfig(AppConfig):
    name = "selfcare.staff"
    label = "staff"
    verbose_name = pgettext_lazy("several", "オペレーター")

    def ready(self) -> None:
        from selfcare.staff import demo, groups, home, trail_words
        from selfcare.staff.services import exports, imports, viewing  # noqa: F401  (their sweeps are jobs)

        # Once, after the last app: the permissions of all of them are needed.
        last = [config for config in apps.get_app_configs() if config.models_module is not None][-1]
        post_migrate.connect(groups.make, sender=last, dispatch_uid="selfcare.staff.groups")
        home.register()
        trail_words.register()
        demo.register()


class SelfcareAdminConfig(AdminConfig):
    default_site = "selfcare.staff.site.SelfcareAdminSite"
