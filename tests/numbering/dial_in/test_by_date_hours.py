"""Construction-date orders outside the acceptance hours: booked for the next opening, the shown numbers kept."""

from datetime import time

import pytest

from numbering.dial_in.models import DialInNumber
from numbering.dial_in.planned import blocks_of
from selfcare import clock as clocks
from selfcare.orders.models import AcceptanceHours
from selfcare.orders.services.offers import offer
from tests.numbering.dial_in import by_date, parts

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def base(clock):
    clock.set("2026-11-19 21:00")
    AcceptanceHours.objects.create(function="numbering.dial_in", opens=time(9), closes=time(20))
    made = parts.base()
    parts.free(50, first="320000000")
    return made


def test_in_the_evening_the_numbers_that_were_shown_are_kept_and_told(base):
    draft = by_date.draft(base, by_date.new(3))
    label = f"内容1：ダイヤルイン番号追加 {base}"
    before = {row.label: row.new for row in offer(draft, now=clocks.now()).rows}[label]
    order = by_date.place(draft)
    digits = DialInNumber.objects.filter(assignment__order=order).order_by("digits").values_list("digits", flat=True)
    (kept,) = blocks_of(digits)
    told = {row["label"]: row["new"] for row in order.shown_part("rows")}[label]
    assert str(kept) in before
    assert told == before
