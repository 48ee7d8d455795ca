"""An order at once by file: all rows or none, every wrong one named, the bad ones wait and round-trip (spec 5.4)."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from numbering.models import Kind
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests.numbering.dial_in import at_once, parts
from tests.numbering.dial_in.at_once import CONTACT, at, fresh, line, table
from tests.timing import quickest

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def office(clock):
    clock.set("2026-11-20 10:00")
    return at_once.office()


def text(answer) -> str:
    return str(answer.content.decode())


def told(answer):
    """(line, [(column, reason)]) of the bad rows, and that nothing was taken."""
    assert answer.status_code == 200
    assert "何も受け付けていません" in text(answer)
    assert not Order.objects.filter(data__rows__0__isnull=False).exists()
    return [
        (one, [(column, reason) for column, _cell, reason in problems]) for one, problems in answer.context["lines"]
    ]


def test_a_good_file_is_taken_confirmed_and_carried_out(office):
    parts.free(30, first="320000000")
    parts.free(30, kind=Kind.IP_050)
    other = parts.base(office.voice)
    code = parts.reservation(office.contract, 3)
    order = office.by_file()
    content = table(
        line(office.base, count=10), line(other, count=5), line(other, kind="050", count=2), line(other, code=code.code)
    )
    answer = office.send(order, content)
    assert answer.url == at(order, "file")
    page = office.page.get(answer.url)
    assert page.context["total"] == "合計 20番号（0ABJ番号 18番号、050番号 2番号）"
    assert "03-2000-0000～03-2000-0009（10番号）" in page.context["found"][0]
    assert office.post(at(order, "file")).url == at(order, "contact")
    assert office.post(at(order, "contact"), **CONTACT).url == f"/orders/{order.uuid}/confirm/"
    done = office.press(order)
    assert done.state == State.COMPLETED
    assert len(done.result["numbers"]) == 20


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_every_encoding_that_spreadsheets_save_is_taken(office, encoding):
    order = office.by_file()
    answer = office.send(order, table(line(office.base)).encode(encoding))
    assert answer.status_code == 302
    assert fresh(order).data["rows"] == [{"base": office.base.pk, "kind": "0abj", "count": 1}]


def test_five_wrong_rows_of_many_are_named_and_nothing_is_taken(office):
    code = parts.reservation(parts.contract(), 3)
    lines = [line(office.base) for _n in range(200)]
    lines[3] = "0399998888,0ABJ番号,1,"
    lines[50] = line(office.base, kind="携帯番号")
    lines[51] = line(office.base, count="2001")
    lines[120] = line(office.base, count="")
    lines[199] = line(office.base, code=code.code)
    answer = office.send(office.by_file(), table(*lines))
    assert answer.context["count"] == 200
    assert told(answer) == [
        (
            5,
            [
                (
                    "基本契約番号",
                    "この番号は、この音声グループの基本契約番号の中に見つかりません。番号をお確かめください。",
                )
            ],
        ),
        (52, [("種類", "「0ABJ番号」「050番号」のどれかを入力してください。")]),
        (53, [("追加番号数", "追加番号数は、1から2,000までの整数で入力してください。")]),
        (122, [("追加番号数", "追加番号数か予約コードのどちらかを入力してください。")]),
        (201, [("予約コード", "この予約コードは、ご契約の予約の中に見つかりません。コードをお確かめください。")]),
    ]


def test_the_bad_rows_wait_in_the_draft_and_are_taken_once_they_are_corrected(office, as_user):
    order = office.by_file()
    office.send(order, table(line(office.base, count="x"), line(office.base, kind="050番号", count=2)))
    # A lost session and a new login: they are still there.
    page = as_user(office.user)
    assert "1行に誤りがあります" in text(page.get(at(order, "file")))
    assert page.get(at(order, "contact")).url == at(order, "file")
    answer = page.get(f"{at(order, 'file')}correct.csv")
    heading, row = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert heading[-1] == "エラー内容"
    assert row[:4] == [office.base.digits, "0ABJ番号", "x", ""]
    row[2] = "7"
    out = io.StringIO()
    csv.writer(out).writerows([heading, row])
    assert office.send(order, out.getvalue().encode("cp932")).status_code == 302
    data = fresh(order).data
    assert data["rows"] == [{"base": office.base.pk, "kind": "0abj", "count": 7}]
    assert data["file"]["bad"] == []
    assert page.get(f"{at(order, 'file')}correct.csv").status_code == 404


def test_a_wrong_file_takes_back_what_an_earlier_one_said(office):
    order = office.by_file()
    office.send(order, table(line(office.base)))
    office.send(order, table(line(office.base, count="x")))
    assert fresh(order).data["rows"] == []
    confirm = office.page.get(f"/orders/{order.uuid}/confirm/")
    assert "入力が終わっていない項目があります" in text(confirm)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "ファイルが空です"),
        ("基本契約番号\n".encode("utf-16"), "文字コードを読み取れません"),
        (b"0" * (5 * 1024 * 1024), "ファイルが大きすぎます"),
        (table(*["0312345678,0ABJ番号,1,"] * 2001), "2,000行まで"),
    ],
)
def test_what_is_no_such_file_is_refused_and_what_was_taken_stays(office, content, reason):
    order = office.by_file()
    office.send(order, table(line(office.base)))
    answer = office.send(order, content)
    assert reason in text(answer)
    assert len(fresh(order).data["rows"]) == 1


def test_the_sums_are_told_on_the_rows_that_go_beyond(office):
    other = parts.base(office.voice)
    parts.dial_ins(office.base, 3)
    lines = [line(office.base, count=998), line(other, count=1), line(other, kind="050", count=999)]
    answer = office.send(office.by_file(), table(*lines))
    ((number, ((column, reason),)),) = told(answer)
    assert (number, column) == (2, "追加番号数")
    assert "追加すると1,001番号になります" in reason
    assert "工事日を指定してお申し込みください" in reason
    bases = [parts.base(office.voice) for _n in range(3)]
    answer = office.send(office.by_file(), table(*(line(base, count=700) for base in bases)))
    ((number, ((column, reason),)),) = told(answer)
    assert number == 4
    assert "合計2,000番号まで" in reason


def test_formulas_come_back_as_text(office):
    order = office.by_file()
    office.send(order, table('"=cmd|calc",0ABJ番号,+1+1,@x'))
    content = office.page.get(f"{at(order, 'file')}correct.csv").content.decode("utf-8-sig")
    cells = list(csv.reader(io.StringIO(content)))[1]
    assert all(not cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_template_and_filled_in_template_are_ours(office):
    order = office.by_file()
    content = office.page.get(f"{at(order, 'file')}template.csv?bases=1").content.decode("utf-8-sig")
    heading, row = list(csv.reader(io.StringIO(content)))
    assert heading == ["基本契約番号", "種類", "追加番号数", "予約コード"]
    assert row == ["-".join([office.base.digits[:2], office.base.digits[2:6], office.base.digits[6:]]), "", "", ""]


@pytest.mark.serial
@pytest.mark.timing
def test_two_thousand_rows_are_checked_in_a_moment_with_as_few_questions_as_two(office):
    bases = [parts.base(office.voice) for _n in range(20)]
    parts.free(2500, first="320000000")
    many = table(*(line(bases[n % 20]) for n in range(2000)))
    order = office.by_file()

    def asked(content):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert office.send(order, content).status_code == 302
        return len(queries)

    few = asked(table(line(bases[0]), line(bases[1])))
    wrong = table(*(line(bases[n % 20], count="x") for n in range(2000)))
    questions, bad = [], []
    right = quickest(lambda: questions.append(asked(many)))
    refused = quickest(lambda: bad.append(office.send(order, wrong).context["bad"]))
    print(f"figure: 2,000 rows checked in {right:.2f} s, 2,000 wrong ones in {refused:.2f} s")
    assert set(questions) == {few}
    assert set(bad) == {2000}
    assert max(right, refused) < 2
