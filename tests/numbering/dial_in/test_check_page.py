"""The guided check as its page: what it asks, what it says, and where it leads."""

from datetime import date, datetime

import pytest
from django.urls import reverse

from numbering.dial_in.models import VoiceContract
from numbering.models import Kind
from selfcare.accounts.models import Role
from selfcare.calendar import TOKYO
from selfcare.orders.models import Order
from tests import builders
from tests.numbering.dial_in import check_table, parts
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

CASES = check_table.examples()
ANSWERS = {"wants": "wants_0abj", "port": "portability", "targets": "targets", "over": "over_many"}


def made(service, case):
    """A voice contract that is as the case says."""
    site = parts.voice_contract(service_type=service, members_net=case["members"])
    base = parts.base(site, kind=Kind.GEOGRAPHIC if case["has_0abj"] else Kind.IP_050)
    if case["full"]:
        parts.dial_ins(base, 1_000)
    if case["works"]:
        parts.open_work(site, datetime(2026, 12, 4, 9, tzinfo=TOKYO))
    return site


def ask(site, role=Role.MEMBER, **query):
    user = builders.user(customer=site.customer, role=role)
    return log_in(user).get(reverse("numbering:dial-in-check"), query)


def typed(case):
    return {name: "yes" if case[short] else "no" for short, name in ANSWERS.items()}


@pytest.mark.parametrize(
    ("service", "case"),
    CASES,
    ids=[f"{service}-{check_table.row_of(service, case).letters}" for service, case in CASES],
)
def test_the_page_says_the_way_and_the_reason_of_the_table(clock, service, case):
    site = made(service, case)
    first = ask(site)
    asked = list(first.context["form"].fields) if first.context["form"] else []
    response = ask(site, contract=site.number, **{name: typed(case)[name] for name in asked})
    row = check_table.row_of(service, case)
    result, text = response.context["result"], response.content.decode()
    assert result.verdict.way == row.way
    assert f'id="result-title">{result.verdict.way.label}<' in text
    assert row.words in text
    assert [str(step.question.label) in text for step in result.verdict.trace] == [True] * len(result.verdict.trace)
    assert len(result.verdict.trace) == (row.decided_by or 8)


def test_with_several_contracts_the_group_comes_first_and_then_its_contracts(clock):
    one, other = parts.voice_contract(), parts.voice_contract()
    other.group.customer = one.customer
    group = parts.group(one.contract, name="支店")
    second, third = parts.voice_contract(group), parts.voice_contract(group)
    response = ask(one)
    assert list(response.context["chooser"].fields) == ["group"]
    assert response.context["voice_contract"] is None
    response = ask(one, group=group.pk)
    numbers = [value for value, _label in response.context["chooser"].fields["contract"].choices]
    assert numbers == ["", second.number, third.number]


def test_another_group_than_that_of_the_contract_asks_for_its_contract(clock):
    one = parts.voice_contract()
    group = parts.group(one.contract)
    parts.voice_contract(group)
    parts.voice_contract(group)
    response = ask(one, group=group.pk, contract=one.number)
    assert response.context["voice_contract"] is None
    assert "contract" in response.context["chooser"].fields


def test_an_ended_contract_is_not_offered(clock):
    site = parts.voice_contract()
    ended = parts.voice_contract(site.group, ended_on=date(2026, 10, 31))
    assert ask(site).context["voice_contract"] == site
    assert ask(site, contract=ended.number).status_code == 404


def test_what_is_left_open_is_said_beside_its_question(clock):
    site = parts.voice_contract()
    parts.base(site)
    response = ask(site, contract=site.number, portability="no")
    assert response.context["result"] is None
    assert set(response.context["form"].errors) == {"targets", "over_many"}
    assert "「はい」か「いいえ」を選んでください。" in response.content.decode()


def test_the_question_of_a_thousand_says_how_many_there_are(clock):
    site = parts.voice_contract()
    parts.base(site)
    parts.dial_ins(parts.base(site, digits="0399990000"), 12)
    assert "03-9999-0000 の12番号で、あと988番号まで" in ask(site).content.decode()


def test_by_date_names_the_earliest_day(clock):
    site = parts.voice_contract()
    parts.base(site)
    parts.network(site)
    response = ask(site, contract=site.number, portability="yes", targets="no", over_many="no")
    # Friday 20 November, 15 business days, 23 November is a holiday.
    assert response.context["result"].starts == date(2026, 12, 14)
    assert "最短納期日の目安は 2026年12月14日(月) です" in response.content.decode()


def test_sales_only_shows_the_contact_of_the_contract_and_no_form(clock):
    site = parts.voice_contract(service_type=VoiceContract.ServiceType.SMART_PBX)
    parts.base(site, kind=Kind.IP_050)
    answers = {"wants_0abj": "yes", "portability": "no", "targets": "no", "over_many": "no"}
    response = ask(site, contract=site.number, **answers)
    text = response.content.decode()
    assert response.context["result"].next_url == ""
    assert f"tel:{site.contract.contact_phone}" in text


def test_the_way_leads_to_its_form_with_what_was_chosen(clock):
    site = parts.voice_contract()
    parts.base(site)
    answers = {"portability": "no", "targets": "no", "over_many": "no"}
    begins = reverse("numbering:dial-in-at-once-new", args=[site.group_id])
    assert ask(site, contract=site.number, **answers).context["result"].next_url == begins
    answers["portability"] = "yes"
    assert f"contract={site.number}" in ask(site, contract=site.number, **answers).context["result"].next_url


def test_a_viewer_reads_the_way_and_has_no_button(clock):
    site = parts.voice_contract(members_net=True)
    parts.base(site)
    response = ask(site, role=Role.VIEWER)
    assert response.context["result"].verdict.way == "by_date"
    assert response.context["result"].next_url not in response.content.decode()


def test_looking_writes_nothing(clock):
    site = parts.voice_contract()
    parts.base(site)
    ask(site, contract=site.number, portability="no", targets="no", over_many="no")
    assert not Order.objects.exists()
