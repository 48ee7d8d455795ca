"""What differs between the carrier's word and ours is told, for requests of both kinds; what agrees is not."""

from datetime import timedelta

import pytest

from lines import reconcile
from lines.models import CarrierOrder, Line
from selfcare import clock as time
from selfcare.orders.models import Order
from tests.lines.following_parts import left, suspended, work, work_until_done

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.usefixtures("clock")]


def found() -> list[str]:
    return reconcile.check(time.now())


def test_what_agrees_is_not_told(carrier):
    rows = [left(), suspended()]
    work()
    assert found() == []
    work_until_done(rows)
    assert found() == []


@pytest.mark.parametrize("kind", [left, suspended])
def test_an_order_that_failed_here_and_is_completed_there_is_told(carrier, kind):
    row = kind()
    work_until_done([row])
    Order.objects.filter(pk=row.order_id).update(state="failed")
    assert found() == [f"{row.external_id} failed here and is completed at the carrier"]


def test_what_was_done_there_to_a_line_that_ended_meanwhile_is_not_told(carrier):
    row = left()
    work_until_done([row])
    Order.objects.filter(pk=row.order_id).update(state="failed")
    Line.objects.filter(carrier_orders=row).update(status="terminated")
    assert found() == []


def test_an_order_that_is_completed_here_and_refused_there_is_told(carrier):
    row = suspended()
    work_until_done([row])
    CarrierOrder.objects.filter(pk=row.pk).update(state="failed")
    assert found() == [f"{row.external_id} is completed here and refused at the carrier"]


def test_a_request_that_has_ended_there_and_is_open_here_is_told(carrier):
    carrier.control(delay=600)
    row = left()
    work()
    CarrierOrder.objects.filter(pk=row.pk).update(state="completed", answered_at=time.real_now())
    assert found() == []
    CarrierOrder.objects.filter(pk=row.pk).update(answered_at=time.real_now() - timedelta(hours=1))
    assert found() == [f"{row.external_id} has ended at the carrier and is open here"]


def test_a_request_without_an_end_for_a_day_is_told(carrier):
    carrier.control(delay=600)
    row = left()
    work()
    CarrierOrder.objects.filter(pk=row.pk).update(requested_at=time.real_now() - timedelta(days=2))
    assert found() == [f"{row.external_id} was asked for more than a day ago and has no end"]


def test_a_change_that_took_effect_and_of_which_no_carrier_was_told_is_told(carrier):
    left()
    left().delete()
    (text,) = found()
    assert text.endswith("took effect here and its carrier was never asked")
