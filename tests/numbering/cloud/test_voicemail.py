"""留守番電話: with the new scheme only; the page explains, prices and leads to the assistant or the options."""

import pytest

from numbering.cloud.models import CloudNumber, Scheme, Voicemail
from selfcare.accounts.models import AuditEvent
from tests.billing.cloud import make_prices
from tests.clock import Clock
from tests.numbering.cloud import parts
from tests.people import AsUser

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
GOOD = {
    "is_on": "on", "after_seconds": "15", "greeting": "ただいま外出しております。",
    "addresses": "a@customer.example\nｂ@customer.example、a@customer.example",
}  # fmt: skip


def address(number: CloudNumber) -> str:
    return f"/cloud/numbers/{number.digits}/voicemail/"


def test_on_the_old_scheme_the_page_opens_the_assistant(clock: Clock, as_user: AsUser) -> None:
    make_prices()
    cloud = parts.cloud()
    browser, number = as_user(parts.member(cloud)), parts.numbers(cloud)[0]
    page = browser.get(address(number)).content.decode()
    assert f"/cloud/scheme/?contract={cloud.contract.number}" in page
    assert "300" in page
    assert browser.post(address(number), GOOD).status_code == 200
    assert not Voicemail.objects.exists()


def test_without_the_option_the_page_leads_to_the_options(clock: Clock, as_user: AsUser) -> None:
    make_prices()
    cloud = parts.cloud(scheme=Scheme.SHARED)
    page = as_user(parts.member(cloud)).get(address(parts.numbers(cloud)[0])).content.decode()
    assert f"/cloud/options/?contract={cloud.contract.number}" in page


def test_it_is_set_with_its_addresses_and_says_what_is_wrong(clock: Clock, as_user: AsUser) -> None:
    cloud = parts.cloud(scheme=Scheme.SHARED)
    number = parts.numbers(cloud)[0]
    CloudNumber.objects.filter(pk=number.pk).update(voicemail=True)
    browser = as_user(parts.member(cloud))
    assert browser.post(address(number), GOOD).status_code == 302
    setting = Voicemail.objects.get(number=number)
    assert (setting.after_seconds, setting.addresses) == (15, ["a@customer.example", "b@customer.example"])
    for wrong, words in (
        ({"addresses": "somebody"}, "メールアドレスの形ではありません"),
        ({"addresses": "\n".join(f"a{n}@customer.example" for n in range(6))}, "5件まで"),
        ({"greeting": " "}, "応答メッセージを入力"),
        ({"after_seconds": "7"}, "選択"),
    ):
        assert words in browser.post(address(number), {**GOOD, **wrong}).content.decode()
    setting.refresh_from_db()
    assert setting.greeting == GOOD["greeting"]
    assert AuditEvent.objects.filter(action="cloud.voicemail_set").count() == 1
