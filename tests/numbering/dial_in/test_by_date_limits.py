"""What a construction-date order cannot be for: numbers without a price, numbers that must not be used, too many."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing.models import Tariff
from numbering import items
from numbering.dial_in.services import inputs, ports
from numbering.dial_in.services import parts as saving
from numbering.models import Kind, Number
from selfcare import clock
from selfcare.orders.procedures import NotPossible
from tests.numbering.dial_in import by_date, parts
from tests.numbering.dial_in.entering import (
    BROUGHT,
    Office,
    added,
    choose_base,
    errors,
    port_row,
    rows_of,
    save,
    url,
)

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

CONTACT = "お客様センター（0120-000-000）へ"


@pytest.fixture
def base(clock) -> Any:
    clock.set("2026-11-20 10:00")
    made = parts.base()
    parts.free(30)
    parts.free(30, kind=Kind.IP_050)
    return made


@pytest.fixture
def office(clock) -> Office:
    clock.set("2026-11-20 10:00")
    return Office()


@pytest.fixture
def page(office, as_user):
    return as_user(office.owner)


@pytest.mark.parametrize(
    ("row", "item"),
    [
        (by_date.new(1), items.DIAL_IN_0ABJ),
        (by_date.new(1, Kind.IP_050), items.DIAL_IN_050),
        (by_date.port("0312349999"), items.DIAL_IN_0ABJ),
    ],
    ids=["0abj", "050", "brought"],
)
def test_what_the_plan_has_no_price_for_is_refused(base, row, item):
    order = by_date.draft(base, row, date="2026-12-14")
    Tariff.objects.exclude(item=item).filter(item__in=[items.DIAL_IN_0ABJ, items.DIAL_IN_050]).delete()
    assert by_date.problem(order) == ""
    Tariff.objects.filter(item=item).delete()
    told = by_date.problem(order)
    assert "月額料金が登録されていない" in told
    assert CONTACT in told


def test_the_price_of_the_construction_day_counts(base):
    order = by_date.draft(base, by_date.new(1))
    Tariff.objects.filter(item=items.DIAL_IN_0ABJ).update(valid_until="2026-12-06")
    assert "月額料金が登録されていない" in by_date.problem(order)
    Tariff.objects.filter(item=items.DIAL_IN_0ABJ).update(valid_from=by_date.DAY, valid_until=None)
    assert by_date.problem(order) == ""


def test_so_many_numbers_are_one_order_and_no_more(office):
    order = office.draft()
    for _place in range(10):
        office.part(order, [added(999)])
    office.part(order, [added(10)])
    with pytest.raises(NotPossible, match=r"合わせて10,000番号まで.*10,001番号") as refused:
        office.part(order, [added(1)])
    assert CONTACT in str(refused.value)
    assert order.dial_in_parts.count() == 11


def test_a_part_that_is_changed_is_counted_once(office):
    order = office.draft()
    part = office.part(order, [added(999)] * 6)
    content = saving.Content(kind="add", base_id=office.base.pk, rows=[added(999)] * 10)
    saved = saving.save_part(order=order, part_id=part.pk, version=1, content=content, actor=office.owner)
    assert len(saved.rows) == 10


def test_the_check_page_says_so_and_keeps_what_was_entered(office, page):
    order = office.draft()
    office.part(order, [added(999)] * 10)
    choose_base(page, order, "add", office.base)
    page.post(url("rows", order.uuid, "add"), rows_of({"kind": "0abj", "count": "11"}))
    page.post(url("functions", order.uuid, "add"), {"go": "check"})
    answer = save(page, order, "add")
    assert answer.status_code == 409
    assert "合わせて10,000番号まで" in answer.content.decode()
    assert order.dial_in_parts.count() == 1


def test_the_limit_is_looked_at_again_when_it_is_ordered(base):
    order = by_date.draft(base, *[by_date.new(999)] * 10, date="2026-12-21")
    assert "合わせて10,000番号まで" not in by_date.problem(order)
    by_date.part(order, base, by_date.new(11))
    assert "合わせて10,000番号まで" in by_date.problem(order)


def unusable(digits: str) -> None:
    Number.objects.create(
        digits=digits, kind=Kind.GEOGRAPHIC, area="03", unusable_reason="試験用", created_at=clock.real_now()
    )


def test_a_number_that_must_not_be_used_is_refused_beside_its_field(office, page):
    order = office.draft()
    unusable(BROUGHT)
    choose_base(page, order, "port", office.base)
    (told,) = errors(page.post(url("rows", order.uuid, "port"), rows_of(port_row())))
    assert "引き継げません" in told


def test_a_number_that_must_not_be_used_is_not_ordered(base):
    order = by_date.draft(base, by_date.port("0312349999"), date="2026-12-14")
    assert by_date.problem(order) == ""
    unusable("0312349999")
    assert "03-1234-9999" in by_date.problem(order)


def test_a_number_that_must_not_be_used_is_not_taken_over(base):
    order = by_date.draft(base)
    unusable("0312349999")
    with pytest.raises(NotPossible, match="0312349999"):
        ports.take_over(order=order, ports=[ports.Port("0312349999", base)], now=clock.now())
    Number.objects.update(unusable_reason="")
    assert ports.take_over(order=order, ports=[ports.Port("0312349999", base)], now=clock.now()) == ["0312349999"]


def test_ones_own_number_moves_even_if_it_must_not_be_given_out_again(office, page):
    order = office.draft()
    (own,) = parts.dial_ins(parts.base(office.site))
    Number.objects.filter(digits=own.digits).update(unusable_reason="試験用")
    choose_base(page, order, "port", office.base)
    assert page.post(url("rows", order.uuid, "port"), rows_of({"number": own.digits})).status_code == 302


@pytest.mark.parametrize(("since", "why"), [("2026-11-20", "当社の番号のため"), ("2026-11-21", "")])
def test_a_file_brings_what_rests_here_but_not_what_is_free(office, page, since, why):
    order = office.draft()
    (digits,) = parts.free(1, since=date.fromisoformat(since))
    choose_base(page, order, "port", office.base, "file")
    heading = "引き継ぐ番号,事業者名1,回線種別,回線名義,設置場所,DSU・屋内配線の撤去,残置番号"
    table = f"{heading}\n{digits},架空電話,ISDN,同じ,同じ,しない,無し\n"
    sent = {"file": SimpleUploadedFile("numbers.csv", table.encode())}
    html = page.post(url("file", order.uuid, "port"), sent, follow=True).content.decode()
    kept = inputs.begun(order=order, user=office.owner)["port"].content["rows"]
    assert bool(kept) == (not why)
    assert why in html


def test_a_number_that_is_kept_under_a_code_is_refused_beside_its_field(office, page):
    order = office.draft()
    codes = [parts.reservation(office.contract, 1), parts.reservation(parts.contract(), 1)]
    numbers = [digits for code in codes for digits in by_date.code_digits(code)]
    choose_base(page, order, "port", office.base)
    told = errors(page.post(url("rows", order.uuid, "port"), rows_of(*map(port_row, numbers))))
    assert ["すでにご契約の番号" in told[0], "引き継げません" in told[1]] == [True, True]
    for digits in numbers:
        assert "すでに当社で使われています" in by_date.problem(
            by_date.draft(office.base, by_date.port(digits), date="2026-12-14", actor=office.owner)
        )
