"""The customer's lines: listed, narrowed, sorted, found by part of a number, SIM serial or name."""

from datetime import date

import pytest

from lines.models import Line
from tests import builders
from tests.lines import parts
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def lines(contract, clock):
    """130 lines of the office and one of somebody else."""
    builders.line(number="07011112222", sim_serial="DN9999999999999")
    rows = [
        Line(
            customer=contract.customer,
            contract=contract,
            number=f"0700001{n:04}",
            sim_serial=f"DN{(n * 37) % 1000:013}",
            carrier="softbank" if n == 5 else "docomo",
            sim_kind="voice",
            sim_size="nano",
            plan="voice_3gb" if n % 2 else "voice_1gb",
            name=f"配送車{n % 10}",
            status="suspended" if n % 13 == 0 else "active",
        )
        for n in range(130)
    ]
    return Line.objects.bulk_create(rows)


def numbers(response):
    return [row.line.number for row in response.context["rows"]]


def listed(user, **query):
    return numbers(log_in(user).get("/lines/", query))


def test_only_ones_own_are_listed_by_number(lines, viewer):
    response = log_in(viewer).get("/lines/")
    assert numbers(response) == [f"0700001{n:04}" for n in range(50)]
    assert response.context["page"].count == 130


@pytest.mark.parametrize("query", ["10042", "1-0042", "１００４２", "DN0000000000554"])
def test_a_line_is_found_by_part_of_its_number_or_serial(lines, viewer, query):
    assert "07000010042" in listed(viewer, q=query)


@pytest.mark.parametrize("query", ["42", "車2", "配送車2"])
def test_few_characters_find_as_well(lines, viewer, query):
    assert "07000010042" in listed(viewer, q=query)


def test_other_customers_lines_are_not_found(lines, viewer):
    assert listed(viewer, q="07011112222") == []


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"status": "suspended"}, 10),
        ({"carrier": "softbank"}, 1),
        ({"open": "any"}, 2),
        ({"open": "plan"}, 1),
        ({"open": "sim"}, 0),
        ({"ends_from": "2026-12-01"}, 2),
        ({"ends_until": "2026-12-31"}, 1),
        ({"ends_from": "2026-12-01", "ends_until": "2026-12-31", "status": "active"}, 1),
        ({"status": "nonsense", "open": "nonsense", "ends_from": "nonsense", "sort": "nonsense"}, 130),
    ],
)
def test_every_filter_narrows_and_nonsense_does_not(lines, viewer, query, count):
    Line.objects.filter(pk=lines[3].pk).update(open_changes=["plan"], ends_on=date(2026, 12, 31))
    Line.objects.filter(pk=lines[4].pk).update(open_changes=["end", "options"], ends_on=date(2027, 1, 31))
    assert log_in(viewer).get("/lines/", query).context["page"].count == count


def test_plan_and_contract_narrow_by_what_the_customer_has(viewer, contract, clock):
    parts.service()
    first, second = (parts.contract(customer=contract.customer) for _n in range(2))
    for one, plan in ((first, "voice_1gb"), (second, "voice_3gb"), (second, "voice_1gb")):
        builders.line(contract=one, plan=plan)
    response = log_in(viewer).get("/lines/", {"plan": "voice_1gb", "contract": second.number})
    (row,) = response.context["rows"]
    assert (row.line.contract_id, row.plan) == (second.pk, "VOICE 1GB")


@pytest.mark.parametrize("sort", ["number", "sim", "name", "status"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_each_order_runs_through_all_pages_and_back(lines, viewer, sort, sign):
    columns = {"number": ["number"], "sim": ["sim_serial"], "name": ["name", "number"], "status": ["status", "number"]}
    wanted = Line.objects.visible_to(viewer).order_by(*(f"{sign}{column}" for column in columns[sort]))
    expected = list(wanted.values_list("number", flat=True))
    client, pages, query = log_in(viewer), [], {"sort": f"{sign}{sort}"}
    for _n in range(3):
        response = client.get("/lines/", query)
        pages.append(numbers(response))
        query = {"sort": f"{sign}{sort}", "after": response.context["page"].after}
    assert [number for page in pages for number in page] == expected
    back = client.get("/lines/", {"sort": f"{sign}{sort}", "before": response.context["page"].before})
    assert numbers(back) == pages[1]


@pytest.mark.parametrize(
    "cursor", ["x", "[]", '["a"]', '["a","b"]', '["a","\\u0000"]', '["\\ud800","1"]', "[[", "9" * 500]
)
@pytest.mark.parametrize("sort", ["number", "name"])
def test_a_cursor_that_is_none_asks_for_the_first_page(lines, viewer, cursor, sort):
    assert listed(viewer, sort=sort, after=cursor) == listed(viewer, sort=sort)


def test_a_number_that_came_back_to_another_line_is_on_one_page_or_the_other(contract, viewer, clock):
    for n in range(60):
        builders.line(contract=contract, number="07000000001", status="terminated", sim_serial=f"DN{n:013}")
    client = log_in(viewer)
    first = client.get("/lines/")
    second = client.get("/lines/", {"after": first.context["page"].after})
    seen = [row.line.pk for page in (first, second) for row in page.context["rows"]]
    assert len(seen) == len(set(seen)) == 60


def test_the_list_says_what_is_under_way_and_when_a_line_ends(lines, viewer):
    Line.objects.filter(pk=lines[0].pk).update(
        open_changes=["plan", "end"], next_plan="voice_3gb", next_plan_on=date(2026, 12, 1), ends_on=date(2026, 12, 31)
    )
    page = log_in(viewer).get("/lines/").content.decode()
    assert "プラン変更<small>2026/12/01(火) から</small>" in page
    assert "2026/12/31(木)" in page


def test_who_may_order_ticks_lines_and_who_only_looks_does_not(lines, viewer, colleague):
    assert 'name="line"' in log_in(colleague).get("/lines/").content.decode()
    assert 'name="line"' not in log_in(viewer).get("/lines/").content.decode()


def test_a_contract_without_the_function_explains_itself(lines, contract, colleague):
    type(contract).objects.filter(pk=contract.pk).update(functions=[])
    assert log_in(colleague).get("/lines/").status_code == 403
