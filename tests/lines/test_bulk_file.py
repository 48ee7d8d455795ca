"""One procedure for many lines from a CSV file: what is read, what is refused by row, what is refused as a whole."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lines.models import Plan
from lines.services import bulk_files
from selfcare.accounts.models import Role
from selfcare.orders.models import Batch, BatchRefusal, Order
from tests import builders
from tests.hostile.walk import body
from tests.lines import parts
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def lines(clock):
    clock.set("2026-11-20 14:00")
    parts.service()
    contract = parts.contract()
    return [parts.line(contract=contract) for _n in range(4)]


@pytest.fixture
def user(lines):
    return builders.user(customer=lines[0].customer, role=Role.MEMBER)


def send(user, name, rows, encoding="utf-8-sig"):
    content = "\r\n".join(rows).encode(encoding)
    return log_in(user).post(f"/lines/{name}/file/", {"file": SimpleUploadedFile("回線.csv", content)})


def wished():
    orders = Order.objects.filter(batch__isnull=False).order_by("subject_id")
    return [(order.subject_id, order.data) for order in orders]


def refused():
    return list(BatchRefusal.objects.order_by("pk").values_list("label", "reason"))


def fault(response):
    (text,) = response.context["form"].errors["file"]
    assert Batch.objects.count() == 0
    return text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp932"])
def test_each_row_has_its_own_values_by_name_or_code(lines, user, encoding):
    rows = ["回線電話番号,変更後のプラン", f"{lines[0]},VOICE 1GB", f"{lines[1].number},voice_20gb"]
    response = send(user, "plan", rows, encoding)
    batch = Batch.objects.get()
    assert response.url.endswith(f"{batch.uuid}/confirm/")
    assert (batch.source, batch.back, batch.count) == ("回線.csv", "/lines/plan/file/", 2)
    assert wished() == [(lines[0].pk, {"plan": "voice_1gb"}), (lines[1].pk, {"plan": "voice_20gb"})]


def test_numbers_are_read_as_spreadsheets_spoil_them(lines, user):
    line = lines[0]
    for typed in (line.number[1:], f'"=""{line.number}"""', f"'{line.number}", str(line), "０" + line.number[1:]):
        send(user, "suspend", [typed])
        assert wished() == [(line.pk, {})], typed
        Order.objects.all().delete()


def test_a_line_is_also_found_by_its_sim_serial(lines, user):
    send(user, "suspend", ["SIM製造番号", lines[0].sim_serial.lower()])
    assert wished() == [(lines[0].pk, {})]


def test_bad_rows_are_named_with_their_reason_and_the_others_go_on(lines, user):
    theirs = parts.line(contract=parts.contract())
    rows = [
        "回線電話番号,変更後のプラン",
        f"{lines[0].number},voice_1gb",
        f"{theirs.number},voice_1gb",
        "07099990000,voice_1gb",
        f"{lines[1].number},voice_999gb",
        f"{lines[0].number},voice_1gb",
        ",voice_1gb",
        "7.00E+10,voice_1gb",
        f"{lines[2].number},",
    ]
    send(user, "plan", rows)
    assert [pk for pk, _data in wished()] == [lines[0].pk]
    said = dict(refused())
    unknown = bulk_files.unknown()
    assert (said[f"3行目 {theirs}"], said["4行目 070-9999-0000"]) == (unknown, unknown)
    assert "変更後のプラン" in said[f"5行目 {lines[1]}"]
    assert "2行目" in said[f"6行目 {lines[0]}"]
    assert said["7行目"] == "回線電話番号を入力してください。"
    assert "桁が失われています" in said["8行目 7.00E+10"]
    assert "必須" in said[f"9行目 {lines[2]}"]
    assert Batch.objects.get().count == 8


def test_a_plan_is_called_by_its_name_however_it_is_offered(lines, user):
    Plan.objects.filter(code="voice_lite").update(name="音声ライト（500MB）")
    Plan.objects.filter(code="voice_1gb").update(name="音声 1ギガ")
    send(user, "plan", ["回線電話番号,変更後のプラン", f"{lines[0]},音声ライト", f"{lines[1]},音声１ギガ"])
    assert [data["plan"] for _pk, data in wished()] == ["voice_lite", "voice_1gb"]


def test_choices_may_be_called_on_and_off(lines, user):
    rows = ["回線電話番号,留守番電話,適用日", f"{lines[0].number},あり,first", f"{lines[1].number},ON,first"]
    send(user, "voice-options", rows)
    assert [data["options"] for _pk, data in wished()] == [{"voicemail": True}] * 2


def test_a_column_of_both_carriers_is_read_by_its_common_heading(lines, user):
    parts.service("softbank", carrier="softbank")
    soft = parts.line(contract=parts.contract("softbank", customer=lines[0].customer), carrier="softbank")
    rows = [
        "回線電話番号,キャッチホン／割込通話,国際電話,適用日",
        f'{lines[0]},はい,"5,000円",first',
        f"{soft},はい,,first",
    ]
    send(user, "voice-options", rows)
    wanted = [data["options"] for _pk, data in wished()]
    assert wanted == [{"call_waiting": True, "international": 5000}, {"call_waiting": True}]


def test_a_file_that_cannot_be_read_is_refused_as_a_whole(lines, user):
    assert "1件もありません" in fault(send(user, "suspend", ["回線電話番号"]))
    assert "文字コード" in fault(send(user, "suspend", ["回線"], "utf-16"))
    assert "引用符" in fault(send(user, "suspend", ['"070', "x"]))
    assert "変更後のプラン" in fault(send(user, "plan", ["回線電話番号,なにか", f"{lines[0].number},x"]))
    assert "回線電話番号" in fault(send(user, "plan", ["なにか,変更後のプラン", f"{lines[0].number},x"]))
    assert "10,001件" in fault(send(user, "suspend", [f"070{n:08}" for n in range(10_001)]))


def test_no_file_and_an_empty_one_are_told(lines, user):
    client = log_in(user)
    for fields in ({}, {"file": SimpleUploadedFile("a.csv", b"")}):
        page = client.post("/lines/plan/file/", fields)
        assert page.context["form"].errors["file"]


def test_the_template_has_the_headings_that_the_reader_knows(lines, user):
    content = body(log_in(user).get("/lines/plan/file/sample.csv"))
    assert content.startswith("\ufeff")
    assert next(csv.reader(io.StringIO(content[1:]))) == ["回線電話番号", "変更後のプラン"]
    filled = body(log_in(user).get("/lines/plan/file/sample.csv?lines=1"))
    rows = list(csv.reader(io.StringIO(filled[1:])))
    assert [row[0] for row in rows[1:]] == sorted(one.number for one in lines)


@pytest.mark.parametrize("name", ["voice-options", "sim-reissue", "mnp-out", "mnp-in", "terminate", "suspend"])
def test_every_procedure_has_its_page_and_its_template(lines, user, name):
    client = log_in(user)
    page = client.get(f"/lines/{name}/file/")
    titles = [column.title for column in page.context["columns"]]
    heading = next(csv.reader(io.StringIO(body(client.get(f"/lines/{name}/file/sample.csv"))[1:])))
    assert heading == ["回線電話番号", *titles]


def test_a_longer_file_takes_as_many_statements(lines, user):
    contract = lines[0].contract

    def asked(count):
        rows = [parts.line(contract=contract).number for _n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            send(user, "plan", ["回線電話番号,変更後のプラン", *(f"{one},voice_1gb" for one in rows)])
        return len(queries)

    asked(2)
    few = asked(2)
    assert asked(60) <= few


def test_who_only_looks_and_who_lacks_the_function_send_nothing(lines, stranger):
    viewer = builders.user(customer=lines[0].customer, role=Role.VIEWER)
    for user in (viewer, stranger):
        for path in ("/lines/plan/file/", "/lines/plan/file/sample.csv"):
            assert log_in(user).get(path).status_code == 403
