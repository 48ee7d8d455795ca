"""The pages of contract data: what is shown, found and changed; an address change from documents to the code."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from selfcare.accounts.models import Contract, Customer
from selfcare.contract_data import kinds
from selfcare.contract_data.models import CaseState, Contact, IdentityCase
from selfcare.contract_data.services import confirming, reviewing
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.work.models import Mail
from tests import builders
from tests.people import log_in
from tests.selfcare.contract_data import walking
from tests.selfcare.documents import files

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
PAGE, IDENTITY = "/contract/", "/contract/identity/"
WISH = {"name": "架空商事新社", "kana": "カクウショウジ", **walking.PLACE}


def upload(name="registry.xlsx"):
    return SimpleUploadedFile(name, files.xlsx())


def confirm(client, page):
    shown = client.get(page).context["shown"]
    answer = client.post(page, {"shown": shown})
    assert answer.status_code == 302, (answer.context["problem"], answer.context["changed"])
    return answer


def test_everybody_sees_what_is_registered_and_who_may_change_it_the_buttons(owner, viewer, clock):
    seen = log_in(viewer).get(PAGE)
    assert "office@customer.example" in seen.content.decode()
    assert IDENTITY not in seen.content.decode()
    assert IDENTITY in log_in(owner).get(PAGE).content.decode()
    assert log_in(viewer).get(IDENTITY).status_code == 403


def test_a_contract_is_found_by_telephone_or_order_number_and_a_strangers_is_not(owner, stranger, contract, clock):
    line = builders.line(contract=contract)
    theirs = builders.line(contract=Contract.objects.get(customer=stranger.customer_id))
    client = log_in(owner)

    def found(typed):
        return [one.number for one in client.get(PAGE, {"q": typed}).context["found"].contracts]

    assert found(line.number) == found(contract.number) == [contract.number]
    assert found(f"{line.number[:3]}-{line.number[3:7]}-{line.number[7:]}") == [contract.number]
    assert found(theirs.number) == found(line.number[:6]) == []
    assert "見つかりません" in client.get(PAGE, {"q": theirs.number}).content.decode()
    order = walking.confirm_order(contact_draft(owner), owner)
    assert found(order.request_id) == [contract.number]
    other = log_in(stranger).get(PAGE, {"q": order.request_id})
    assert other.context["found"].contracts == []
    assert other.context["found"].order is None


def posted_at(letter):
    return letter.posted_at


def contact_draft(owner):
    page = log_in(owner).post("/contract/contact/", {"phone": "03-1234-5678", "person": "架空 花子"})
    return Order.objects.get(uuid=page["Location"].split("/")[2])


def test_telephone_and_person_change_at_once_without_documents(owner, clock):
    client = log_in(owner)
    draft = contact_draft(owner)
    done = confirm(client, reverse("orders:confirm", args=[draft.uuid]))
    assert done.status_code == 302
    contact = Contact.objects.get(customer=owner.customer_id)
    assert (contact.phone, contact.person) == ("0312345678", "架空 花子")
    assert "03-1234-5678" in client.get(PAGE).content.decode()
    wrong = client.post("/contract/contact/", {"phone": "12345"})
    assert "phone" in wrong.context["form"].errors


def test_an_address_change_walks_from_documents_to_the_code(owner, operator, clock, folder):
    client = log_in(owner)
    missing = client.post(IDENTITY, {**WISH, "registry": upload()})
    assert list(missing.context["form"].errors) == ["address_proof"]
    draft = missing.context["order"]
    page = f"{IDENTITY}?draft={draft.uuid}"
    assert "registry.xlsx" in client.get(page).content.decode(), "sent once, kept"
    sent = client.post(page, {**WISH, "address_proof": upload("lease.xlsx")})
    confirming_page = reverse("orders:confirm", args=[draft.uuid])
    assert sent["Location"] == confirming_page
    assert confirm(client, confirming_page).status_code == 302
    case = IdentityCase.objects.get(order=draft)
    assert case.state == CaseState.REVIEW

    reviewing.ask_again(case=case, missing=[kinds.ADDRESS_PROOF], words="住所が切れています。", actor=operator)
    assert Mail.objects.filter(template="identity_documents_wanted").exists()
    again = client.get(page)
    assert list(again.context["form"].fields) == ["address_proof"]
    assert confirm_refused(client, confirming_page)
    assert client.post(page, {"address_proof": upload("lease2.xlsx")})["Location"] == confirming_page
    assert confirm(client, confirming_page).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.wanted) == (CaseState.REVIEW, {})

    walking.posted(case, operator)
    code: str = case.code  # type: ignore[attr-defined]
    wrong = client.post("/contract/code/", {"code": "00000000" if code != "00000000" else "11111111"})
    assert "あと4回" in wrong.content.decode()
    assert client.post("/contract/code/", {"code": code})["Location"] == PAGE
    customer = Customer.objects.get(pk=owner.customer_id)
    assert (customer.name, customer.address) == (WISH["name"], WISH["address"])
    assert client.post("/contract/code/", {"code": code})["Location"] == PAGE, "sent twice"


def confirm_refused(client, page):
    return "次の書類を添付してください" in client.get(page).context["problem"]


def test_five_wrong_codes_use_a_letter_up_and_its_own_code_with_them(posted, owner, operator, clock):
    right = posted.code
    wrong = "1" * 8 if right != "1" * 8 else "2" * 8
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(confirming.CodeWrong) as told:
            confirming.enter_code(case=posted, code=wrong, actor=owner)
        assert told.value.left == left
    with pytest.raises(procedures.NotPossible):
        confirming.enter_code(case=posted, code=right, actor=owner)
    client = log_in(owner)
    assert "/contract/letter/" in client.get(PAGE).content.decode()
    assert client.post("/contract/letter/", walking.PLACE)["Location"] == PAGE
    posted.refresh_from_db()
    assert posted.state == CaseState.LETTER
    walking.post_letter(posted, operator)
    assert posted.code != right
    confirming.enter_code(case=posted, code=posted.code, actor=owner)


def test_a_letter_that_came_back_is_sent_again_to_the_corrected_address(posted, owner, operator, clock):
    letter = walking.current(posted)
    told = {"letter": letter, "kind": "returned", "key": "1", "happened_at": clock.set("2026-11-24 12:00")}
    assert confirming.record(**told, reason="あて所に尋ねあたりません")
    assert not confirming.record(**told), "told twice"
    client = log_in(owner)
    page = client.get(PAGE).content.decode()
    assert "返送されました" in page
    assert "あて所に尋ねあたりません" in page
    assert client.post("/contract/letter/", {**walking.PLACE, "building": "架空ビル5階"})["Location"] == PAGE
    posted.refresh_from_db()
    assert (posted.state, walking.current(posted).building) == (CaseState.LETTER, "架空ビル5階")
    walking.post_letter(posted, operator)
    # The old letter turns up after all: it is no proof of the corrected address.
    confirming.record(letter=letter, kind="delivered", key="2", happened_at=posted_at(letter))
    posted.refresh_from_db()
    assert posted.state == CaseState.POSTED
    second = walking.current(posted)
    confirming.record(letter=second, kind="delivered", key="2", happened_at=posted_at(second))
    posted.refresh_from_db()
    assert (posted.state, posted.confirmed_by) == (CaseState.CONFIRMED, "delivery")


def test_another_house_than_the_documents_show_is_reviewed_again(posted, owner, clock):
    letter = walking.current(posted)
    confirming.record(letter=letter, kind="returned", key="1", happened_at=posted_at(letter))
    moved = {**walking.PLACE, "address": "東京都みなも区別町7-8-9"}
    log_in(owner).post("/contract/letter/", moved)
    posted.refresh_from_db()
    assert (posted.state, posted.address) == (CaseState.REVIEW, moved["address"])


def test_refused_or_cancelled_nothing_changes(case, owner, operator, clock):
    reviewing.refuse(case=case, reason="書類が確認できません。", actor=operator)
    case.refresh_from_db()
    assert (case.state, case.order.state) == (CaseState.ENDED, "failed")
    assert Customer.objects.get(pk=owner.customer_id).address != case.address
    second = walking.applied(owner)
    log_in(owner).post(reverse("orders:cancel", args=[second.order.uuid]))
    second.refresh_from_db()
    assert (second.state, second.order.state) == (CaseState.ENDED, "cancelled")


def test_only_one_change_at_a_time(case, owner, clock):
    refused = log_in(owner).get(IDENTITY)
    assert "手続き中です" in refused.context["problem"]
