"""What the portal knows of a voice contract without asking anybody."""

from datetime import date, datetime, timedelta

import pytest

from numbering.dial_in.models import VoiceContract
from numbering.dial_in.services import facts, standing
from numbering.models import Assignment, Kind
from selfcare import clock as clocks
from selfcare.accounts.models import Contract
from selfcare.calendar import TOKYO
from selfcare.orders.models import SpecialDay
from tests.numbering.dial_in import parts

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def known(site):
    return facts.gather([reread(site)], clocks.now())[site.pk]


def reread(site):
    return VoiceContract.objects.select_related("group__contract").get(pk=site.pk)


def test_type_and_members_net_stand_on_the_contract(clock):
    site = parts.voice_contract(service_type="wireless", members_net=True)
    assert (known(site).service_type, known(site).members_net, known(site).is_ended) == ("wireless", True, False)


@pytest.mark.parametrize("state", ["base", "active", "reserved"])
def test_a_geographic_number_counts_as_base_in_use_and_reserved(clock, state):
    site = parts.voice_contract()
    base = parts.base(site, kind=Kind.GEOGRAPHIC if state == "base" else Kind.IP_050)
    if state != "base":
        (number,) = parts.dial_ins(base, 1, kind=Kind.GEOGRAPHIC)
        if state == "reserved":
            Assignment.objects.filter(pk=number.pk).update(state="reserved", started_on=None)
    assert known(site).has_0abj


@pytest.mark.parametrize("gone", ["released", "ended base", "another site", "050"])
def test_what_is_gone_or_elsewhere_does_not_count(clock, gone):
    site = parts.voice_contract()
    base = parts.base(site, kind=Kind.IP_050)
    if gone == "released":
        (number,) = parts.dial_ins(base, 1, kind=Kind.GEOGRAPHIC)
        Assignment.objects.filter(pk=number.pk).update(state="released", released_on=date(2026, 10, 1))
    elif gone == "ended base":
        ended = parts.base(site)
        type(ended).objects.filter(pk=ended.pk).update(ended_on=date(2026, 10, 1))
    elif gone == "another site":
        parts.dial_ins(parts.base(parts.voice_contract(site.group)), 1)
    else:
        parts.dial_ins(base, 2)
    assert not known(site).has_0abj


def test_an_ended_voice_contract_or_contract_is_ended(clock):
    assert known(parts.voice_contract(ended_on=date(2026, 10, 31))).is_ended
    site = parts.voice_contract()
    Contract.objects.filter(pk=site.contract_id).update(state="ended", ended_on=date(2026, 10, 31))
    assert known(site).is_ended


@pytest.mark.parametrize(
    ("opens", "until"),
    [
        ("2026-12-04", "2026-12-08"),  # Friday
        ("2026-12-05", "2026-12-08"),  # Saturday
        ("2026-12-25", "2027-01-04"),
        ("2026-11-18", "2026-11-20"),  # ends today
        ("2026-11-17", None),  # should have ended: nobody knows when it will
    ],
)
def test_works_end_two_business_days_after_their_opening(clock, opens, until):
    site = parts.voice_contract()
    parts.open_work(site, datetime.combine(date.fromisoformat(opens), datetime.min.time(), TOKYO))
    assert known(site).works_open
    assert known(site).works_until == (date.fromisoformat(until) if until else None)


def test_the_last_of_several_works_counts_and_a_closed_day_moves_it(clock):
    site = parts.voice_contract()
    parts.open_work(site, datetime(2026, 12, 9, 9, tzinfo=TOKYO), procedure="numbering.dial_in_by_date")
    parts.open_work(site, datetime(2026, 12, 4, 9, tzinfo=TOKYO))
    parts.special_day(date(2026, 12, 10), SpecialDay.Kind.CLOSED)
    assert known(site).works_until == date(2026, 12, 14)


def test_numbers_are_counted_by_base_with_those_that_are_coming(clock):
    site = parts.voice_contract()
    one, two = parts.base(site), parts.base(site)
    numbers = parts.dial_ins(one, 3)
    Assignment.objects.filter(pk=numbers[0].pk).update(state="reserved", started_on=None)
    assert facts.held([one.pk, two.pk]) == {one.pk: 3, two.pk: 0}
    assert facts.held([one.pk], with_coming=False) == {one.pk: 2}


@pytest.mark.parametrize("times", [1, 100])
def test_facts_of_many_cost_no_more_queries_than_of_one(clock, django_assert_max_num_queries, times):
    group = parts.group()
    for n in range(times):
        site = parts.voice_contract(group)
        parts.base(site, kind=Kind.IP_050)
        parts.open_work(site, clocks.now() + timedelta(days=n))
    rows = list(VoiceContract.objects.filter(group=group).select_related("group__contract"))
    now = clocks.now()
    with django_assert_max_num_queries(4):
        found = facts.gather(rows, now)
    assert len(found) == times
    assert all(one.works_open and not one.has_0abj for one in found.values())


def test_the_wizard_is_told_the_same_reason_as_the_check(clock):
    site = parts.voice_contract(service_type="universal_cloud")
    parts.base(site)
    told = standing.standings([reread(site)], clocks.now())[site.pk]
    assert told.reason == ""
    assert set(told.by_kind) == {"0abj"}
    parts.open_work(site, datetime(2026, 12, 4, 9, tzinfo=TOKYO))
    told = standing.standings([reread(site)], clocks.now())[site.pk]
    assert told.until == date(2026, 12, 8)
    assert "2026年12月8日(火)（竣工予定日）まで" in told.reason
