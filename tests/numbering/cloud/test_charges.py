"""Charges follow the rows of a contract: nothing in a trial, from 本申込 on what the tariff says, until the end."""

from datetime import date

import pytest

from billing.models import OnceCharge, RecurringCharge
from billing.services import cloud_items, cloud_prices
from numbering.cloud.models import CloudContract, Equipment, Scheme, Stage, Use
from numbering.cloud.services import charges, holdings, reconciling
from selfcare import clock as time
from tests.billing import cloud as tariffs
from tests.numbering.cloud import parts

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

DAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _prices(db: None) -> None:
    tariffs.make_prices()


def _open(cloud: CloudContract) -> dict[tuple[str, str], date]:
    rows = RecurringCharge.objects.open().filter(contract_id=cloud.pk)
    return {(row.item.removeprefix("cloud."), row.subject): row.started_on for row in rows}


def _has(cloud: CloudContract) -> set[str]:
    return {item for item, _subject in _open(cloud)}


def _office() -> CloudContract:
    """Two voice numbers, one FAX number, four IDs, two of them with a fixed phone, and adapters."""
    cloud = parts.cloud(numbers=2, ids=4)
    parts.number(cloud, use=Use.FAX)
    first, _second, third, fourth = parts.ids(cloud)
    for row in (third, fourth):
        row.has_desk_phone = row.flat_rate = True
        row.save()
    kinds = [("ADAPTER", third), ("ADAPTER", third), ("ADAPTER", first), ("IP_PHONE", third), ("DESK_PHONE", None)]
    for place, (kind, on_id) in enumerate(kinds):
        Equipment.objects.create(
            cloud=cloud, customer=cloud.customer, code=f"E{place}", kind=Equipment.Kind[kind], on_id=on_id
        )
    return cloud


def test_rows_become_charges_and_fees_at_once_and_once():
    cloud = _office()
    charges.begin(causes={cloud: "order:R1"}, on=DAY)
    charges.begin(causes={cloud: "order:R1"}, on=DAY)
    ids, digits = [row.code for row in parts.ids(cloud)], [row.digits for row in parts.numbers(cloud)]
    assert set(_open(cloud)) == {
        ("basic_new", cloud.contract.number),
        ("number", digits[1]),
        ("fax_number", digits[2]),
        ("id_desk_phone", ids[2]),
        ("id_desk_phone", ids[3]),
        ("flat_rate", ids[2]),
        ("flat_rate", ids[3]),
        ("adapter", "E1"),
        ("adapter", "E2"),
    }
    assert charges.monthly(cloud, on=DAY) == 980 + 200 + 1180 + 2 * 1200 + 2 * 1000 + 2 * 500
    fees = 5000 + 1000 + 5000 + 2 * 5000 + 3 * 9800 + 12000
    assert sum(OnceCharge.objects.values_list("amount", flat=True)) == fees
    assert holdings.of(cloud).quote(cloud_prices(on=DAY)).once == fees


def test_in_a_trial_nothing_is_charged_and_after_the_end_nothing_more():
    cloud = parts.cloud(stage=Stage.TRIAL)
    charges.begin(causes={cloud: "order:R1"}, on=DAY)
    bought = charges.Bought(cloud, cloud_items.ID, "C1")
    charges.charge_initial(bought=[bought], on=DAY, cause="order:R2")
    assert not RecurringCharge.objects.exists()
    assert not OnceCharge.objects.exists()
    assert charges.monthly(cloud, on=DAY) == 980
    CloudContract.objects.update(stage=Stage.ACTIVE, settled_on=DAY, payment_day=20)
    cloud.refresh_from_db()
    charges.follow(clouds=[cloud], on=DAY)
    assert _has(cloud) == {"basic_new"}
    CloudContract.objects.update(stage=Stage.ENDED)
    cloud.refresh_from_db()
    charges.follow(clouds=[cloud], on=date(2026, 12, 26))
    assert not _open(cloud)
    assert RecurringCharge.objects.get().ended_on == date(2026, 12, 25)


def test_what_is_taken_off_on_its_first_day_was_never_charged():
    cloud = parts.cloud()
    number = parts.numbers(cloud)[0]
    for after_hours in (True, False):
        number.after_hours = after_hours
        number.save()
        charges.follow(clouds=[cloud], on=DAY)
    assert not RecurringCharge.objects.filter(item=cloud_items.AFTER_HOURS).exists()
    number.voicemail = True
    number.save()
    charges.follow(clouds=[cloud], on=DAY)
    number.voicemail = False
    number.save()
    charges.follow(clouds=[cloud], on=date(2026, 12, 1))
    assert RecurringCharge.objects.get(item=cloud_items.VOICEMAIL).ended_on == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("switched", "begins"),
    [("2026-11-25", "2026-11-26"), ("2026-11-26", "2026-12-26"), ("2026-12-31", "2027-01-26")],
)
def test_shared_numbers_cost_from_the_first_26th_after_the_switch(switched, begins):
    cloud = parts.cloud(numbers=2)
    charges.follow(clouds=[cloud], on=DAY)
    cloud.scheme, cloud.switched_on = Scheme.SHARED, date.fromisoformat(switched)
    charges.follow(clouds=[cloud], on=cloud.switched_on)
    first, second = (row.digits for row in parts.numbers(cloud))
    found = _open(cloud)
    assert found["number", first] == date.fromisoformat(begins)
    assert found["number", second] == DAY
    assert charges.monthly(cloud, on=DAY) == 980 + 400


def test_a_contract_that_begins_with_shared_numbers_pays_for_them_from_the_beginning():
    cloud = parts.cloud(scheme=Scheme.SHARED, switched_on=DAY, settled_on=DAY)
    charges.follow(clouds=[cloud], on=DAY)
    assert set(_open(cloud).values()) == {DAY}
    assert not OnceCharge.objects.exists()


def test_what_a_wish_costs_is_the_difference_of_the_rows():
    cloud = _office()
    before = holdings.of(cloud)
    after = before.copy()
    after.numbers[0].after_hours = True
    after.ids[2].flat_rate = False
    after.ids.append(type(after.ids[0])(cloud=cloud, has_desk_phone=True))
    told = holdings.difference(before, after, cloud_prices(on=DAY))
    assert (told.monthly, told.once) == (800 - 1000 + 1200, 5000)
    assert (sum(yen for _words, yen in told.lines)) == told.monthly + told.once
    assert before.numbers[0].after_hours is False
    assert after.monthly(cloud_prices(on=DAY)) == charges.monthly(cloud, on=DAY) + told.monthly


def test_many_contracts_follow_in_as_few_statements_as_one(django_assert_num_queries):
    clouds = list(
        CloudContract.objects.filter(pk__in=[parts.cloud().pk for _place in range(8)]).select_related("contract")
    )
    with django_assert_num_queries(5):
        charges.follow(clouds=clouds, on=DAY)
    assert RecurringCharge.objects.count() == 8
    with django_assert_num_queries(4):
        charges.follow(clouds=clouds, on=DAY)


def test_the_reconciliation_names_what_is_missing_and_what_is_too_much(django_assert_num_queries):
    cloud, other, trial = _office(), parts.cloud(), parts.cloud(stage=Stage.TRIAL)
    charges.follow(clouds=[cloud, other, trial], on=DAY)
    now = time.now()
    with django_assert_num_queries(6):
        assert reconciling.differences(now) == []
    RecurringCharge.objects.filter(item=cloud_items.FAX_NUMBER).delete()
    RecurringCharge.objects.create(
        contract=trial.contract, customer=trial.customer, item=cloud_items.FLAT_RATE, subject="C1", started_on=DAY
    )
    assert sorted(reconciling.differences(now)) == sorted(
        [
            f"{cloud.contract.number}: cloud.fax_number of {parts.numbers(cloud)[2].digits} is not charged",
            f"{trial.contract.number}: cloud.flat_rate of C1 is charged",
        ]
    )
