"""What the documents add to other parts: the sweep, the sums, the operators' groups, what stands on an order's page."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from selfcare.accounts.models import User
from selfcare.documents import kinds
from selfcare.documents.models import Document
from selfcare.documents.services import sweeping
from selfcare.orders import parts
from selfcare.orders.models import Order
from selfcare.staff import groups, operations
from selfcare.work import jobs, reconcile


def register() -> None:
    jobs.job("documents.sweep", every=timedelta(days=1))(sweeping.sweep)
    reconcile.register("documents", sweeping.lost)
    groups.allow("documents.view_document", groups.SUPPORT, groups.PROVISIONING)
    # They hold what the law makes us ask for: who checks the orders opens them, nobody else.
    groups.allow("documents.open_document", groups.PROVISIONING)
    parts.register("documents", told, "documents/_of_order.html", order=10)
    operations.register_link(Order, operations.Link("documents.view_document", _documents_of))


def _documents_of(order: Order) -> tuple[str, str] | None:
    """From an order's page to its documents."""
    count = Document.objects.of(order).count()
    if not count:
        return None
    address = f"{reverse('admin:documents_document_changelist')}?order={order.pk}"
    return _("添付書類（%(count)d件）") % {"count": count}, address


def told(order: Order, user: User) -> dict[str, Any] | None:
    """For the customer's page of an order: what was sent along, by its names."""
    documents = Document.objects.visible_to(user).of(order)
    shown = [(kinds.label_of(document.kind), document) for document in documents]
    return {"documents": shown} if shown else None
