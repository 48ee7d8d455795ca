"""The customer's pages: what is sent is one ticket, what is refused loses nothing, others' tickets are not found."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.urls import reverse

from selfcare import clock as time
from selfcare.accounts.models import Contract
from selfcare.documents.filetypes import LARGEST
from selfcare.documents.models import Document
from selfcare.inquiries import contacts, shell_entries
from selfcare.inquiries.models import Inquiry, SupportContact
from selfcare.inquiries.services import answering, sending
from selfcare.shell import standing
from selfcare.shell.models import Maintenance
from tests import builders
from tests.people import log_in
from tests.selfcare.documents import files
from tests.selfcare.inquiries.parts import form, sent

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
NEW, LIST = "inquiries:new", "inquiries:list"


def upload(name="画面.pdf", content=None):
    return SimpleUploadedFile(name, files.pdf() if content is None else content)


def test_the_form_sent_twice_leads_to_one_ticket(viewer, clock, folder):
    client = log_in(viewer)
    page = client.get(reverse(NEW)).content.decode()
    assert "電話がかかってきても、スマートフォンが鳴りません" in page
    assert "お客様センター" in page
    posted = form()
    first = client.post(reverse(NEW), posted | {"file_1": upload()})
    again = client.post(reverse(NEW), posted | {"file_1": upload()})
    inquiry = Inquiry.objects.get()
    assert first["Location"] == again["Location"] == inquiry.get_absolute_url()
    thread = client.get(first["Location"]).content.decode()
    assert inquiry.ticket in thread
    assert "画面.pdf" in thread
    assert Document.objects.count() == 1


def test_20_megabytes_are_too_much_and_nothing_typed_is_lost(owner, clock, folder):
    client = log_in(owner)
    posted = form(text="長い説明\n二行目", about="", category="devices")
    large = upload("動画.pdf", files.pdf() + b"\n" * (2 * LARGEST))
    page = client.post(reverse(NEW), posted | {"file_1": upload(), "file_2": large}).content.decode()
    assert "ファイルが大きすぎます（1ファイル10MBまで）" in page
    assert "長い説明\n二行目" in page
    assert '<option value="devices" selected>' in page
    # What came well is stored, and shown by its name; the form is sent without choosing it again.
    assert "受信済み" in page
    assert "画面.pdf" in page
    assert posted["key"] in page
    assert not Inquiry.objects.exists()
    assert client.post(reverse(NEW), posted).status_code == 302
    assert "画面.pdf" in client.get(Inquiry.objects.get().get_absolute_url()).content.decode()


def test_what_it_is_about_is_found_through_the_owner(owner, stranger, clock):
    mine = builders.line(customer=owner.customer, contract=Contract.objects.get(customer=owner.customer))
    other = builders.line(
        customer=stranger.customer, contract=Contract.objects.get(customer=stranger.customer), number="09011112222"
    )
    client = log_in(owner)
    for typed in (other.number, "R00000001", "C99999999", "'; --", "x" * 40):
        page = client.post(reverse(NEW), form(about=typed)).content.decode()
        assert "お客様のご契約に見つかりません" in page, typed
    contract = Contract.objects.get(customer=owner.customer)
    for typed in (mine.number, contract.number):
        client.post(reverse(NEW), form(about=typed, text=f"{typed} について"))
    first, second = Inquiry.objects.order_by("pk")
    assert (first.number, first.contract) == (mine.number, contract)
    assert (second.number, second.contract) == ("", contract)


def test_urgent_asks_for_a_number_to_call_back(owner, clock):
    client = log_in(owner)
    for phone in ("", "abc", "0" * 30):
        page = client.post(reverse(NEW), form(category="stopped", callback_phone=phone)).content.decode()
        assert 'id="id_callback_phone_error"' in page, phone
    client.post(reverse(NEW), form(category="stopped", callback_phone="０９０-0000-1111"))
    inquiry = Inquiry.objects.get()
    assert (inquiry.is_urgent, inquiry.callback_phone) == (True, "09000001111")
    assert "緊急として受け付けました" in client.get(inquiry.get_absolute_url()).content.decode()


def test_others_tickets_are_not_found(owner, stranger, colleague, clock):
    inquiry = sent(owner)
    assert log_in(colleague).get(inquiry.get_absolute_url()).status_code == 200
    client = log_in(stranger)
    assert client.get(inquiry.get_absolute_url()).status_code == 404
    assert client.post(inquiry.get_absolute_url(), {"close": "1"}).status_code == 404
    assert inquiry.ticket not in client.get(reverse(LIST)).content.decode()
    search = reverse("search"), {"q": inquiry.ticket}
    assert inquiry.get_absolute_url() in log_in(colleague).get(*search).content.decode()
    assert inquiry.get_absolute_url() not in client.get(*search).content.decode()


def test_answers_are_announced_until_somebody_has_read_them(owner, operator, clock):
    inquiry = sent(owner)
    answering.note(inquiry=inquiry, text="社内だけの話", actor=operator)
    answering.answer(inquiry=inquiry, text="<b>お試しください</b>", actor=operator)
    client = log_in(owner)
    home = client.get("/").content.decode()
    assert 'id="panel-inquiries"' in home
    assert "未読の回答があります" in client.get(reverse(LIST)).content.decode()
    thread = client.get(inquiry.get_absolute_url()).content.decode()
    assert "&lt;b&gt;お試しください" in thread
    assert "社内だけの話" not in thread
    assert 'id="panel-inquiries"' not in client.get("/").content.decode()
    client.post(inquiry.get_absolute_url(), {"key": form()["key"], "text": ""})
    client.post(inquiry.get_absolute_url(), {"key": form()["key"], "text": "まだです"})
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.messages.count()) == ("open", 4)
    client.post(inquiry.get_absolute_url(), {"close": "1"})
    inquiry.refresh_from_db()
    assert inquiry.state == "closed"


def test_the_badge_counts_ones_own_answers_whatever_contracts_there_are(
    owner, stranger, operator, clock, django_assert_num_queries
):
    for user, count in ((owner, 2), (stranger, 1)):
        for n in range(count):
            answering.answer(inquiry=sent(user, text=f"{n}"), text="はい", actor=operator)
    contracts = Contract.objects.filter(customer=owner.customer)
    builders.contract(customer=owner.customer)
    user = log_in(owner).get(reverse(LIST)).wsgi_request.user
    for state, ended_on, number, queries in (("active", None, 2, 0), ("ended", "2026-11-30", 0, 1)):
        contracts.update(state=state, ended_on=ended_on)
        asked = RequestFactory().get("/")
        asked.user = user
        held = standing.contracts(asked)
        assert len(held) == number
        # The contracts bring the count with them; only a customer without any is asked about by itself.
        with django_assert_num_queries(queries):
            assert [shell_entries.unread(asked), shell_entries.unread(asked)] == [2, 2]


def test_read_only_maintenance_explains_itself(owner, operator, clock):
    client = log_in(owner)
    Maintenance.objects.create(message="工事", read_only=True, changed_by=operator)
    page = client.get(reverse(NEW)).content.decode()
    assert "メンテナンス中のため、いまは送信できません" in page
    answer = client.post(reverse(NEW), form())
    assert answer.status_code == 503
    assert "お客様センター" in answer.content.decode() or owner.customer.contracts.get().contact_name in str(
        answer.content.decode()
    )


def test_a_limit_is_said_with_the_window_beside_it(owner, clock):
    for number in range(sending.MOST_INQUIRIES):
        sent(owner, text=f"{number}")
    page = log_in(owner).post(reverse(NEW), form(text="残したい文章")).content.decode()
    assert "1日に送信できる数" in page
    assert "残したい文章" in page
    assert "support@example.jp" in page


@pytest.mark.parametrize(
    ("kind", "mail", "hours"),
    [
        ("mobile", "mobile@example.jp", "平日 9:00〜18:00"),
        ("ip_voice", "dial-in@example.jp", "平日 9:00〜17:30"),
        ("ip_phone", "support@example.jp", "平日 9:00〜17:30"),
        ("cloud_phone", "cloud-phone@example.jp", "平日 9:00〜17:30"),
        (None, "support@example.jp", "平日 9:00〜17:30"),
    ],
)
def test_every_contract_has_its_window(db, kind, mail, hours):
    contract = builders.contract(kind=kind, contact_name="担当 太郎", contact_phone="0312340000") if kind else None
    shown = contacts.of(contract, rows=contacts.every)
    assert (shown.mail, shown.hours) == (mail, hours)
    # 担当営業 of the contract goes before the service's window; dial-in is asked by mail.
    assert (shown.phone == "0312340000") == (kind not in (None, "ip_voice"))
    SupportContact.objects.all().delete()
    assert contacts.of(contract, rows=contacts.every).name


def test_error_pages_name_the_window_of_the_contract(owner, client, clock):
    page = log_in(owner).get("/nowhere/").content.decode()
    assert "support@example.jp" in page
    assert reverse(NEW) in page
    guest = client.get("/nowhere/").content.decode()
    assert "お客様センター" in guest
    assert reverse(NEW) not in guest
    assert time.now()
