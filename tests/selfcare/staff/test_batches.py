"""Operators find the orders of a batch by its number, and see on each which one it belongs to."""

import pytest

from selfcare.orders import procedures
from selfcare.orders.models import Batch
from selfcare.orders.services import batches
from selfcare.orders.services.batches import Wish
from tests import builders
from tests.selfcare.staff.people import inside, operator_of

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_a_batch_is_found_by_its_number(clock, owner):
    lines = [builders.line(contract=builders.contract(customer=owner.customer)) for _n in range(2)]
    other = builders.line(contract=builders.contract(customer=owner.customer))
    made: list[Batch] = [
        batches.draft(
            procedure=procedures.get("lines.suspend"),
            wishes=[Wish(line, {}, {}) for line in wanted],
            source="",
            now=clock.set("2026-11-20 10:00"),
            actor=owner,
        )
        for wanted in (lines, [other])
    ]
    page = inside(operator_of("admin"))
    for batch in made:
        found = page.get("/admin/orders/order/", {"q": batch.request_id, "state": "all"})
        assert found.context["cl"].result_count == batch.count
    order = made[0].orders.earliest("pk")
    assert made[0].request_id in page.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
