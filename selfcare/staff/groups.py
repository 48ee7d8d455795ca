"""The operators' groups and what each may do. Apps add their own part in `AppConfig.ready()`."""

from collections import defaultdict
from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import connections
from django.utils.translation import gettext_lazy

SUPPORT, PROVISIONING, BILLING, ADMIN = "support", "provisioning", "billing", "admin"
GROUPS = (SUPPORT, PROVISIONING, BILLING, ADMIN)
LABELS = {
    SUPPORT: gettext_lazy("サポート"),
    PROVISIONING: gettext_lazy("開通・番号"),
    BILLING: gettext_lazy("請求"),
    ADMIN: gettext_lazy("システム管理者"),
}

_allowed: dict[str, set[str]] = defaultdict(set)


def allow(permission: str, *groups: str) -> None:
    """Give `app.codename` to these groups; the group admin has whatever any group has."""
    for group in (*groups, ADMIN):
        _allowed[group].add(permission)


def _defaults() -> None:
    everybody = (SUPPORT, PROVISIONING, BILLING)
    for noun in ("customer", "contract", "notificationaddress", "user", "invitation"):
        allow(f"accounts.view_{noun}", *everybody)
    for noun in ("customer", "contract"):
        allow(f"accounts.add_{noun}", PROVISIONING)
        allow(f"accounts.change_{noun}", PROVISIONING)
    allow("accounts.view_auditevent", *everybody)
    allow("staff.view_exportfile", *everybody)
    allow("orders.view_order", *everybody)
    allow("orders.view_acceptancehours", *everybody)
    allow("orders.change_acceptancehours", PROVISIONING)
    allow("work.view_letter", *everybody)
    allow("work.view_mail", *everybody)
    allow("work.view_job", PROVISIONING)
    for permission in ("staff.view_as_customer", "staff.view_impersonation"):
        allow(permission, *everybody)
    allow("staff.lock_users", SUPPORT)
    allow("staff.create_users", SUPPORT, PROVISIONING)
    for duty in ("operate_orders", "place_orders", "post_letters", "resend_mails", "retry_jobs"):
        allow(f"staff.{duty}", PROVISIONING)
    allow("shell.view_notice", *everybody)
    allow("shell.view_maintenance", *everybody)
    for permission in ("shell.add_notice", "shell.change_notice", "shell.change_maintenance"):
        allow(permission)
    for permission in ("staff.view_operator", "staff.add_operator", "staff.change_operator"):
        allow(permission)


def make(using: str, **_kwargs: Any) -> None:
    """post_migrate: the groups with exactly these permissions, so that a release can also take one away."""
    if "auth_group" not in connections[using].introspection.table_names():
        return  # a migration of some apps only
    for config in apps.get_app_configs():
        create_permissions(config, verbosity=0, using=using)
    ids = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.using(using).values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    for name in GROUPS:
        group, _ = Group.objects.using(using).get_or_create(name=name)
        unknown = sorted(_allowed[name] - ids.keys())
        if unknown:
            raise LookupError(f"No such permissions for the group {name}: {', '.join(unknown)}")
        group.permissions.set([ids[permission] for permission in _allowed[name]])


_defaults()
