"""The pages that customers look things up on: contracts, numbers, prices, lead times; and who may see what."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse

from numbering.dial_in.functions import Functions
from numbering.dial_in.models import VoiceContract
from numbering.models import Kind
from selfcare.accounts.models import Role
from selfcare.calendar import TOKYO
from selfcare.orders.models import SpecialDay
from selfcare.shell import search
from tests import builders
from tests.numbering.dial_in import parts
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
PAGES = ["dial-in", "dial-in-check", "dial-in-contracts", "dial-in-prices", "dial-in-lead-times"]


@pytest.fixture
def site(clock):
    made = parts.voice_contract(name="本社ビル")
    base = parts.base(made, digits="0399990000")
    parts.dial_ins(base, 3, first="0399990001")
    parts.dial_ins(base, 1, kind=Kind.IP_050, first="05055550001", functions=Functions(message_box=True))
    parts.network(made, "10.1.0.0/24")
    return made


@pytest.fixture
def member(site):
    return builders.user(customer=site.customer, role=Role.MEMBER)


@pytest.fixture
def viewer(site):
    return builders.user(customer=site.customer, role=Role.VIEWER)


def page(user, name, *args, **query):
    return log_in(user).get(reverse(f"numbering:{name}", args=args), query)


@pytest.mark.parametrize("name", PAGES)
def test_a_viewer_may_look_at_every_page(viewer, name):
    assert page(viewer, name).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_without_the_function_the_page_explains(clock, stranger, name):
    assert page(stranger, name).status_code == 403


def test_a_voice_contract_is_shown_with_its_type_numbers_networks_and_works(site, member):
    parts.open_work(site, datetime(2026, 12, 4, 9, tzinfo=TOKYO))
    text = page(member, "dial-in-contracts").content.decode()
    assert "Universal（通常タイプ）" in text
    assert "0ABJ 4番号" in text
    assert "050 1番号" in text
    assert "10.1.0.0/24" in text
    # Friday, and two business days after it.
    assert "開通予定 2026/12/04(金)" in text
    assert "竣工予定 2026/12/08(火)" in text


def test_one_contract_lists_its_numbers_with_their_functions(site, member):
    text = page(member, "dial-in-contract", site.number).content.decode()
    assert "0399990001" in text or "03-9999-0001" in text
    assert "メッセージボックス" in text
    bases = page(member, "dial-in-contract", site.number, view="bases").content.decode()
    assert "4番号" in bases


def test_numbers_are_found_by_their_last_digits_and_by_kind(site, member):
    found = page(member, "dial-in-contract", site.number, q="0003").context["numbers"]
    assert [row.number.digits for row in found] == ["0399990003"]
    found = page(member, "dial-in-contract", site.number, kind="050").context["numbers"]
    assert [row.number.digits for row in found] == ["05055550001"]


@pytest.mark.parametrize("query", ["本社", "99990001", "０３－９９９９", "3999900"])
def test_contracts_are_found_by_name_and_by_their_numbers(site, member, query):
    parts.voice_contract(site.group, name="ほか")
    found = page(member, "dial-in-contracts", q=query).context["sites"]
    assert [one.voice_contract for one in found] == [site]


def test_contracts_are_narrowed_by_service(site, member):
    cloud = parts.voice_contract(site.group, service_type=VoiceContract.ServiceType.UNIVERSAL_CLOUD)
    found = page(member, "dial-in-contracts", service="universal_cloud").context["sites"]
    assert [one.voice_contract for one in found] == [cloud]


def test_a_strangers_contracts_are_nowhere(site):
    other = builders.user(customer=parts.contract().customer, role=Role.OWNER)
    assert page(other, "dial-in-contracts").context["sites"] == []
    assert page(other, "dial-in-contract", site.number).status_code == 404
    assert page(other, "dial-in-check", contract=site.number).status_code == 404
    assert search.find(other, "0399990001") == []
    assert search.find(other, site.number) == []


@pytest.mark.parametrize("typed", ["\x00", "N\x00", "%", "'", "N1000001\u0660\u0660", "あ" * 500, "\ud7ff"])
def test_what_nobody_types_finds_nothing_and_breaks_nothing(site, member, typed):
    """In every place where an address can carry something."""
    for name in ("dial-in-contracts", "dial-in-check", "dial-in-lead-times"):
        query = {"q": typed, "service": typed, "group": typed, "after": typed, "before": typed, "view": typed}
        assert page(member, name, **query).status_code == 200
    assert (
        page(member, "dial-in-contract", site.number, q=typed, kind=typed, view=typed, after=typed).status_code == 200
    )
    assert page(member, "dial-in-check", contract=typed).status_code == 404
    assert page(member, "dial-in-by-date", contract=typed, group=typed).status_code == 200
    answers = dict.fromkeys(["portability", "targets", "over_many"], typed)
    assert page(member, "dial-in-check", contract=site.number, **answers).context["result"] is None


@pytest.mark.parametrize(
    ("query", "view"), [("0399990000", "view=bases"), ("0399990002", "q=0399990002"), ("本社ビル", "")]
)
def test_the_search_box_finds_contracts_base_numbers_and_dial_in_numbers(site, member, query, view):
    urls = [hit.url for group in search.find(member, query) for hit in group.hits]
    assert any(site.number in url and view in url for url in urls)


def test_prices_are_those_of_the_contracts_plan(site, member):
    text = page(member, "dial-in-prices").content.decode()
    assert all(f"{fee:,}円" in text for fee in parts.FEES.values())


def test_an_item_without_a_price_is_not_shown_as_free(site, member):
    other = parts.contract(customer=site.customer, plan="unknown")
    text = page(member, "dial-in-prices").content.decode()
    assert other.number in text
    assert "お問い合わせください" in text


def test_lead_times_say_what_an_order_of_today_would_mean(site, member):
    parts.special_day(date(2026, 11, 24), SpecialDay.Kind.CLOSED, "創立記念日")
    response = page(member, "dial-in-lead-times")
    text = response.content.decode()
    assert "創立記念日" in text
    # Friday the 20th; the 23rd is a holiday, the 24th the operator's own.
    leads = {lead.label: lead.earliest for lead in response.context["leads"]}
    assert leads["050番号の追加"] == date(2026, 12, 1)


def test_a_viewer_reads_the_entry_page_and_cannot_order(site, viewer, member):
    assert "新たな申込" not in page(viewer, "dial-in").content.decode()
    assert "「担当者」または「管理者」" in page(viewer, "dial-in").content.decode()
    assert "「担当者」または「管理者」" not in page(member, "dial-in").content.decode()


def test_the_home_page_counts_contracts_and_numbers(site, member):
    text = log_in(member).get("/").content.decode()
    assert "ダイヤルイン番号" in text
    assert reverse("numbering:dial-in-contracts") in text


@pytest.mark.parametrize("times", [1, 100])
def test_the_contracts_page_asks_no_more_for_a_hundred_contracts(site, member, times, django_assert_max_num_queries):
    for _n in range(times):
        one = parts.voice_contract(site.group)
        parts.dial_ins(parts.base(one), 2)
        parts.open_work(one, datetime(2026, 12, 1, 9, tzinfo=TOKYO) + timedelta(days=1))
    client = log_in(member)
    with django_assert_max_num_queries(22):
        assert client.get(reverse("numbering:dial-in-contracts")).status_code == 200
