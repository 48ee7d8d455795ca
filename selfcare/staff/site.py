"""The admin site: staff only, password and second factor, nothing before both."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class SelfcareAdminSite(AdminSite):
    site_title = _("Selfcare オペレーター")
    site_header = _("Selfcare オペレーター")
    index_title = _("業務")

    def has_permission(self, request: HttpRequest) -> bool:
        """An active operator who has shown the second factor in this session."""
        user: Any = request.user
        return bool(user.is_active and user.is_staff and user.is_verified())
