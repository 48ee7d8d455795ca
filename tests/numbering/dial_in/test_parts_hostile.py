"""The pages of parts towards strangers, viewers, and whoever sends what no page would send."""

import uuid

import pytest
from django.urls import reverse
from django.utils.http import urlencode

from numbering.dial_in.models import DialInPart, DialInPartInput
from selfcare.orders.models import Order
from tests.numbering.dial_in import parts
from tests.numbering.dial_in.entering import CONSENT, Office, added, choose_base, errors, rows_of, save, url
from tests.people import person

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

_ORDER = ("menu", "discard")
_PART = ("part", "rows", "file", "file-sample", "remaining", "functions", "part-check", "part-drop", "part-remove")


@pytest.fixture
def office(clock):
    return Office()


@pytest.fixture
def page(office, as_user):
    return as_user(office.owner)


def addresses(order, part):
    yield from (url(name, order.uuid) for name in _ORDER)
    for which in ("add", "port", part.pk):
        yield from (url(name, order.uuid, which) for name in _PART)


def test_a_stranger_finds_none_of_the_pages(office, as_user):
    order = office.draft()
    part = office.part(order)
    stranger = as_user(Office().owner)
    for address in addresses(order, part):
        assert stranger.get(address).status_code == 404, address
        assert stranger.post(address, {"version": 1}).status_code == 404, address
    assert DialInPart.objects.get().rows == [added(3)]
    assert not DialInPartInput.objects.exists()
    assert str(order.uuid) not in stranger.get(url("")).content.decode()


def test_a_viewer_may_not_open_them(office, as_user):
    order = office.draft()
    part = office.part(order)
    viewer = as_user(person("parts_viewer", customer=office.contract.customer, role="viewer"))
    for address in [url(""), url("consent"), url("contract"), *addresses(order, part)]:
        assert viewer.get(address).status_code == 403, address


def test_without_the_function_no_page_opens(office, page):
    office.contract.functions = []
    office.contract.save(update_fields=["functions"])
    assert page.get(url("")).status_code == 403


def test_an_order_of_another_procedure_is_no_draft_of_these_pages(office, page):
    order = office.draft()
    Order.objects.filter(pk=order.pk).update(procedure="numbering.add", actor=office.owner)
    assert page.get(url("menu", order.uuid)).status_code == 404


@pytest.mark.parametrize("which", ["0", "-1", "007", "x", "add ", "9" * 19, "१२", "port'", "1e3"])
def test_parts_that_cannot_be_are_not_found(office, page, which):
    assert page.get(url("rows", office.draft().uuid, which)).status_code == 404


def test_another_offices_part_is_none_of_this_order(office, page):
    other = Office()
    foreign = other.part(other.draft())
    order = office.draft()
    assert page.post(url("part-remove", order.uuid, foreign.pk), {"version": 1}).status_code == 404
    assert DialInPart.objects.filter(pk=foreign.pk).exists()


@pytest.mark.parametrize("base", ["", "x", "-1", "0", str(1 << 63), str(10**400), "१"])
def test_base_numbers_that_cannot_be_are_said_beside_the_list(office, page, base):
    order = office.draft()
    answer = page.post(url("part", order.uuid, "add"), {"method": "screen", "base": base})
    assert answer.status_code == 200
    assert answer.context["form"].errors["base"]
    assert not DialInPartInput.objects.exists()


def test_a_base_number_of_another_contract_is_not_taken(office, page):
    order = office.draft()
    for base in (parts.base(), parts.base(parts.voice_contract(office.group))):
        assert choose_base(page, order, "add", base).context["form"].errors["base"]


def test_a_base_number_that_has_ended_meanwhile_is_chosen_again(office, page):
    order = office.draft()
    choose_base(page, order, "add", office.base)
    page.post(url("rows", order.uuid, "add"), rows_of({"kind": "0abj", "count": "5"}))
    office.base.ended_on = "2026-11-19"
    office.base.save(update_fields=["ended_on"])
    assert save(page, order, "add")["Location"] == url("part", order.uuid, "add")
    assert not DialInPart.objects.exists()


BAD_ROWS = [
    ({"kind": "0abj", "count": ""}, "追加番号数か予約コードを"),
    ({"kind": "0abj", "count": "0"}, "1から999まで"),
    ({"kind": "0abj", "count": "1000"}, "1から999まで"),
    ({"kind": "0abj", "count": "-5"}, "数字で"),
    ({"kind": "0abj", "count": "10²"}, "数字で"),
    ({"kind": "0abj", "count": "9" * 300}, "数字で"),
    ({"kind": "", "count": "5"}, "種類を"),
    ({"kind": "0120", "count": "5"}, "どれかを"),
    ({"kind": "0abj", "count": "5", "code": "RSV00001"}, "どちらか一方"),
    ({"kind": "0abj", "code": "NOBODY'S"}, "見つかりません"),
    ({"kind": "0abj", "count": "５\x00<script>"}, "数字で"),
]


@pytest.mark.parametrize(("row", "reason"), BAD_ROWS)
def test_rows_that_cannot_be_are_refused_beside_their_field(office, page, row, reason):
    order = office.draft()
    choose_base(page, order, "add", office.base)
    answer = page.post(url("rows", order.uuid, "add"), rows_of(row))
    (told,) = errors(answer)
    assert reason in told
    assert "<script>" not in answer.content.decode()
    assert DialInPartInput.objects.get().content["rows"] == []


def test_of_more_rows_than_the_screen_has_none_is_taken_beyond(office, page):
    order = office.draft()
    choose_base(page, order, "add", office.base)
    rows = [{"kind": "0abj", "count": "1"}] * 80
    page.post(url("rows", order.uuid, "add"), rows_of(*rows))
    assert len(DialInPartInput.objects.get().content["rows"]) == 50


def test_rows_without_a_base_number_lead_back_to_it(office, page):
    order = office.draft()
    for name in ("rows", "file", "functions"):
        answer = page.post(url(name, order.uuid, "add"), rows_of({"kind": "0abj", "count": "5"}))
        assert answer.status_code == 302
    assert not DialInPartInput.objects.exists()


def test_a_consent_is_neither_forged_nor_borrowed(office, page, as_user):
    marks = {"privacy": "on", "important": "on"}
    group = f"?group={office.group.code}"
    given = as_user(office.colleague).post(f"{url('consent')}{group}", marks)["Location"]
    for address in (given, f"{url('contract')}{group}&consent=forged", f"{url('contract')}{group}"):
        answer = page.post(address, {"voice_contract": office.site.pk, "key": uuid.uuid4()})
        assert answer["Location"].startswith(url("consent"))
    assert not Order.objects.exists()


def test_a_foreign_voice_contract_and_a_taken_key_come_to_nothing(office, page):
    marks = {"privacy": "on", "important": "on"}
    address = page.post(f"{url('consent')}?group={office.group.code}", marks)["Location"]
    other = Office()
    for chosen in (other.site.pk, "x", "", "9" * 19):
        answer = page.post(address, {"voice_contract": chosen, "key": uuid.uuid4()})
        assert answer.context["problem"] == "音声契約を選んでください。"
    foreign = other.draft()
    page.post(address, {"voice_contract": office.site.pk, "key": foreign.uuid})
    made = Order.objects.get(customer=office.contract.customer)
    assert made.uuid != foreign.uuid
    assert made.data["consent"]["version"] == CONSENT["version"]
    ended = parts.voice_contract(office.group, ended_on="2026-11-01")
    answer = page.post(address, {"voice_contract": ended.pk, "key": uuid.uuid4()})
    assert answer.context["problem"] == "この音声契約は終了しています。"


def test_a_look_writes_nothing(office, page):
    order = office.draft()
    part = office.part(order)
    before = Order.objects.get().data
    for address in [url(""), *addresses(order, part), reverse("numbering:dial-in-by-date-remaining-form")]:
        assert page.get(address).status_code in (200, 302), address
    assert Order.objects.get().data == before
    assert not DialInPartInput.objects.exists()


@pytest.mark.parametrize("typed", ["\x00", "'; --", "%", "９" * 200, "<script>", "-", "\ufffd"])
def test_what_nobody_looks_for_finds_nothing_and_breaks_nothing(office, page, typed):
    order = office.draft()
    marks = {"privacy": "on", "important": "on"}
    contracts = page.post(f"{url('consent')}?group={office.group.code}", marks)["Location"]
    choose_base(page, order, "add", office.base)
    page.post(url("rows", order.uuid, "add"), rows_of({"kind": "0abj", "count": "5"}))
    words = {"q": typed, "after": typed, "before": typed, "tab": typed, "page": typed, "rows": typed}
    assert page.get(contracts, words).status_code == 302  # without the consent
    assert page.get(f"{contracts}&{urlencode(words)}").status_code == 200
    for name in ("part", "functions", "file-sample", "rows", "part-check"):
        answer = page.get(url(name, order.uuid, "add"), words)
        assert answer.status_code == 200, name
        assert "<script>" not in answer.content.decode()
    for go in (f"page-{typed}", f"tab-{typed}", typed):
        answer = page.post(url("functions", order.uuid, "add"), {"f-0": typed, "go": go, "do": typed})
        assert page.get(answer["Location"]).status_code == 200
