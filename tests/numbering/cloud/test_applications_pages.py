"""The pages of an application as a browser sees them, from the quote to the operators' answer; and hostile ones."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from numbering.cloud.models import ApplicationStage, CloudApplication
from numbering.cloud.services.applications import links, reviewing
from selfcare import vault
from selfcare.accounts.models import Customer, User
from selfcare.documents.filetypes import LARGEST
from selfcare.documents.models import Document
from selfcare.inquiries.models import SupportContact
from selfcare.work.models import Mail
from selfcare.work.posting import secret_context
from tests.billing import cloud as tariffs
from tests.numbering.cloud import applicants, parts
from tests.people import AsUser

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture(autouse=True)
def _prices(db: None) -> None:
    tariffs.make_prices()


def _begin(client: Client, query: str = "") -> str:
    """The token of a new draft."""
    page = client.get(f"/cloud/apply/?{query}")
    key = re.search(r'name="form_key" value="([0-9a-f-]{36})"', page.content.decode())
    assert key
    answers = [client.post(f"/cloud/apply/?{query}", {"form_key": key[1]}) for _twice in range(2)]
    assert {answer.status_code for answer in answers} == {302}
    assert CloudApplication.objects.count() == 1
    return re.findall(r"/cloud/applications/([^/]+)/who/", answers[0]["Location"])[0]


def _step(client: Client, token: str, step: str, data: dict[str, Any]) -> Any:
    return client.post(reverse(f"cloud:apply_{step}", args=[token]), data)


def _shown(page: Any) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', page.content.decode())
    assert found
    return found[1]


def test_a_company_walks_from_the_quote_to_its_state(client: Client):
    token = _begin(client, "fax=own&ids=3")
    answer = _step(client, token, "who", applicants.COMPANY | {"kana": "いそべ", "phone": "０３－１２３４－５６７８"})
    assert answer["Location"].endswith("/number/")
    application = CloudApplication.objects.get()
    assert (application.kana, application.phone) == ("イソベ", "0312345678")
    # Who closes the browser goes on where he was, with what he has typed.
    assert Mail.objects.get().to == application.mail
    assert application.name in client.get(reverse("cloud:apply_who", args=[token])).content.decode()
    wrong = _step(client, token, "number", {"area": "06", "site_kind": "lease"})
    assert "大阪市" in wrong.content.decode()
    virtual = _step(client, token, "number", {"area": "03", "site_kind": "virtual"})
    assert "バーチャルオフィスの住所では" in virtual.content.decode()
    assert _step(client, token, "number", applicants.IN_TOKYO)["Location"].endswith("/documents/")
    files = {kind: applicants.upload(f"{kind}.png") for kind in ("registry", "place")}
    assert _step(client, token, "documents", files)["Location"].endswith("/payment/")
    assert _step(client, token, "payment", {"method": "transfer"})["Location"].endswith("/confirm/")
    confirm = client.get(reverse("cloud:apply_confirm", args=[token]))
    text = confirm.content.decode()
    assert "会社名義の住所確認書類" in text
    assert "銀行振込" in text
    assert "15,000円" in text
    assert "3～4営業日" in text
    # The last one is missing.
    agreed = {"shown": _shown(confirm), "agree_terms": "on", "agree_use": "on"}
    assert _step(client, token, "confirm", agreed).status_code == 200
    _step(client, token, "documents", {"company_address": applicants.upload()})
    for _twice in range(2):
        answer = _step(client, token, "confirm", agreed)
        assert answer["Location"] == reverse("cloud:application", args=[token])
    application.refresh_from_db()
    assert application.stage == ApplicationStage.APPLIED
    assert Mail.objects.filter(template="cloud_application_sent").count() == 1
    page = client.get(answer["Location"]).content.decode()
    assert application.code in page
    assert "お申し込みを受け付けました" in page
    # A step of what has been sent leads to its state.
    assert client.get(reverse("cloud:apply_who", args=[token]))["Location"] == answer["Location"]


def test_what_was_asked_for_again_is_sent_from_the_page(client: Client, operator: User):
    application, token = applicants.sent()
    page = reverse("cloud:application", args=[token])
    assert 'type="file"' not in client.get(page).content.decode()
    reviewing.ask_again(application=application, wanted={"registry": "2ページ目がありません。"}, actor=operator)
    text = client.get(page).content.decode()
    assert "2ページ目がありません。" in text
    assert 'name="registry"' in text
    assert 'name="company_address"' not in text
    # Another document than the one asked for is not taken.
    before = set(Document.objects.values_list("pk", flat=True))
    client.post(page, {"company_address": applicants.upload()})
    assert set(Document.objects.values_list("pk", flat=True)) == before
    bad = client.post(page, {"registry": applicants.upload("登記.pdf", b"MZ" + b"\0" * 100)})
    assert bad.status_code == 200
    assert client.post(page, {"registry": applicants.upload()}).status_code == 302
    application.refresh_from_db()
    assert application.stage == ApplicationStage.REVIEWING


@pytest.mark.parametrize("step", ["", "basket/", "who/", "number/", "documents/", "payment/", "confirm/", "withdraw/"])
def test_without_its_token_nobody_learns_of_an_application(client: Client, step: str):
    application, token = applicants.filled()
    for wrong in ("x", token[:-1] + "%EF", str(application.uuid), "a" * 4000, token.swapcase()):
        for answer in (
            client.get(f"/cloud/applications/{wrong}/{step}"),
            client.post(f"/cloud/applications/{wrong}/{step}"),
        ):
            assert answer.status_code == 404
            assert application.name not in answer.content.decode()
    assert client.get(f"/cloud/applications/{token}/{step}").status_code == 200


def test_hostile_input_is_told_and_changes_nothing(client: Client):
    application, token = applicants.filled()
    for values in (
        {"name": "あ" * 5000},
        {"name": "a\0b"},
        {"name": "名\u202e前"},
        {"kana": "漢字"},
        {"mail": "x" * 300 + "@applicant.example"},
        {"postal_code": "100"},
        {"address": "1-1"},
        {"phone": "090"},
        {"kind": "staff"},
        {"agency_code": "<script>"},
    ):
        answer = _step(client, token, "who", applicants.COMPANY | values)
        assert answer.status_code == 200, values
        assert "<script>" not in answer.content.decode().split("<main")[1].split("</main")[0]
    raw = client.post(
        reverse("cloud:apply_who", args=[token]),
        b"kind=corporate&name=\xff\xfe%FF",
        content_type="application/x-www-form-urlencoded",
    )
    assert raw.status_code == 200
    huge = {"registry": applicants.upload("大.png", applicants.picture() + b"\0" * LARGEST)}
    assert "10MB" in _step(client, token, "documents", huge).content.decode()
    assert _step(client, token, "payment", {"method": "gold"}).status_code == 200
    before = application.name, application.mail
    application.refresh_from_db()
    assert (application.name, application.mail) == before
    forged = {"shown": "forged", "agree_terms": "on", "agree_use": "on"}
    applicants.send_documents(application)
    assert "料金が変わりました" in _step(client, token, "confirm", forged).content.decode()
    assert client.get("/cloud/apply/?ids=100000").status_code == 302
    assert client.get("/cloud/apply/back/forged:abc:def/").status_code == 404


def test_beginning_is_limited_by_address(client: Client):
    for _each in range(links.APPLY.tries):
        assert client.post("/cloud/apply/", {"form_key": "x"}).status_code == 302
    refused = client.post("/cloud/apply/", {"form_key": "x"})
    assert refused.status_code == 429
    assert "1時間ほど" in refused.content.decode()
    lost = client.post("/cloud/apply/link/", {"mail": "a@applicant.example"})
    assert lost.status_code == 200


def test_a_link_mailed_to_a_wrong_address_ends_with_its_correction(client: Client):
    application, began = applicants.begun()
    wrong, right = (applicants.COMPANY | {"mail": f"{name}@applicant.example"} for name in ("wrong", "right"))
    assert _step(client, began, "who", wrong).status_code == 302
    mailed = _mailed_token()
    # From the mailed page itself: it goes on by another address, the mail's leads nowhere any more.
    answer = _step(client, mailed, "who", right)
    assert client.get(answer["Location"]).status_code == 200
    gone = [reverse(f"cloud:{name}", args=[mailed]) for name in ("apply_who", "application", "application_withdraw")]
    assert [client.get(address).status_code for address in gone] == [404, 404, 404]
    # The browser that began it and the new mail go on; nothing ends where the address stays.
    second = _mailed_token()
    assert _step(client, began, "who", right | {"mail": "RIGHT@applicant.example"}).status_code == 302
    assert links.find(began) == links.find(second) == application


def _mailed_token() -> str:
    """Of the newest mail."""
    mail = Mail.objects.latest("pk")
    assert mail.sealed is not None
    return vault.open_sealed(bytes(mail.sealed), context=secret_context(mail.uuid)).rstrip("/").rpartition("/")[2]


def test_every_page_for_applicants_names_the_window(client: Client):
    """They have no login and no paper of ours that would say whom to ask."""
    SupportContact.objects.filter(service="cloud_phone").update(phone="0120999888")
    _application, token = applicants.filled()
    steps = [reverse(f"cloud:apply_{step}", args=[token]) for step in ("who", "payment", "confirm")]
    ends = [reverse(f"cloud:{name}", args=[token]) for name in ("application", "application_withdraw")]
    gone = reverse("cloud:application", args=["x"])
    for address in (*steps, *ends, gone, "/cloud/apply/"):
        assert "0120-999-888" in client.get(address).content.decode().partition("<footer")[0], address


def test_agency_and_withdrawal_on_the_page(client: Client):
    application, token = applicants.sent()
    agency = reverse("cloud:application_agency", args=[token])
    assert client.post(agency, {"agency_code": "ａｇ－１００"}).status_code == 302
    assert client.post(agency, {"agency_code": "AG-200"}).status_code == 200
    withdraw = reverse("cloud:application_withdraw", args=[token])
    for _twice in range(2):
        assert client.post(withdraw).status_code == 302
    application.refresh_from_db()
    assert (application.agency_code, application.stage) == ("AG-100", ApplicationStage.WITHDRAWN)
    assert Mail.objects.filter(template="cloud_application_withdrawn").count() == 1


def test_a_personal_contract_leads_to_a_companys_application(as_user: AsUser):
    cloud = parts.cloud()
    owner = parts.owner(cloud)
    browser = as_user(owner)
    address = reverse("cloud:to-corporate", args=[cloud.contract.number])
    assert browser.post(address)["Location"] == reverse("cloud:contract", args=[cloud.contract.number])
    Customer.objects.filter(pk=cloud.customer_id).update(kind="personal", kana="ハマベ ナギサ")
    page = browser.get(reverse("cloud:contract", args=[cloud.contract.number]))
    assert "法人のお申し込みを始める" in page.content.decode()
    form = browser.post(address)["Location"]
    assert cloud.contract.mail in browser.get(form).content.decode()
    browser.post(address)
    assert CloudApplication.objects.filter(from_contract=cloud.contract).count() == 1
