"""Everything that was entered can be read again: the rows of an order as a file, from its page (spec 5.5)."""

import csv
import io

import pytest

from selfcare.accounts.models import Role
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests.numbering.dial_in import at_once, by_date, parts, staging
from tests.numbering.dial_in.at_once import CONTACT, at, line
from tests.people import log_in, person

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def office(clock):
    clock.set("2026-11-20 10:00")
    parts.free(60, first="320000000")
    return at_once.office()


def address(order):
    return f"/numbering/dial-in/orders/{order.uuid}/rows.csv"


def read(answer):
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def placed(office, *lines):
    order = office.by_file()
    office.send(order, at_once.table(*lines))
    office.post(at(order, "contact"), **CONTACT)
    return office.press(order)


def test_every_row_of_a_file_is_there_in_order_and_can_be_sent_again(office):
    other = parts.base(office.voice)
    code = parts.reservation(office.contract, 3)
    lines = [*[line((office.base, other)[n % 2], count=1 + n % 2) for n in range(29)], line(other, code=code.code)]
    order = placed(office, *lines)
    assert order.state == State.COMPLETED
    assert f'href="{address(order)}"' in office.page.get(order.get_absolute_url()).content.decode()
    answer = office.page.get(address(order))
    assert answer["Content-Disposition"] == f'attachment; filename="{order.request_id}-rows.csv"'
    head, *rows = read(answer)
    assert head == ["基本契約番号", "種類", "追加番号数", "予約コード"]
    assert [[row[0].replace("-", ""), *row[1:]] for row in rows] == [one.split(",") for one in lines]
    again = office.by_file()
    content = "\r\n".join(",".join(row) for row in [head, *rows[:-1]])
    assert office.send(again, content).status_code == 302
    assert at_once.fresh(again).data["rows"] == order.data["rows"][:-1]


def test_a_short_order_of_the_screen_says_everything_on_its_page(office):
    order = office.press(office.filled())
    assert address(order) not in office.page.get(order.get_absolute_url()).content.decode()
    assert len(read(office.page.get(address(order)))) == 2


def test_the_customers_viewers_may_read_it_and_nobody_else(office):
    order = placed(office, line(office.base))
    viewer = person("rows_viewer", customer=order.customer, role=Role.VIEWER)
    assert len(read(log_in(viewer).get(address(order)))) == 2
    assert address(order) in log_in(viewer).get(order.get_absolute_url()).content.decode()
    stranger = person("rows_stranger", customer=parts.contract().customer, role=Role.OWNER)
    assert log_in(stranger).get(address(order)).status_code == 404
    assert office.page.get(address(office.filled())).status_code == 404
    assert office.page.post(address(order)).status_code == 405


def test_an_order_of_another_procedure_has_no_rows(office):
    order = placed(office, line(office.base))
    Order.objects.filter(pk=order.pk).update(procedure="numbering.dial_in_sales")
    assert office.page.get(address(order)).status_code == 404


def test_two_thousand_rows_are_as_few_queries_as_one(office, django_assert_max_num_queries):
    order = placed(office, line(office.base))
    order.data["rows"] = [{"base": office.base.pk, "kind": "050", "count": 1}] * 2000
    order.save(update_fields=["data"])
    assert "2000行" in office.page.get(order.get_absolute_url()).content.decode()
    with django_assert_max_num_queries(7):
        answer = office.page.get(address(order))
    assert len(read(answer)) == 2001


def test_a_construction_order_by_file_has_its_rows_too(clock):
    base = staging.base(clock)
    brought = [by_date.port(f"03123400{n:02}", carrier1="=1+1") for n in range(21)]
    order = by_date.place(by_date.draft(base, *brought, date="2026-12-14"))
    client = log_in(staging.customer(order))
    assert address(order) in client.get(order.get_absolute_url()).content.decode()
    head, *rows = read(client.get(address(order)))
    assert len(rows) == 21
    carriers = {row[head.index("事業者名1")] for row in rows}
    assert len(carriers) == 1
    assert not carriers.pop().startswith("="), "no formula where a spreadsheet opens it"


def test_what_is_being_corrected_is_on_its_own_pages(clock):
    base = staging.base(clock)
    brought = [by_date.port(f"03123400{n:02}") for n in range(21)]
    order = by_date.returned(by_date.place(by_date.draft(base, *brought, date="2026-12-14")))
    client = log_in(staging.customer(order))
    assert address(order) not in client.get(order.get_absolute_url()).content.decode()
    assert client.get(address(order)).status_code == 404
