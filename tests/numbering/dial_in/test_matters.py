"""その他ご確認事項: the networks of the site, and what the law wants to know; each where it applies (spec 5.3)."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from numbering.dial_in.models import VoiceContract
from numbering.models import Kind
from selfcare.accounts.models import Role
from selfcare.documents.models import Document
from selfcare.orders.models import Order
from tests import people
from tests.numbering.dial_in import by_date, parts
from tests.numbering.dial_in.by_date import fresh
from tests.selfcare.documents import files
from tests.selfcare.documents.conftest import folder  # noqa: F401  (documents lie in a folder of the test's own)

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.usefixtures("folder")]
CLOUD = VoiceContract.ServiceType.UNIVERSAL_CLOUD
LEGAL = {"changed": "no", "person": "確認 太郎", "department": "総務部", "recipient": "受取 花子"}


@pytest.fixture
def base(clock):
    clock.set("2026-11-20 10:00")
    made = parts.base(parts.voice_contract(service_type=CLOUD, address="東京都みなも区架空町1-2-3"))
    parts.free(20)
    return made


@pytest.fixture
def member(base):
    return people.person("dial_member", customer=base.voice_contract.customer, role=Role.MEMBER, name="担当 次郎")


@pytest.fixture
def order(base, member) -> Order:
    return by_date.draft(base, by_date.new(), actor=member, networks={})


@pytest.fixture
def client(member, as_user):
    return as_user(member)


def address(order: Order) -> str:
    return f"/numbering/dial-in/by-date/{order.uuid}/matters/"


def xlsx(name: str = "record.xlsx", content: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or files.xlsx())


def seen(html: str) -> str:
    return re.findall(r'name="seen" value="([0-9a-f]*)"', html)[0]


def send(client: Any, order: Order, *rows: tuple[str, str], **typed: Any) -> Any:
    """What the page says, sent as it stands there now."""
    networks = {
        f"network-{i}-{name}": row[place]
        for i, row in enumerate(rows)
        for place, name in enumerate(("address", "prefix"))
    }
    mark = typed.pop("mark", None) or seen(client.get(address(order)).content.decode())
    return client.post(address(order), {"seen": mark, **networks, **typed})


def errors(answer: Any) -> str:
    found = re.findall(r'class="error-summary".*?</div>', answer.content.decode(), re.DOTALL)
    return found[0] if found else ""


def test_both_blocks_stand_where_they_apply(order, client):
    html = client.get(address(order)).content.decode()
    assert "0ABJ拠点のネットワークアドレス" in html
    assert "犯罪収益移転防止法" in html
    assert "ご利用の場所へ" in html
    assert "東京都みなも区架空町1-2-3" in html


def test_without_geographic_numbers_there_is_nothing_to_ask(base, member, client):
    order = by_date.draft(base, by_date.new(2, Kind.IP_050), actor=member)
    answer = client.get(address(order))
    assert (answer.status_code, answer["Location"]) == (302, f"/numbering/dial-in/by-date/{order.uuid}/date/")


def test_the_law_is_asked_for_on_the_cloud_plan_only(base, member, client):
    VoiceContract.objects.update(service_type=VoiceContract.ServiceType.UNIVERSAL)
    order = by_date.draft(base, by_date.new(), actor=member)
    html = client.get(address(order)).content.decode()
    assert "0ABJ拠点のネットワークアドレス" in html
    assert "犯罪収益移転防止法" not in html


def test_everything_is_kept_and_the_date_comes_next(order, client):
    answer = send(client, order, ("10.1.2.0", "24"), ("", ""), **LEGAL, document=xlsx())
    assert (answer.status_code, answer["Location"]) == (302, f"/numbering/dial-in/by-date/{order.uuid}/date/")
    kept = fresh(order).data
    document = Document.objects.get()
    assert kept["networks"] == {"add": ["10.1.2.0/24"], "delete": []}
    assert kept["legal"] == {
        "changed": False,
        "person": "確認\u3000太郎",
        "document": str(document.uuid),
        "department": "総務部",
        "recipient": "受取\u3000花子",
    }
    assert by_date.problem(order) == ""


def test_nothing_typed_is_told_field_by_field(order, client):
    told = errors(send(client, order))
    for words in (
        "1つ以上登録",
        "変更の有無",
        "取引担当者名を入力",
        "ファイルを選んで",
        "送付先部署名を",
        "送付先担当者名を",
    ):
        assert words in told
    assert by_date.problem(order) != ""


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([("10.1.2.3", "24")], "10.1.2.0/24"),
        ([("10.1.2.0", "")], "プレフィックス長を入力"),
        ([("10.1.2.0", "33")], "8から32まで"),
        ([("10.1.2.0", "24"), ("10.1.0.0", "16")], "重なっています"),
        ([("172.16.1.0", "24")], "登録済みの"),
        ([("127.0.0.0", "8")], "ループバック"),
        ([("<script>", "24")], "ピリオドで区切って"),
        ([("10.1.2.0" * 20, "24")], "60"),
    ],
)
def test_a_network_that_cannot_be_is_told_in_its_row(base, order, client, rows, why):
    parts.network(base.voice_contract, "172.16.0.0/16")
    answer = send(client, order, *rows, **LEGAL, document=xlsx())
    assert why in errors(answer)
    assert "<script>" not in answer.content.decode().split("<main")[1].split("</main")[0]
    assert fresh(order).data["networks"] == {}


def test_a_registered_one_can_give_way_to_another(base, order, client):
    old = parts.network(base.voice_contract, "172.16.0.0/16")
    answer = send(client, order, ("172.16.0.0", "24"), **LEGAL, document=xlsx(), **{"network-delete": str(old.pk)})
    assert answer.status_code == 302
    assert fresh(order).data["networks"] == {"add": ["172.16.0.0/24"], "delete": [old.pk]}


def test_somebody_elses_network_cannot_be_deleted(base, order, client):
    parts.network(base.voice_contract, "172.16.0.0/16")
    foreign = parts.network(parts.voice_contract(), "172.17.0.0/16")
    send(client, order, **LEGAL, document=xlsx(), **{"network-delete": str(foreign.pk)})
    assert fresh(order).data["networks"]["delete"] == []


def test_what_another_open_order_adds_counts_and_is_not_added_twice(base, order, client):
    first = by_date.draft(base, by_date.new(1), networks={"add": ["10.1.0.0/16"], "delete": []})
    VoiceContract.objects.update(service_type=VoiceContract.ServiceType.UNIVERSAL)
    by_date.place(first)
    assert "10.1.0.0/16" in client.get(address(order)).content.decode()
    assert "重なっています" in errors(send(client, order, ("10.1.2.0", "24")))
    assert send(client, order, ("", "")).status_code == 302
    assert by_date.problem(order) == ""


def test_rows_are_added_and_removed_with_everything_typed_and_the_file_kept(order, client):
    page = send(client, order, ("10.1.2.0", "24"), ("10.1.3.0", "24"), **LEGAL, document=xlsx(), action="add")
    html = page.content.decode()
    assert html.count('inputmode="numeric"') == 3
    assert "record.xlsx" in html
    assert 'value="確認 太郎"' in html
    assert errors(page) == ""
    page = send(client, order, ("10.1.2.0", "24"), ("10.1.3.0", "24"), **LEGAL, action="drop-0", mark=seen(html))
    html = page.content.decode()
    assert 'value="10.1.2.0"' not in html
    assert 'value="10.1.3.0"' in html
    assert send(client, order, ("10.1.3.0", "24"), **LEGAL, mark=seen(html)).status_code == 302
    assert Document.objects.count() == 1


def test_names_are_full_width_and_not_too_long(order, client):
    typed = {**LEGAL, "person": "あ" * 21, "department": "い" * 41, "recipient": "☎"}
    told = errors(send(client, order, ("10.1.2.0", "24"), **typed, document=xlsx()))
    assert "20文字以内" in told
    assert "40文字以内" in told
    typed = {**LEGAL, "person": "ABC ﾀﾛｳ", "department": "い" * 40}
    assert send(client, order, ("10.1.2.0", "24"), **typed).status_code == 302
    assert fresh(order).data["legal"]["person"] == "ＡＢＣ\u3000タロウ"


def test_what_a_colleague_has_saved_meanwhile_is_told(order, client, base, as_user):
    mark = seen(client.get(address(order)).content.decode())
    other = people.person("dial_other", customer=base.voice_contract.customer, role=Role.MEMBER, name="同僚 花子")
    send(as_user(other), order, ("10.9.9.0", "24"), **LEGAL, document=xlsx())
    answer = send(client, order, ("10.1.2.0", "24"), **LEGAL, mark=mark)
    assert answer.status_code == 409
    assert "同僚 花子 さんが保存しました" in answer.content.decode()
    assert fresh(order).data["networks"]["add"] == ["10.9.9.0/24"]
    assert send(client, order, ("10.1.2.0", "24"), **LEGAL, mark=seen(answer.content.decode())).status_code == 302
    assert fresh(order).data["networks"]["add"] == ["10.1.2.0/24"]


@pytest.mark.parametrize("kind", ["xlsx", "pdf"])
def test_the_blank_form_can_be_sent_back_as_it_is(order, client, kind):
    blank = client.get(f"/numbering/dial-in/by-date/legal-record.{kind}")
    assert f'filename="legal-record.{kind}"' in blank["Content-Disposition"]
    if kind == "xlsx":
        sheet = load_workbook(SimpleUploadedFile("x", blank.content)).active
        assert sheet["A1"].value == "取引時確認記録登録申込書"
    sent = xlsx(f"記入済み.{kind}", blank.content)
    assert send(client, order, ("10.1.2.0", "24"), **LEGAL, document=sent).status_code == 302
    assert Document.objects.get().name == f"記入済み.{kind}"


def test_there_is_no_other_blank_form(client):
    assert client.get("/numbering/dial-in/by-date/legal-record.exe").status_code == 404
