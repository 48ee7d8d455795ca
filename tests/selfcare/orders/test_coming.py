"""これからの変更: by day, batches as one entry, narrowed, paged, only one's own, and as many queries at any size."""

from datetime import date, datetime, timedelta

import pytest

from selfcare import clock as business
from selfcare.accounts.models import Role
from selfcare.calendar import TOKYO
from selfcare.orders.models import Batch, Order
from selfcare.orders.search import search_text
from selfcare.orders.states import State
from tests import builders
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
PATH = "/orders/coming/"
FIRST = datetime(2026, 12, 1, tzinfo=TOKYO)


@pytest.fixture(autouse=True)
def _now(toy, clock):
    """2026-11-20 10:00."""


def booked(user, due=FIRST, count=1, batch=None, code="tests.toy", **fields):
    """Accepted orders that wait for `due`, undone until then."""
    contract = user.customer.contracts.first()
    now = business.now()
    orders = [
        Order(
            **{
                "procedure": code,
                "customer": user.customer,
                "contract": contract,
                "subject_id": contract.pk,
                "actor": user,
                "batch": batch,
                "state": State.ACKNOWLEDGED,
                "data": {"amount": n},
                "created_at": now,
                "accepted_at": now,
                "due_at": due,
                "cancel_until": due,
                **fields,
            }
        )
        for n in range(count)
    ]
    return Order.objects.bulk_create(orders)


def batch_of(user, count, due=FIRST, code="tests.toy"):
    now = business.now()
    batch = Batch.objects.create(
        procedure=code, customer=user.customer, actor=user, count=count, created_at=now, accepted_at=now
    )
    booked(user, due, count, batch, code)
    return batch


def listed(answer):
    """(day, how many, [order or batch]) as the page lists them."""
    days = answer.context["page"].days
    return [(f"{day:%m-%d}", n, [entry.order or entry.batch for entry in entries]) for day, n, entries in days]


def on_calendar(answer):
    return {f"{cell.date:%m-%d}": cell.count for week in answer.context["weeks"] for cell in week if cell.count}


def test_orders_stand_on_their_day_and_a_batch_is_one_entry_with_its_count(owner):
    (single,) = booked(owner, FIRST + timedelta(hours=9))
    batch = batch_of(owner, 5)
    (later,) = booked(owner, FIRST + timedelta(days=3))
    page = log_in(owner)
    answer = page.get(PATH, {"month": "2026-12"})
    assert listed(answer) == [("12-01", 6, [batch, single]), ("12-04", 1, [later])]
    assert on_calendar(answer) == {"12-01": 6, "12-04": 1}
    assert answer.context["page"].count == 7
    assert batch.get_absolute_url() in answer.content.decode()
    assert f"/orders/batches/{batch.uuid}/cancel/" in answer.content.decode()


def test_five_thousand_bookings_of_one_day_are_one_entry_beside_a_single_one(owner):
    batch = batch_of(owner, 5000)
    (single,) = booked(owner, FIRST + timedelta(seconds=1))
    page = log_in(owner)
    assert listed(page.get(PATH, {"month": "2026-12"})) == [("12-01", 5001, [batch, single])]
    home = page.get("/").context
    assert [(n, len(entries)) for _day, n, entries in home["coming"]] == [(5001, 2)]
    assert [cell.count for week in home["weeks"] for cell in week if cell.count] == [5001]


def test_what_has_begun_is_over_or_is_a_draft_is_not_to_come(owner):
    booked(owner, business.now())
    booked(owner, state=State.DRAFT, accepted_at=None)
    for state in (State.COMPLETED, State.CANCELLED, State.FAILED):
        booked(owner, state=state, finished_at=business.now())
    over = batch_of(owner, 2)
    Order.objects.filter(batch=over).update(state=State.CANCELLED, finished_at=business.now())
    assert listed(log_in(owner).get(PATH)) == []


def test_a_batch_that_is_spread_over_days_stands_on_each(owner):
    batch = batch_of(owner, 2)
    booked(owner, FIRST + timedelta(days=1), 3, batch)
    assert listed(log_in(owner).get(PATH)) == [("12-01", 2, [batch]), ("12-02", 3, [batch])]


def test_the_days_are_those_of_japan(owner):
    (early,) = booked(owner, FIRST + timedelta(minutes=1))
    (late,) = booked(owner, FIRST - timedelta(microseconds=1))
    assert listed(log_in(owner).get(PATH)) == [("11-30", 1, [late]), ("12-01", 1, [early])]


def test_filters_narrow_by_procedure_and_period(owner):
    (near,) = booked(owner, FIRST - timedelta(days=3))
    (other,) = booked(owner, code="tests.exclusive")
    batch = batch_of(owner, 4, FIRST + timedelta(days=2), code="tests.exclusive")
    page = log_in(owner)
    assert listed(page.get(PATH, {"kind": "tests.exclusive"})) == [("12-01", 1, [other]), ("12-03", 4, [batch])]
    day = page.get(PATH, {"since": "2026-12-01", "until": "2026-12-01"})
    assert listed(day) == [("12-01", 1, [other])]
    assert day.context["month"] == date(2026, 12, 1)
    assert on_calendar(day) == {"12-01": 1, "12-03": 4}
    assert listed(page.get(PATH, {"until": "2026-11-30"})) == [("11-28", 1, [near])]


def test_a_text_finds_orders_singly_also_those_of_a_batch(owner):
    batch = batch_of(owner, 5)
    orders = list(Order.objects.filter(batch=batch).order_by("pk"))
    for order in orders:
        order.search = search_text(order, []) + f" 0700000000{order.data['amount']}"
    Order.objects.bulk_update(orders, ["search"])
    page = log_in(owner)
    found = page.get(PATH, {"q": "070-0000-0003", "month": "2026-12"})
    assert listed(found) == [("12-01", 1, [orders[3]])]
    assert on_calendar(found) == {"12-01": 1}
    assert page.get(PATH, {"q": "07"}).context["page"].count == 5


def test_pages_join_without_gap_or_double_in_both_directions(owner):
    for minute in range(30):
        booked(owner, FIRST + timedelta(minutes=minute // 3), 3)
        if minute % 5 == 0:
            batch_of(owner, 2, FIRST + timedelta(minutes=minute // 3))
    page = log_in(owner)
    answers = [page.get(PATH)]
    while answers[-1].context["page"].after:
        answers.append(page.get(PATH, {"after": answers[-1].context["page"].after}))
    seen = [one for answer in answers for _day, _n, rows in listed(answer) for one in rows]
    assert len(seen) == len({(type(one), one.pk) for one in seen}) == 96
    assert len(answers) == 2
    back = page.get(PATH, {"before": answers[1].context["page"].before})
    assert listed(back) == listed(answers[0])
    assert not back.context["page"].before


@pytest.mark.parametrize(
    "query",
    [
        {"after": "x"}, {"after": "9" * 17 + "-1-1"}, {"before": "1-1"}, {"after": "\x00"}, {"before": "-1--1-1"},
        {"month": "2026-13"}, {"month": "9999-12"}, {"month": "１２３４-01"}, {"since": "0001-01-01"},
        {"until": "9999-12-31"}, {"since": "9999-12-31"}, {"kind": "nonsense"}, {"q": "\x00\x00\x00"},
        {"since": "2026-02-30"},
    ],
)  # fmt: skip
def test_nonsense_is_no_error(owner, query):
    booked(owner)
    assert log_in(owner).get(PATH, query).status_code == 200


def test_strangers_see_none_of_it_and_viewers_no_buttons(owner, stranger, viewer):
    booked(owner)
    batch_of(owner, 3)
    assert listed(log_in(stranger).get(PATH)) == []
    for path in (PATH, "/"):
        shown = log_in(viewer).get(path).content.decode().partition("<main")[2]
        assert "/cancel/" not in shown
        assert 'type="checkbox"' not in shown


def test_what_an_owner_orders_a_member_may_not_undo(owner, colleague, toy):
    toy.role = Role.OWNER
    try:
        booked(owner)
        assert "/cancel/" not in log_in(colleague).get(PATH).content.decode().partition("<ul")[2].partition("</ul")[0]
        assert log_in(owner).get(PATH).context["can_pick"]
    finally:
        toy.role = Role.MEMBER


@pytest.mark.parametrize("path", [PATH, f"{PATH}?kind=tests.toy&until=2026-12-31", "/"])
def test_a_hundred_times_the_orders_need_as_many_queries(owner, path, django_assert_max_num_queries):
    page = log_in(owner)

    def grow(times):
        for n in range(times):
            booked(owner, FIRST + timedelta(minutes=n))
            booked(owner, FIRST + timedelta(days=1), code="tests.exclusive")
        batch_of(owner, 2 * times)
        builders.contract(customer=owner.customer)

    grow(2)
    page.get(path)
    with django_assert_max_num_queries(23) as few:
        page.get(path)
    grow(200)
    with django_assert_max_num_queries(len(few.captured_queries)):
        page.get(path)
