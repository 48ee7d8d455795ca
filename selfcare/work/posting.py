"""Rendering a mail and handing it to the mail server."""

import uuid
from datetime import datetime
from email.utils import formatdate
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from selfcare import vault
from selfcare.work import attachments
from selfcare.work.models import Mail


def secret_context(identity: uuid.UUID) -> str:
    """The associated data of a mail's sealed part."""
    return f"work.mail:sealed:{identity}"


def post(group: list[Mail]) -> None:
    """Send one message for mails that were gathered (same address, template and language).

    The contexts' `items` are put one after the other; everything else is the first one's, its file too. The Message-ID
    is that of the first, so that a repetition after a crash is recognised as one.
    """
    first = group[0]
    carried = attachments.carried(first)
    context: dict[str, Any] = {**first.context, **carried.told, "base_url": settings.BASE_URL}
    items = [_readable(item) for mail in group for item in mail.context.get("items", [])]
    if items:
        context["items"] = items
    if first.sealed is not None:
        context["secret"] = vault.open_sealed(bytes(first.sealed), context=secret_context(first.uuid))
    with translation.override(first.language):
        subject = " ".join(render_to_string(f"mail/{first.template}.subject.txt", context).split())
        message = EmailMultiAlternatives(
            subject,
            render_to_string(f"mail/{first.template}.txt", context),
            to=[first.to],
            headers={
                "Message-ID": f"<{first.uuid}@{settings.BASE_URL.split('//')[-1].split(':')[0]}>",
                "Date": formatdate(first.created_at.timestamp(), localtime=True),
                "Auto-Submitted": "auto-generated",
                "Content-Language": first.language,
            },
        )
        message.attach_alternative(render_to_string(f"mail/{first.template}.html", context), "text/html")
        if carried.file is not None:
            message.attach(carried.file.name, carried.file.content, carried.file.content_type)
        message.send()


def _readable(item: dict[str, Any]) -> dict[str, Any]:
    """Moments travel as text in JSON; templates format them."""
    return {
        name: datetime.fromisoformat(value) if name in {"cancel_until", "accepted_at"} and value else value
        for name, value in item.items()
    }
