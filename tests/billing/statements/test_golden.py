"""The files byte for byte, as they are in golden/: names, columns, order, encodings, line ends, header or not."""

import pytest
from django.db.models import Sum

from billing.models import StatementFile
from tests.billing.statements import parts

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
FILES = ("P0001_INVOICE_202704", "P0001_INVOICE-VOICE_202704", "P0001_CDR_202704")


@pytest.fixture
def page(clock):
    clock.set("2027-05-10 00:00")
    user = parts.customer_user()
    parts.april(user)
    return parts.client(user)


def content(answer) -> bytes:
    assert answer.status_code == 200, answer
    return b"".join(answer)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("encoding", "ending"), [("utf-8", ".csv"), ("cp932", ".cp932.csv")])
def test_a_file_is_what_it_was_agreed_to_be(page, name, encoding, ending):
    golden = (parts.GOLDEN / f"{name}{ending}").read_bytes()
    for _first_and_second in range(2):
        assert content(page.get(f"/billing/files/{name}.csv?encoding={encoding}")) == golden
    without = golden[golden.index(b"\r\n") + 2 :]
    for _first_and_second in range(2):
        answer = page.get(f"/billing/files/{name}.csv?encoding={encoding}&header=off")
        assert content(answer) == without
        assert int(answer["Content-Length"]) == len(without)
    assert answer["Content-Disposition"] == f'attachment; filename="{name}.csv"'
    assert not golden.startswith(b"\xef\xbb\xbf")


def test_rows_and_replaced_characters_are_counted(page):
    for encoding in ("utf-8", "cp932"):
        content(page.get(f"/billing/files/P0001_CDR_202704.csv?encoding={encoding}"))
    parts.settle()
    rows = dict(StatementFile.objects.values_list("encoding", "replaced"))
    # 𠮷, an emoji, — and ¥; 〜 and ～ are one character in CP932.
    assert rows == {"utf-8": 0, "cp932": 4}
    assert StatementFile.objects.aggregate(all=Sum("rows"))["all"] == 2 * len(parts.CALLS)


def test_a_month_without_calls_is_a_header(page, clock):
    march = parts.APRIL.replace(month=3)
    parts.close(parts.run("voice", march))
    answer = page.get("/billing/files/P0001_CDR_202703.csv")
    assert content(answer) == (parts.GOLDEN / "P0001_CDR_202704.csv").read_bytes().split(b"\r\n")[0] + b"\r\n"
    assert content(page.get("/billing/files/P0001_CDR_202703.csv?header=off")) == b""
