"""A document cannot be taken from an order that is being accepted at the same moment."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections, transaction

from selfcare.documents.models import Document
from selfcare.documents.refusing import Refused
from selfcare.documents.services.storing import remove, store
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests.selfcare.documents import files

pytestmark = [pytest.mark.django_db(databases=["default", "owner"], transaction=True), pytest.mark.serial]


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("登記.pdf", files.pdf())


@pytest.mark.parametrize("what", ["remove", "store"])
def test_whoever_is_later_than_the_acceptance_is_refused(order, owner, folder, what):
    document = store(upload=upload(), kind="tests.legal", order=order, actor=owner)
    outcome: list[object] = []

    def change() -> None:
        try:
            if what == "remove":
                remove(document=document, actor=owner)
            else:
                store(upload=upload(), kind="tests.legal", order=order, actor=owner)
        except Refused as error:
            outcome.append(error)
        else:
            outcome.append("changed")
        finally:
            connections.close_all()

    thread = threading.Thread(target=change)
    with transaction.atomic():
        # As the acceptance: locked, checked (the document is there), then moved.
        Order.objects.select_for_update().get(pk=order.pk)
        Order.objects.filter(pk=order.pk).update(
            state=State.ACKNOWLEDGED, accepted_at=order.created_at, due_at=order.created_at
        )
        thread.start()
        thread.join(1)
        assert thread.is_alive(), "it waits for the order"
        assert seen_without_a_lock(order) == State.DRAFT, "who did not wait would have gone on"
    thread.join(20)
    assert isinstance(outcome[0], Refused)
    assert list(Document.objects.all()) == [document]
    assert [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()] == [document.stored]


def seen_without_a_lock(order: Order) -> str:
    states: list[str] = []

    def look() -> None:
        try:
            states.append(Order.objects.values_list("state", flat=True).get(pk=order.pk))
        finally:
            connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return states[0]
