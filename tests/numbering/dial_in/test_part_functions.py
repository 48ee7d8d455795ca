"""The additional functions of a part's rows: tab by tab, all numbers of a row or single ones of a code."""

import pytest

from numbering.dial_in.contents import AddRow, claims, lead_contents, totals, under_base
from numbering.dial_in.functions import Functions
from numbering.dial_in.models import DialInPart, DialInPartInput
from tests.numbering.dial_in import parts
from tests.numbering.dial_in.entering import Office, added, brought, choose_base, errors, rows_of, save, url

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def office(clock):
    return Office()


@pytest.fixture
def page(office, as_user):
    return as_user(office.owner)


def begin(page, order, office, *rows):
    choose_base(page, order, "add", office.base)
    assert page.post(url("rows", order.uuid, "add"), rows_of(*rows)).status_code == 302
    return url("functions", order.uuid, "add")


def kept():
    return [AddRow.from_json(row) for row in DialInPartInput.objects.get().content["rows"]]


def test_a_code_has_a_line_for_each_of_its_numbers(office, page):
    code = parts.reservation(office.contract, 3, area=office.base.area)
    order = office.draft()
    functions = begin(page, order, office, {"kind": "0abj", "code": code.code.lower()}, {"kind": "050", "count": "4"})
    lines = page.get(functions).context["lines"]
    assert [(line.digits, line.count) for line in lines] == [
        *((one.digits, 1) for one in code.assignments.order_by("digits")),
        ("", 4),
    ]
    first, second, _third, pool = lines
    page.post(functions, {f"f-{first.key}": "yes", f"f-{pool.key}": "yes", "go": "tab-forward_number"})
    sent = {f"f-{second.key}": "0120-000-000", "go": "check"}
    page.post(f"{functions}?tab=forward_number", sent)
    save(page, order, "add")
    row, other = (AddRow.from_json(row) for row in DialInPart.objects.get().rows)
    assert [row.by_number[line.digits] for line in lines[:3]] == [
        Functions(message_box=True),
        Functions(forward_number="0120000000"),
        Functions(),
    ]
    assert (row.numbers, other.functions) == (3, Functions(message_box=True))


@pytest.mark.parametrize(
    ("row", "first", "tab", "typed", "reason"),
    [
        ({"kind": "0abj", "count": "2"}, ("shown_number", "0312345678"), "forward_number", "0312345678", "同じ番号で"),
        ({"kind": "0abj", "count": "2"}, ("message_box", "yes"), "forward_number", "0312345678", "メッセージボックス"),
        ({"kind": "0abj", "count": "2"}, ("forward_number", "0312345678"), "message_box", "yes", "メッセージボックス"),
        ({"kind": "0abj", "count": "2"}, ("forward_number", "0312345678"), "shown_number", "0312345678", "同じ番号で"),
        ({"kind": "050", "count": "2"}, ("message_box", "no"), "forward_number", "0312345678", "050番号では"),
        ({"kind": "0abj", "count": "2"}, ("message_box", "no"), "shown_number", "12345", "0から始まる"),
        ({"kind": "0abj", "count": "2"}, ("message_box", "no"), "shown_number", "abc", "数字で"),
    ],
)
def test_what_does_not_go_together_is_said_beside_the_field(office, page, row, first, tab, typed, reason):
    order = office.draft()
    functions = begin(page, order, office, row)
    assert page.post(f"{functions}?tab={first[0]}", {"f-0": first[1]}).status_code == 302
    before = kept()
    answer = page.post(f"{functions}?tab={tab}", {"f-0": typed, "go": "check"})
    (told,) = errors(answer)
    assert reason in told
    assert answer.context["lines"][0].typed == typed
    assert kept() == before


def test_all_numbers_get_a_function_at_once_but_those_that_cannot(office, page):
    order = office.draft()
    functions = begin(page, order, office, *({"kind": "0abj", "count": "1"} for _row in range(3)))
    page.post(f"{functions}?tab=forward_number", {"f-0": "", "f-1": "0312345678", "f-2": ""})
    page.post(f"{functions}?tab=message_box", {"f-0": "no", "f-1": "no", "f-2": "no", "do": "all"})
    assert [row.functions.message_box for row in kept()] == [True, False, True]
    shown = page.get(functions)
    assert "1番号は、メッセージボックスを契約できないため" in shown.content.decode()
    page.post(functions, {"do": "none"})
    assert not any(row.functions.message_box for row in kept())


def test_a_long_code_is_shown_in_pages_and_none_of_it_is_lost(office, page):
    code = parts.reservation(office.contract, 120, area=office.base.area)
    functions = begin(page, office.draft(), office, {"kind": "0abj", "code": code.code})
    lines = page.get(functions).context["lines"]
    assert len(lines) == 50
    page.post(functions, {f"f-{line.key}": "yes" for line in lines} | {"go": "page-2"})
    second = page.get(f"{functions}?tab=message_box&page=2").context["lines"]
    page.post(f"{functions}?tab=message_box&page=2", {f"f-{line.key}": "no" for line in second} | {"go": "check"})
    (row,) = kept()
    assert sum(one.message_box for one in row.by_number.values()) == 50


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("2026-12-24", "2026-12-24"), ("2026/1/5", "2026-01-05"), ("2026-13-01", None), ("soon", None), ("", "")],
)
def test_the_end_of_free_dial_work_is_asked_with_the_number_to_show(office, page, typed, expected):
    functions = begin(page, office.draft(), office, {"kind": "0abj", "count": "1"})
    asked = page.get(f"{functions}?tab=shown_number").content.decode()
    assert "自動的に廃止されます" in asked
    answer = page.post(f"{functions}?tab=shown_number", {"f-0": "0312345678", "free_dial_until": typed})
    if expected is None:
        assert answer.context["until_error"]
    else:
        assert DialInPartInput.objects.get().content["free_dial_until"] == expected


def test_the_directory_names_whom_to_ask(office, page):
    functions = begin(page, office.draft(), office, {"kind": "0abj", "count": "1"})
    text = page.get(f"{functions}?tab=directory").content.decode()
    assert "電話帳への掲載は" in text
    assert office.contract.contact_name in text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"valid_until": "2026-11-19"}, "有効期限"),
        ({"withdrawn_at": "2026-11-01T00:00+09:00"}, "取り消されています"),
        ({"kind": "050", "area": ""}, "種類をお確かめ"),
        ({"area": "06"}, "市外局番06"),
    ],
)
def test_a_code_that_cannot_be_used_is_refused(office, page, change, reason):
    code = parts.reservation(office.contract, 2, area=office.base.area)
    type(code).objects.filter(pk=code.pk).update(**change)
    order = office.draft()
    choose_base(page, order, "add", office.base)
    answer = page.post(url("rows", order.uuid, "add"), rows_of({"kind": "0abj", "code": code.code}))
    (told,) = errors(answer)
    assert reason in told


def test_a_code_is_used_once_in_an_order_and_by_its_own_contract(office, page):
    code = parts.reservation(office.contract, 2, area=office.base.area)
    foreign = parts.reservation(Office().contract, 2, area=office.base.area)
    order = office.draft()
    numbers: dict[str, dict[str, bool]] = {one.digits: {} for one in code.assignments.all()}
    office.part(order, [{"kind": "0abj", "code": code.code, "by_number": numbers}])
    choose_base(page, order, "add", office.base)
    rows = rows_of({"kind": "0abj", "code": code.code}, {"kind": "0abj", "code": foreign.code})
    told = errors(page.post(url("rows", order.uuid, "add"), rows))
    assert ["別の内容にすでに" in told[0], "見つかりません" in told[1]] == [True, True]


def test_what_the_parts_say_is_counted_and_claimed(office):
    code = parts.reservation(office.contract, 2, area=office.base.area)
    order = office.draft()
    by_number: dict[str, dict[str, bool]] = {one.digits: {} for one in code.assignments.all()}
    rows = [added(999), added(5, "050", message_box=True), {"kind": "0abj", "code": code.code, "by_number": by_number}]
    saved = [office.part(order, rows), office.part(order, [brought(functions={"shown_number": "0312345678"})], "port")]
    found = totals(saved)
    assert (found.geographic, found.ip_050, found.ported, found.all) == (1001, 5, 1, 1007)
    assert under_base(saved) == {office.base.pk: 1007}
    said = lead_contents(saved, is_first_0abj=True, members_net=False, changes_networks=True)
    assert said == {"add_050", "add_0abj", "first_0abj", "reserved", "many", "port", "targets", "network"}
    claimed = claims(saved)
    assert [(claim.kind, claim.count, claim.code) for claim in claimed] == [
        ("0abj", 999, None),
        ("050", 5, None),
        ("0abj", 0, code),
    ]
    assert claimed[1].functions == Functions(message_box=True)
