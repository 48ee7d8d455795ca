"""What a customer reads of the documents of an order: names and sizes, on his own orders' pages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from selfcare.documents.services.storing import store
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests import builders
from tests.people import log_in
from tests.selfcare.documents import files

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def accepted(order, owner):
    line = builders.line(customer=order.customer, contract=order.contract)
    Order.objects.filter(pk=order.pk).update(subject_id=line.pk)
    upload = SimpleUploadedFile("登記<b>.pdf", files.pdf())
    store(upload=upload, kind="tests.legal", order=order, actor=owner)
    Order.objects.filter(pk=order.pk).update(
        state=State.ACKNOWLEDGED, accepted_at=order.created_at, due_at=order.created_at, shown={"ja": {"rows": []}}
    )
    return order


def test_an_orders_page_names_its_documents(accepted, owner, colleague):
    for person in (owner, colleague):
        page = log_in(person).get(reverse("orders:order", args=[accepted.uuid])).content.decode()
        assert "添付書類" in page
        assert "登記_b_.pdf" in page

        assert "tests.legal" in page
        # Names only: nothing leads to the file.
        assert "documents_document" not in page
        assert "/documents/" not in page


def test_a_stranger_does_not_find_the_order(accepted, stranger):
    assert log_in(stranger).get(reverse("orders:order", args=[accepted.uuid])).status_code == 404


def test_an_order_without_documents_says_nothing_of_them(accepted, owner):
    accepted.documents.all().delete()
    page = log_in(owner).get(reverse("orders:order", args=[accepted.uuid])).content.decode()
    assert "添付書類" not in page
