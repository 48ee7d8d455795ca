"""ご契約内容: everything of the mail and more on one page; what can be ordered, and why not; 特約店コード once."""

import pytest

from billing.services import Basket, Fax, Start
from numbering.cloud.models import CloudContract
from selfcare.accounts.models import Role
from selfcare.contract_data import finding
from selfcare.inquiries import subjects
from selfcare.inquiries.models import SupportContact
from selfcare.shell import search
from tests.billing import cloud as tariffs
from tests.numbering.cloud import way
from tests.people import log_in, person

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture(autouse=True)
def _today(clock):
    clock.set("2026-11-20 10:00")
    tariffs.make_prices()
    way.stock(4)


@pytest.fixture
def cloud(_today):
    return way.opened(Basket(fax=Fax.OWN))


def page_of(cloud: CloudContract, user=None) -> str:
    answer = log_in(user or way.owner(cloud)).get(f"/cloud/contract/{cloud.contract.number}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_says_all_that_the_mail_said_and_what_it_costs(cloud):
    page = page_of(cloud)
    fax = cloud.numbers.get(use="fax")
    login = cloud.ids.order_by("pk").first().login_name
    for words in (cloud.opening.reference, cloud.contract.number, str(cloud.representative), str(fax), login):
        assert words in page
    for words in ("お試し中です", "11月25日", "2,160円", "10,000円", "毎月25日", "未登録"):
        assert words in page, words
    assert "お支払い方法がまだ登録されていません" in page
    way.pay(cloud)
    assert "/cloud/settle/?contract=" in page_of(cloud)
    assert "銀行振込" in page_of(cloud) or "振込" in page_of(cloud)


def test_it_names_the_window_that_operators_keep():
    SupportContact.objects.filter(service="cloud_phone").update(name="雲の窓口", phone="0120999888")
    page = page_of(way.opened(Basket()))
    assert "雲の窓口" in page
    assert "0120-999-888" in page


def test_it_is_found_by_the_number_of_its_application_and_a_strangers_is_not(cloud):
    reference = cloud.opening.reference
    assert [one.pk for one in finding.find(way.owner(cloud), reference.lower()).contracts] == [cloud.pk]
    stranger = way.owner(way.opened(Basket()))
    assert finding.find(stranger, reference).contracts == []
    # An inquiry may name it, too.
    assert subjects.find(way.owner(cloud), reference.lower()) == subjects.Subject(contract=cloud.contract)
    with pytest.raises(subjects.UnknownError):
        subjects.find(stranger, reference)


def test_after_it_is_ordered_it_says_the_payment_day(cloud):
    way.pay(cloud)
    way.settled(cloud)
    page = page_of(cloud)
    for words in ("毎月20日", "本申込日（課金開始日）", "利用中", "/cloud/end/?contract="):
        assert words in page, words
    assert "/cloud/settle/" not in page


def test_who_only_looks_reads_why_nothing_can_be_ordered(cloud):
    way.pay(cloud)
    viewer = person("cloud_viewer", customer=cloud.customer, role=Role.VIEWER)
    page = page_of(cloud, viewer)
    assert "「担当者」の方が利用できます" in page
    assert "/cloud/settle/?" not in page
    assert log_in(viewer).post(f"/cloud/contract/{cloud.contract.number}/agency-code/").status_code == 403


def test_the_agency_code_is_typed_in_any_width_and_once(cloud):
    browser, address = log_in(way.owner(cloud)), f"/cloud/contract/{cloud.contract.number}/agency-code/"
    assert browser.post(address, {"agency_code": "あ"}).status_code == 422
    assert browser.post(address, {"agency_code": "ａｇ－１０７"}).status_code in (302, 422)
    assert browser.post(address, {"agency_code": "ag-107"}).status_code == 302
    assert CloudContract.objects.get(pk=cloud.pk).agency_code == "AG-107"
    assert browser.post(address, {"agency_code": "AG-2"}).status_code == 302
    assert CloudContract.objects.get(pk=cloud.pk).agency_code == "AG-107"


def test_one_contract_opens_at_once_and_several_are_listed(cloud):
    browser = log_in(way.owner(cloud))
    assert browser.get("/cloud/contract/")["Location"] == f"/cloud/contract/{cloud.contract.number}/"
    other = way.opened(customer=cloud.customer)
    page = browser.get("/cloud/contract/").content.decode()
    assert cloud.contract.number in page
    assert other.contract.number in page


def test_a_move_is_shown_with_its_steps_and_taken_back_on_the_page():
    cloud = way.opened(Basket(start=Start.PORT), port=way.PORT)
    page = page_of(cloud)
    assert "現在の電話会社の契約は解約しないでください" in page
    assert page.count('class="step step--') == 10
    browser = log_in(way.owner(cloud))
    assert browser.post(f"/cloud/contract/{cloud.contract.number}/port-in/withdraw/").status_code == 302
    assert way.port_in(cloud).step == "withdrawn"
    assert browser.post(f"/cloud/contract/{cloud.contract.number}/port-in/withdraw/").status_code == 404
    assert "取りやめ" in page_of(cloud)


def test_home_and_search_lead_to_it(cloud):
    browser, address = log_in(way.owner(cloud)), f"/cloud/contract/{cloud.contract.number}/"
    home = browser.get("/").content.decode()
    assert address in home
    assert "まで無料・本申込をお願いします" in home
    for query in (cloud.contract.number, cloud.opening.reference, cloud.representative.digits[-6:]):
        assert address in browser.get("/search/", {"q": query}).content.decode()
    assert not search.find(way.owner(way.opened()), cloud.contract.number)
