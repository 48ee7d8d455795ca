"""連絡先: telephone and person of a customer."""

from collections.abc import Mapping

from selfcare.accounts import audit
from selfcare.contract_data.models import Contact
from selfcare.orders.models import Order


def change(wanted: Mapping[Order, tuple[str, str]]) -> None:
    """Part of the transaction that completes these orders: each with telephone (digits) and person."""
    rows = [
        Contact(customer_id=order.customer_id, phone=phone, person=person)
        for order, (phone, person) in {order.customer_id: (order, w) for order, w in wanted.items()}.values()
    ]
    Contact.objects.bulk_create(
        rows, update_conflicts=True, update_fields=["phone", "person"], unique_fields=["customer"]
    )
    for order in wanted:
        detail = {"request_id": order.request_id}
        audit.record(
            action="customer.contact_changed",
            obj=order.customer,
            customer=order.customer,
            detail=detail,
            actor=order.actor,
        )
