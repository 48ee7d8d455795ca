"""Send keys: a form carries one from when it is drawn until it has been sent, and its attachments hang on it."""

import re
import uuid
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from selfcare.accounts.models import User
from selfcare.documents.holders import Holder
from selfcare.inquiries.models import Inquiry, Message

PREFIX = "inquiry"
#: Attachments of one message, and those that are just being replaced.
MOST = 6
#: How long files stay whose form was never sent.
KEPT = timedelta(days=1)
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def fresh() -> str:
    return str(uuid.uuid4())


def is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


def of(user: User, key: str) -> str:
    """Under the customer: what another one's form sends never meets this one's."""
    return f"{PREFIX}:{user.customer_id}-{key}"


def holder(user: User, key: str) -> Holder:
    """For the attachments of a message, until it is sent."""
    held = of(user, key)

    def is_open() -> bool:
        lock(held)
        return not Message.objects.filter(key=held).exists()

    return Holder(held, user.customer_id, is_open=is_open, most=MOST)


def lock(held: str) -> None:
    """Until the transaction ends: sending, and adding a file to what is being sent, wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [held])


def page_of(reference: str) -> tuple[str, str] | None:
    """For the operators' page of a document: its ticket."""
    found = Inquiry.objects.filter(messages__key=f"{PREFIX}:{reference}").first()
    return (found.ticket, reverse("admin:inquiries_inquiry_change", args=[found.pk])) if found else None


def abandoned(now: datetime) -> Q:
    """Files that were sent with a form which nobody sent after all."""
    return Q(uploaded_at__lt=now - KEPT) & ~Q(Exists(Message.objects.filter(key=OuterRef("holder"))))
