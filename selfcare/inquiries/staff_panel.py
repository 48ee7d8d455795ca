"""What operators see first of inquiries: how many wait, urgent ones, those whose time has passed."""

from typing import Any, cast

from django.db.models import Count, Min, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts.models import Customer, User
from selfcare.inquiries.models import Inquiry


def facts(request: HttpRequest) -> dict[str, Any] | None:
    if not cast(User, request.user).has_perm("inquiries.view_inquiry"):
        return None
    now = clock.now()
    return Inquiry.objects.waiting().aggregate(
        waiting=Count("pk"),
        urgent=Count("pk", filter=Q(is_urgent=True)),
        overdue=Count("pk", filter=Q(expected_at__lt=now)),
        next_at=Min("expected_at"),
    )


def of_customer(customer: Customer) -> tuple[str, str] | None:
    """From a customer's page to its inquiries."""
    if not Inquiry.objects.filter(customer=customer).exists():
        return None
    address = f"{reverse('admin:inquiries_inquiry_changelist')}?customer={customer.pk}&state=all"
    return _("お問い合わせ"), address
