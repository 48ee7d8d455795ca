"""The builders stand on the real tables: each row is valid, and none meets another."""

from datetime import timedelta

import pytest

from numbering.dial_in.functions import Functions
from numbering.models import Assignment, FreeNumber, Kind
from selfcare import clock as clocks
from tests.numbering.dial_in import parts

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_a_site_has_numbers_a_pool_and_a_code(clock):
    site = parts.voice_contract()
    base = parts.base(site)
    parts.dial_ins(base, 3, functions=Functions(message_box=True))
    parts.dial_ins(base, 2, kind=Kind.IP_050)
    parts.free(12, area="0422")
    code = parts.reservation(site.contract, 4)
    parts.network(site)
    assert base.dial_ins.count() == 5
    assert FreeNumber.objects.filter(area="0422").count() == 12
    assert Assignment.objects.filter(reservation=code, state="reserved").count() == 4
    assert Assignment.objects.filter(is_voice=True).count() == 10


def test_numbers_without_a_first_one_never_meet(clock):
    first = parts.free(10_001)
    second = parts.free(3)
    assert first[-1] < second[0]
    assert len(first[0]) == len(second[0]) == 10


def test_work_under_way_is_counted_on_the_voice_contract(clock):
    site = parts.voice_contract()
    order = parts.open_work(site, clocks.now() + timedelta(days=3))
    assert site.works == 1
    assert order.is_open
