"""The customer's lines: listed, found by part of a number or SIM serial, with what can be done now."""

import pytest

from lines.models import Line
from tests import builders
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
            sim_serial=f"DN{n:013}",
            carrier="docomo",
            sim_kind="voice",
            sim_size="nano",
            status="suspended" if n % 13 == 0 else "active",
        )
        for n in range(130)
    ]
    return Line.objects.bulk_create(rows)


def numbers(response):
    return [line.number for line in response.context["lines"]]


def test_only_ones_own_are_listed_by_number(lines, viewer):
    response = log_in(viewer).get("/lines/")
    assert numbers(response) == [f"0700001{n:04}" for n in range(50)]
    assert response.context["page"].count == 130


@pytest.mark.parametrize("query", ["10042", "1-0042", "１００４２", "DN0000000000042"])
def test_a_line_is_found_by_part_of_its_number_or_serial(lines, viewer, query):
    assert "07000010042" in numbers(log_in(viewer).get("/lines/", {"q": query}))


def test_a_line_is_found_by_part_of_its_name(lines, viewer):
    Line.objects.filter(pk=lines[7].pk).update(name="配送車3 練馬")
    for query in ("配送", "配送車3"):
        assert numbers(log_in(viewer).get("/lines/", {"q": query})) == [lines[7].number]


def test_other_customers_lines_are_not_found(lines, viewer):
    assert numbers(log_in(viewer).get("/lines/", {"q": "07011112222"})) == []


def test_the_status_filters(lines, viewer):
    response = log_in(viewer).get("/lines/", {"status": "suspended"})
    assert response.context["page"].count == 10


def test_a_line_shows_what_is_possible_and_why_the_rest_is_not(lines, colleague):
    response = log_in(colleague).get(f"/lines/{lines[1].pk}/")
    suspend, resume = response.context["choices"]
    assert suspend.url == f"/lines/{lines[1].pk}/suspend/"
    assert resume.url == ""
    assert "利用中" in resume.reason


def test_a_viewer_is_told_that_the_role_does_not_allow_it(lines, viewer):
    response = log_in(viewer).get(f"/lines/{lines[1].pk}/")
    assert all(choice.url == "" and "役割" in choice.reason for choice in response.context["choices"])


def test_a_strangers_line_is_not_there(lines, stranger, colleague):
    for path in ("", "suspend/", "resume/"):
        assert log_in(stranger).get(f"/lines/{lines[1].pk}/{path}").status_code == 404


def test_a_contract_without_the_function_explains_itself(lines, contract, colleague):
    type(contract).objects.filter(pk=contract.pk).update(functions=[])
    assert log_in(colleague).get("/lines/").status_code == 403
