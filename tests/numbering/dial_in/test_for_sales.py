"""First geographic numbers on Smart PBX go through sales: said before they are entered, and the way on is closed."""

from typing import Any

import pytest

from numbering.dial_in.models import VoiceContract
from tests.numbering.dial_in import by_date, parts
from tests.numbering.dial_in.entering import Office, added, choose_base, errors, rows_of, url

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

SERVICE = VoiceContract.ServiceType
BEFORE = "0ABJ番号の追加と番号ポータビリティは、お客様センター（0120-000-000）へ"
CONTACT = "お申し込み先は、お客様センター（0120-000-000）です。"


class Cloud(Office):
    """An office whose only base number is a 050 number."""

    def __init__(self, service_type: str = SERVICE.SMART_PBX) -> None:
        super().__init__(service_type=service_type)
        self.base.delete()
        self.base = parts.base(self.site, kind="050")


@pytest.fixture
def office(clock):
    clock.set("2026-11-20 10:00")
    return Cloud()


@pytest.fixture
def order(office):
    return office.draft()


@pytest.fixture
def page(office, as_user):
    return as_user(office.owner)


def menu(page: Any, order: Any) -> str:
    html: str = page.get(url("menu", order.uuid)).content.decode()
    return html


def goes_on(html: str, order: Any) -> bool:
    return f'href="{url("matters", order.uuid)}"' in html


@pytest.mark.parametrize("which", ["add", "port"])
def test_it_is_said_before_anything_is_entered(page, order, which):
    assert BEFORE in menu(page, order)
    assert BEFORE in page.get(url("part", order.uuid, which)).content.decode()


def test_050_numbers_go_on(office, page, order):
    office.part(order, [added(2, "050")])
    html = menu(page, order)
    assert BEFORE in html
    assert CONTACT not in html
    assert goes_on(html, order)


@pytest.mark.parametrize("row", [by_date.new(2), by_date.port("0312349999")], ids=["added", "brought"])
def test_what_is_for_sales_closes_the_way_on_until_it_is_removed(office, page, order, row):
    office.part(order, [added(2, "050")])
    part = by_date.part(order, office.base, row)
    html = menu(page, order)
    assert CONTACT in html
    assert not goes_on(html, order)
    assert "内容から削除すると、次へ進めます" in html
    part.delete()
    assert goes_on(menu(page, order), order)


def test_where_the_row_is_refused_and_on_the_check_page_it_is_said_too(office, page, order):
    choose_base(page, order, "add", office.base)
    refused = page.post(url("rows", order.uuid, "add"), rows_of({"kind": "0abj", "count": "2"}))
    assert "0ABJ番号を追加できません" in errors(refused)[0]
    assert BEFORE in refused.content.decode()
    page.post(url("rows", order.uuid, "add"), rows_of({"kind": "050", "count": "2"}))
    assert BEFORE in page.get(url("part-check", order.uuid, "add")).content.decode()


def test_with_a_geographic_number_of_its_own_the_site_orders_by_itself(office, page, order):
    parts.base(office.site)
    by_date.part(order, office.base, by_date.new(2))
    html = menu(page, order)
    assert BEFORE not in html
    assert CONTACT not in html
    assert goes_on(html, order)


def test_other_services_are_told_nothing(clock, as_user):
    clock.set("2026-11-20 10:00")
    other = Cloud(SERVICE.WIRELESS)
    order = other.draft()
    by_date.part(order, other.base, by_date.new(2))
    html = menu(as_user(other.owner), order)
    assert BEFORE not in html
    assert CONTACT not in html
