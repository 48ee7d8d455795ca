"""The input page of a SIP password change: what it shows before anything is ordered, and what it never shows."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from numbering import sip_password_page
from tests import builders
from tests.numbering.passwords import OLD, change, number_of, typed

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
PAGE = "/numbering/sip-password/"


@pytest.fixture
def number(clock, contract):
    clock.set("2026-11-20 14:00")
    return number_of(contract, "b2bua")


@pytest.fixture
def page(number, owner, as_user):
    client = as_user(owner)

    def get(**query):
        return client.get(PAGE, query).content.decode()

    return get


def _panel(html):
    return html[html.index('id="reflection"') : html.index("</aside>")]


def test_a_change_now_and_the_quietest_time_are_told_before_anything_is_typed(page, number):
    html = page(number=number.digits)
    assert "いま変更すると 14:00 - 17:30 発着信できません（約3時間30分）" in html
    assert "16:59 に変更すると 17:30 に反映（約31分）" in html
    assert f'value="{number.digits}"' in html
    assert re.search(r'aria-current="time"><th scope="row">02:00-17:00', html)


@pytest.mark.parametrize(
    ("moment", "now", "quiet"),
    [
        ("23:30", "11/20(金) 23:30 - 11/21(土) 00:30 発着信できません（約1時間00分）", "23:59 に変更すると 翌日 00:30"),
        ("23:59", "（約31分）", None),
        ("00:59:30", "（約30分）", None),
    ],
)
def test_across_midnight_and_when_now_is_the_best(clock, page, number, moment, now, quiet):
    clock.set(f"2026-11-20 {moment}")
    html = page(number=number.digits)
    assert now in html
    assert (quiet in html) if quiet else ("いまが、いちばん短くなる時刻です。" in html)


def test_every_service_of_the_customer_until_a_number_is_known(page, number, contract):
    other = builders.contract(customer=contract.customer, number="N20000001")
    number_of(other, "standard")
    html = page()
    assert "IP電話（B2BUA）" in _panel(html)
    assert "いつ変更しても、すぐに" in _panel(html)
    assert "番号を入力すると、発着信できない時間が分かります。" in html
    assert "いつ変更しても、すぐに" not in _panel(page(number=number.digits))


def test_services_with_one_timetable_are_told_once(page, contract):
    number_of(builders.contract(customer=contract.customer, number="N20000001"), "b2bua_opengate")
    panel = _panel(page())
    assert panel.count("<table") == 1
    assert "<h3>IP電話（B2BUA）、IP電話（B2BUA OpenGate）</h3>" in panel


def test_somebody_elses_number_shows_what_a_number_of_nobody_shows(page, stranger):
    theirs = number_of(stranger.customer.contracts.get(), "b2bua_opengate")
    panels = {_panel(page(number=typed)) for typed in (theirs.digits, "05099999999", "まるばつ", "", "0" * 500)}
    assert len(panels) == 1
    assert "OpenGate" not in panels.pop()
    assert theirs.digits not in page(number="05099999999")


def test_the_field_proposes_a_hundred_own_numbers_and_nobody_elses(page, number, contract, stranger):
    theirs = number_of(stranger.customer.contracts.get(), "b2bua")
    mine = [number_of(contract, "b2bua").digits for _ in range(sip_password_page.MOST)]
    html = page()
    proposed = re.findall('<option value="([0-9]+)">', html)
    assert proposed == sorted([number.digits, *mine])[: sip_password_page.MOST]
    assert theirs.digits not in html
    assert "候補は100件まで" in html
    assert 'href="/numbering/"' in html


def test_a_change_that_waits_is_told_of(page, number, owner, as_user):
    order = change(as_user(owner), number, "Neu1pass")
    panel = _panel(page(number=number.digits))
    assert "11/20(金) 17:30 に反映されるまで、新しい変更はできません。" in panel
    assert order.get_absolute_url() in panel
    assert order.request_id not in page()


def test_passwords_never_come_back_and_nothing_else_is_lost(number, owner, as_user):
    sent = typed(number, "Neu1pas", when="at", at="2026-11-21T09:05")
    html = as_user(owner).post(reverse("numbering:sip-password"), sent).content.decode()
    assert "いま7文字です" in html
    assert OLD not in html
    assert "Neu1pas" not in html
    assert f'value="{number.digits}"' in html
    assert 'value="2026-11-21T09:05"' in html
    assert re.search('value="at"[^>]*checked', html)


def test_the_proposal_is_a_new_one_with_every_view(page):
    proposals = [re.findall('id="proposal"[^>]*>([^<]+)<', page())[0] for _ in range(5)]
    assert len(set(proposals)) == 5
    for proposal in proposals:
        assert re.fullmatch("(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])[A-Za-z0-9]{8}", proposal)


def test_the_page_costs_the_same_however_many_numbers_there_are(page, number, contract):
    page()
    with CaptureQueriesContext(connection) as few:
        page(number=number.digits)
    for _ in range(20):
        number_of(contract, "b2bua")
    with CaptureQueriesContext(connection) as many:
        page(number=number.digits)
    assert len(many) == len(few)


def test_the_buttons_say_what_they_do_and_when(number, contract, owner, as_user):
    client = as_user(owner)

    def button(number, **when):
        url = client.post(PAGE, typed(number, "Neu1pass", **when)).url
        return client.get(url).content.decode()

    assert "いま変更し、11/20(金) 17:30 に反映する</button>" in button(number)
    assert "11/20(金) 16:59 に変更する予約をする</button>" in button(number, when="quiet")
    standard = number_of(builders.contract(customer=contract.customer, number="N20000001"), "standard")
    assert "いますぐ変更する</button>" in button(standard)
