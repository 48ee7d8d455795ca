from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "selfcare.staff"
    label = "staff"
    verbose_name = _("オペレーター")


class SelfcareAdminConfig(AdminConfig):
    default_site = "selfcare.staff.site.SelfcareAdminSite"
