"""Typing an application in, saved at each step; only a draft can be changed."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.services import Basket
from numbering.cloud.models import ApplicationDocument, CloudApplication
from numbering.cloud.services.applications import links, needs
from numbering.cloud.services.applications.timeline import What, tell
from selfcare import clock
from selfcare.accounts.models import Contract, User
from selfcare.documents.services import storing
from selfcare.orders.procedures import NotPossible

WHO = (
    "kind", "name", "kana", "contact_name", "contact_kana", "postal_code", "address", "building", "phone", "mail",
    "agency_code",
)  # fmt: skip
NUMBER = (
    "area", "site_kind", "site_postal_code", "site_address", "site_building", "port_number", "port_holder",
    "port_carrier", "port_origin", "landline",
)  # fmt: skip
#: What takes over from an earlier application, or from a contract that becomes a company's.
CARRIED = (*WHO, *NUMBER, "basket")


def begin(
    *,
    form_key: uuid.UUID,
    basket: Basket,
    carried: Mapping[str, Any] | None = None,
    from_contract: Contract | None = None,
    actor: User | None = None,
) -> tuple[CloudApplication, str]:
    """A draft and the token of its address. The same form sent twice is the same draft, by another token.

    Raises ValidationError when too many were begun from this address.
    """
    # Also of a form that was sent before: each makes a link of its own.
    links.count_begun()
    with transaction.atomic():
        now = clock.now()
        fields: dict[str, Any] = {name: value for name, value in (carried or {}).items() if name in CARRIED}
        fields |= {"basket": basket.as_json(), "from_contract": from_contract, "created_at": now, "saved_at": now}
        application, is_new = CloudApplication.objects.get_or_create(
            form_key=form_key, defaults={**fields, "language": get_language() or "ja"}
        )
        if is_new:
            tell(application, What.BEGUN, at=now, actor=actor)
            _follow(application)
        elif not application.is_draft:
            raise NotPossible(_("このお申し込みは送信済みです。メールのリンクから状況をご確認ください。"))
        return application, links.make(application).token


def locked(application: CloudApplication) -> CloudApplication:
    """The row as it is now, kept by the transaction."""
    return CloudApplication.objects.select_for_update().get(pk=application.pk)


def save(*, application: CloudApplication, values: Mapping[str, Any]) -> None:
    """Keep a step's fields; a new mail address gets its link, and those mailed to the one before end.

    Raises NotPossible, and ValidationError when no more links are sent to the address: then all but the link is done.
    """
    full = _too_many(application, values.get("mail", ""))
    with transaction.atomic():
        row = locked(application)
        _require_draft(row)
        told = row.mail
        for name in (*WHO, *NUMBER, "basket"):
            if name in values:
                setattr(row, name, values[name])
        row.saved_at, row.reminders = clock.now(), 0
        row.save()
        _follow(row)
        if row.mail.casefold() != told.casefold():
            links.end_mailed(row)
            if row.mail and full is None:
                links.mail(row, "cloud_application_link")
    application.refresh_from_db()
    if full is not None:
        raise full


def _too_many(application: CloudApplication, mail: str) -> ValidationError | None:
    if mail and mail.casefold() != application.mail.casefold():
        try:
            links.count_mail(application, mail)
        except ValidationError as full:
            return full
    return None


def _require_draft(application: CloudApplication) -> None:
    if not application.is_draft:
        raise NotPossible(
            _("このお申し込みは送信済みのため、内容を変更できません。変更したいときは、お問い合わせください。")
        )


def _follow(application: CloudApplication) -> None:
    """The rows of documents are those that the application needs by now; what is needed no more is not kept."""
    wanted = needs.documents_of(application)
    over = application.documents.exclude(kind__in=wanted).select_related("document")
    files = [row.document for row in over if row.document]
    over.delete()
    if files:
        storing.discard(files, action="document.removed", actor=None)
    known = set(application.documents.values_list("kind", flat=True))
    ApplicationDocument.objects.bulk_create(
        ApplicationDocument(application=application, kind=kind) for kind in wanted if kind not in known
    )
