"""The files byte for byte, as they are in golden/: names, columns, order, encodings, line ends, header or not."""

import pytest
from django.db.models import Sum

from billing.kinds import CostKind, VoiceKind
from billing.models import StatementFile
from billing.taxes import TaxClass
from selfcare.accounts.models import User
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


def test_whatever_stands_where_a_number_should_stays_in_its_cell_as_text(page, clock):
    """Nothing lets such rows in; a file holds even so."""
    user = User.objects.get(selfcare_id="viewer_p0001")
    march = parts.APRIL.replace(month=3)
    hostile = ("=1+1\n2", "-1\u2028+1\v2")
    voices, bills = parts.run("voice", march), parts.run("bills", march, "month_end")
    parts.voice(user, voices, [(number, VoiceKind.XI, "1", TaxClass.STANDARD, "10") for number in hostile])
    parts.bill(user, bills, [(number, CostKind.BASE, "x", 1, TaxClass.STANDARD, "10") for number in hostile])
    parts.close(voices, bills)
    for kind in ("INVOICE", "INVOICE-VOICE"):
        text = content(page.get(f"/billing/files/P0001_{kind}_202703.csv?header=off")).decode()
        assert [row.split(",")[0] for row in text.split("\r\n")] == ["'-1 +1 2", "'=1+1 2", ""]
