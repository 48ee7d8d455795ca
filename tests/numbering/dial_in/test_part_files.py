"""A part's rows from a CSV file: all of them or none, each wrong row by line, column and reason."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from numbering.dial_in.models import DialInPart, DialInPartInput
from tests.numbering.dial_in import parts
from tests.numbering.dial_in.entering import Office, brought, choose_base, save, url
from tests.timing import quickest

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

ADD = "種類,追加番号数,予約コード,ダイヤルイン番号,メッセージボックス,非通知着信拒否,迷惑電話お断り"
ADD += ",特定番号通知,転送先特定番号"
PORT = "引き継ぐ番号,事業者名1,回線種別,回線名義,設置場所,DSU・屋内配線の撤去,残置番号,非通知着信拒否"


@pytest.fixture
def office(clock):
    return Office()


@pytest.fixture
def page(office, as_user):
    return as_user(office.owner)


def begin(page, office, which):
    order = office.draft()
    answer = choose_base(page, order, which, office.base, method="file")
    assert answer["Location"] == url("file", order.uuid, which)
    assert page.get(answer["Location"]).status_code == 200
    return order


def send(page, order, which, lines, encoding="utf-8-sig"):
    content = "\r\n".join(lines) if isinstance(lines, list) else lines
    file = SimpleUploadedFile("rows.csv", content.encode(encoding), "text/csv")
    return page.post(url("file", order.uuid, which), {"file": file})


def kept():
    return DialInPartInput.objects.get().content["rows"]


def numbers(count, first=32340000):
    """Of the numbering plan."""
    return [f"03{first + n}" for n in range(count)]


def port_line(number):
    return f"{number},架空電話,ひかり電話,IP Voice名義と同じ,IP Voice設置場所と同じ,しない,無し,契約する"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_additions_with_their_functions_are_read_and_saved(office, page, encoding):
    order = begin(page, office, "add")
    rows = [ADD, "0ABJ番号,10,,,契約する,,しない,,", '050番号,"1,000",,,,,,,', "050,3,,,○,,,312345678,"]
    answer = send(page, order, "add", rows, encoding)
    assert [(line, told[0][0]) for line, told in answer.context["lines"]] == [(3, "追加番号数")]
    assert kept() == []
    rows[2] = "50,999,,,,,,,"
    assert send(page, order, "add", rows, encoding)["Location"] == url("functions", order.uuid, "add")
    assert save(page, order, "add").status_code == 302
    assert DialInPart.objects.get().rows == [
        {"kind": "0abj", "count": 10, "functions": {"message_box": True}},
        {"kind": "050", "count": 999, "functions": {}},
        {"kind": "050", "count": 3, "functions": {"message_box": True, "shown_number": "0312345678"}},
    ]


def test_a_codes_numbers_may_have_their_own_rows_and_round_trip(office, page):
    code = parts.reservation(office.contract, 3, area=office.base.area)
    first, second, third = (one.digits for one in code.assignments.order_by("digits"))
    order = begin(page, office, "add")
    rows = [ADD, f"0ABJ番号,,{code.code},{second},契約する,,,,", f"0ABJ番号,,{code.code},,,契約する,,,"]
    assert send(page, order, "add", rows).status_code == 302
    expected = {
        first: {"reject_anonymous": True},
        second: {"message_box": True},
        third: {"reject_anonymous": True},
    }
    assert kept() == [{"kind": "0abj", "code": code.code, "by_number": expected}]
    given = page.get(url("file-sample", order.uuid, "add"), {"rows": 1}).content.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(given)))) == 4
    assert send(page, order, "add", given).status_code == 302
    assert kept() == [{"kind": "0abj", "code": code.code, "by_number": expected}]


def test_wrong_rows_are_named_and_their_file_is_corrected_and_sent_again(office, page):
    order = begin(page, office, "port")
    rows = [PORT, *map(port_line, numbers(20))]
    rows[3] = rows[3].replace("架空電話", "")
    rows[7] = port_line("09012345678")
    rows[9] = rows[9].replace("ひかり電話", "糸電話")
    rows[12] = rows[11]
    answer = send(page, order, "port", rows)
    told = [(line, problems[0][0]) for line, problems in answer.context["lines"]]
    assert told == [(4, "事業者名1"), (8, "引き継ぐ番号"), (10, "回線種別"), (13, "引き継ぐ番号")]
    assert kept() == []
    bad = page.get(url("file-bad", order.uuid, "port")).content.decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(bad)))
    assert len(table) == 5
    assert "糸電話" in table[3]
    # Sent again as it is, it says the same of each row; corrected, it is taken.
    answer = send(page, order, "port", bad)
    assert len(answer.context["lines"]) == 3  # the number that came twice comes once in this file
    column = table[0].index("事業者名1")
    table[1][column] = "架空電話"
    table[2][0], table[3][3] = "0332349999", "ISDN"
    fixed = io.StringIO()
    csv.writer(fixed).writerows(table)
    assert send(page, order, "port", fixed.getvalue()).status_code == 302
    assert len(kept()) == 4


@pytest.mark.serial
@pytest.mark.timing
def test_two_thousand_numbers_are_checked_in_two_seconds(office, page):
    order = begin(page, office, "port")
    answers = []
    took = quickest(lambda: answers.append(send(page, order, "port", [PORT, *map(port_line, numbers(2000))])))
    print(f"figure: 2,000 numbers to bring checked in {took:.2f} s")
    assert {answer.status_code for answer in answers} == {302}
    assert took < 2
    assert len(kept()) == 2000


def test_two_thousand_numbers_take_as_many_queries_as_two_and_are_saved(office, page):
    order = begin(page, office, "port")
    queries = []
    for count in (2, 2000):
        with CaptureQueriesContext(connection) as asked:
            assert send(page, order, "port", [PORT, *map(port_line, numbers(count))]).status_code == 302
        queries.append(len(asked))
    assert queries[0] == queries[1]
    for name in ("file", "functions", "part-check"):
        assert page.get(url(name, order.uuid, "port")).status_code == 200
    assert page.get(url("rows", order.uuid, "port"))["Location"] == url("file", order.uuid, "port")
    assert save(page, order, "port").status_code == 302
    part = DialInPart.objects.get()
    assert len(part.rows) == 2000
    assert page.get(url("menu", order.uuid)).status_code == 200
    given = page.get(url("file-sample", order.uuid, part.pk), {"rows": 1}).content.decode("utf-8-sig")
    assert len(given.splitlines()) == 2001


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "空です"),
        (PORT, "行が1つもありません"),
        ("\n".join([PORT, *map(port_line, numbers(2001))]), "2,000行まで"),
        ("事業者名1,回線種別\nA,B", "引き継ぐ番号"),
        ('引き継ぐ番号,事業者名1\n"0312', "引用符"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(office, page, content, reason):
    order = begin(page, office, "port")
    answer = send(page, order, "port", content, "utf-8")
    assert reason in str(answer.context["form"].errors["file"])
    assert kept() == []


def test_the_blank_file_has_the_pages_columns(office, page):
    order = office.draft()
    heading = page.get(url("file-sample", order.uuid, "add")).content.decode("utf-8-sig").strip()
    assert heading == ADD
    assert page.get(url("file-bad", order.uuid, "add")).status_code == 404


def test_rows_that_a_colleague_has_saved_meanwhile_are_named_on_the_page_of_the_file(office, page):
    order = begin(page, office, "port")
    send(page, order, "port", [PORT, *map(port_line, numbers(30))])
    office.part(order, [brought(numbers(30)[11])], "port")
    assert save(page, order, "port")["Location"] == url("rows", order.uuid, "port")
    answer = page.get(url("file", order.uuid, "port"))
    ((line, ((_column, _cell, reason),)),) = answer.context["lines"]
    assert (line, "別の内容にすでに" in reason) == (12, True)
    assert len(kept()) == 30
