"""The mails of inquiries: that there is something to read, and where. What was written stays in the portal."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from selfcare import calendar
from selfcare.accounts.models import User
from selfcare.accounts.services.addresses import contact_address, copy_address
from selfcare.inquiries import contacts
from selfcare.inquiries.models import Inquiry
from selfcare.work.outbox import Outgoing, send_many


def received(inquiry: Inquiry) -> None:
    """To who wrote it: the ticket and until when; to the window of the service: the ticket and its page."""
    mails = _to_customer(inquiry, "inquiry_received")
    to = (inquiry.assigned_to.email if inquiry.assigned_to else "") or contacts.mail_of(inquiry.contract)
    if to:
        address = reverse("admin:inquiries_inquiry_change", args=[inquiry.pk])
        mails.append(
            Outgoing(
                template="inquiry_for_operators",
                to=to,
                context={**_context(inquiry), "url": f"{settings.BASE_URL}{address}"},
            )
        )
    send_many(mails)


def answered(inquiry: Inquiry) -> None:
    send_many(_to_customer(inquiry, "inquiry_answered"))


def _to_customer(inquiry: Inquiry, template: str) -> list[Outgoing]:
    user: User = inquiry.created_by
    to = copy_address(user) or (contact_address(user) if user.is_active and user.suspended_at is None else "")
    if not to:
        return []
    with translation.override(user.language):
        context = {**_context(inquiry), "url": f"{settings.BASE_URL}{inquiry.get_absolute_url()}"}
    return [
        Outgoing(
            template=template,
            to=to,
            context={**context, "name": user.display_name},
            customer_id=inquiry.customer_id,
            language=user.language,
        )
    ]


def _context(inquiry: Inquiry) -> dict[str, object]:
    expected = calendar.local(inquiry.expected_at) if inquiry.expected_at else None
    return {
        "ticket": inquiry.ticket,
        "is_urgent": inquiry.is_urgent,
        "expected": f"{expected:%Y/%m/%d %H:%M}" if expected else "",
    }
