"""Wrong configuration as a sentence with a hint: `manage.py check`, and `check --deploy` for what is to be public."""

import ipaddress
import os
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register
from django.core.exceptions import ImproperlyConfigured

DEFAULT_SECRET_KEY = "insecure-only-for-commands-that-need-no-secret"  # noqa: S105 - the very value to be refused
SHORTEST_SECRET = 24


def require_secrets() -> None:
    """Called by the web server's entry: commands may do without secrets, a portal may not.

    Raises ImproperlyConfigured.
    """
    if not settings.DEBUG:
        for problem in _secrets():
            raise ImproperlyConfigured(f"{problem.msg} {problem.hint}")


@register(Tags.security)
def secrets(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [] if settings.DEBUG else list(_secrets())


def _secrets() -> Iterator[CheckMessage]:
    if settings.SECRET_KEY == DEFAULT_SECRET_KEY:
        yield checks.Warning(
            "SELFCARE_SECRET_KEY is not set: sessions and links could be forged.",
            hint="Set it to 50 random characters; `manage.py run` makes its own.",
            id="selfcare.W001",
        )
    if not settings.VAULT_KEYS:
        yield checks.Warning(
            "SELFCARE_VAULT_KEYS is not set: codes, letters and passwords cannot be sealed.",
            hint='Set it to an id and 32 random bytes: "1:" and the output of `openssl rand -base64 32`.',
            id="selfcare.W002",
        )
    if not settings.CARRIER_SECRET:
        yield checks.Warning(
            "CARRIER_SECRET is not set: carriers' callbacks cannot be told from anybody else's.",
            hint="Set it to the secret that was agreed on with the carrier.",
            id="selfcare.W003",
        )
    if not settings.OUTSIDE_SECRET:
        yield checks.Warning(
            "OUTSIDE_SECRET is not set: callbacks of outside systems (payments) cannot be told from forged ones.",
            hint="Set it to the secret that was agreed on with the outside systems.",
            id="selfcare.W004",
        )


@register(Tags.security)
def public_demo(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    bind = os.environ.get("SELFCARE_BIND") or "127.0.0.1"
    told_twice = os.environ.get("SELFCARE_DEMO_PUBLIC") == "1"
    if not settings.DEMO or told_twice or _is_loopback(bind):
        return []
    return [
        checks.Error(
            f"The demo shows every mail and prints its passwords, and would listen on {bind}.",
            hint="Set SELFCARE_DEMO_PUBLIC=1 as well if the network is yours, or SELFCARE_DEMO=0.",
            id="selfcare.E001",
        )
    ]


def _is_loopback(bind: str) -> bool:
    try:
        return bind == "localhost" or ipaddress.ip_address(bind).is_loopback
    except ValueError:
        return False


@register(Tags.security, deploy=True)
def deployment(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return list(_deployment())


def _deployment() -> Iterator[CheckMessage]:
    if _one_role():
        yield checks.Warning(
            "The application would use the database as its owner: it could alter tables and the audit trail.",
            hint="Give DATABASE_URL the role selfcare_app and DATABASE_OWNER_URL the role selfcare_owner.",
            id="selfcare.W010",
        )
    if not settings.HTTPS:
        yield checks.Warning(
            f"The portal's address is {settings.BASE_URL}: cookies and mails would not insist on https.",
            hint="Set SELFCARE_BASE_URL to the https address that customers use.",
            id="selfcare.W011",
        )
    if _is_address(settings.OTP_WEBAUTHN_RP_ID):
        yield checks.Warning(
            f"The portal's host is {settings.OTP_WEBAUTHN_RP_ID}: browsers keep no passkeys for an IP address.",
            hint="Set SELFCARE_BASE_URL to an address with a host name; passkeys are bound to it for ever.",
            id="selfcare.W015",
        )
    if len(settings.METRICS_TOKEN) < SHORTEST_SECRET:
        yield checks.Warning(
            f"METRICS_TOKEN is missing or shorter than {SHORTEST_SECRET} characters.",
            hint="Set it to a random word and give the same to Prometheus as its bearer token.",
            id="selfcare.W012",
        )
    if settings.DEMO:
        yield checks.Warning(
            "SELFCARE_DEMO is on: everybody could read the mails and move the clock.",
            hint="Unset SELFCARE_DEMO.",
            id="selfcare.W013",
        )
    if settings.EMAIL_BACKEND == "selfcare.work.folder_mail.FolderBackend":
        yield checks.Warning(
            "Mails are put into a folder instead of being sent.",
            hint="Set EMAIL_URL to smtp://user:password@host:port.",
            id="selfcare.W014",
        )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _one_role() -> bool:
    default, owner = settings.DATABASES["default"], settings.DATABASES["owner"]
    changes_role = "-c role=" in str(default.get("OPTIONS", {}).get("options", ""))
    return not changes_role and default["USER"] == owner["USER"]
