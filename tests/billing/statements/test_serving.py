"""What has been rendered once is served from the store ever after: ETag, ranges, HEAD; and nothing else is."""

import gzip

import pytest
from django.db import DatabaseError, connections, transaction

from billing.models import StatementFile
from billing.statements import jobs, store
from selfcare import clock as clocks
from tests.billing.statements import parts

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
NAME = "/billing/files/P0001_CDR_202704.csv"
#: Rows enough for several blocks.
MANY = 12_000


@pytest.fixture
def user(clock):
    clock.set("2027-05-10 00:00")
    return parts.customer_user()


@pytest.fixture
def page(user):
    one = parts.run("voice", parts.APRIL)
    rows = [
        (
            parts.FIRST,
            f"2027-03-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}",
            f"03{n:08}",
            "東京",
            n,
            "other",
            "out",
        )
        for n in range(MANY)
    ]
    parts.calls(user, parts.APRIL, [(*row, "20", "standard", "10") for row in rows])
    parts.close(one)
    return parts.client(user)


def whole(page, address=NAME) -> bytes:
    return b"".join(page.get(address))


@pytest.fixture
def stored(page) -> StatementFile:
    assert len(whole(page)) > 3 * store.BLOCK
    parts.settle()
    return StatementFile.objects.get()


def test_the_second_download_has_the_same_bytes_and_a_length(page):
    first = whole(page)
    parts.settle()
    row = StatementFile.objects.get()
    answer = page.get(NAME)
    assert b"".join(answer) == first
    assert int(answer["Content-Length"]) == len(first) == row.size
    assert answer["ETag"] == f'"{row.sha256}"'
    assert answer["Accept-Ranges"] == "bytes"
    assert row.rows == MANY
    with store._storage().open(row.stored) as file:
        assert gzip.decompress(file.read()) == first


def test_a_range_reads_what_is_asked_for_only(page, stored):
    content = whole(page)
    size = len(content)
    edge = store.BLOCK
    for asked, start, end in [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, size),
        (f"bytes={edge - 1}-{edge}", edge - 1, edge + 1),
        (f"bytes={edge}-{2 * edge - 1}", edge, 2 * edge),
        ("bytes=-7", size - 7, size),
        (f"bytes=-{size * 2}", 0, size),
        (f"bytes={size - 1}-{size + 100}", size - 1, size),
    ]:
        answer = page.get(NAME, headers={"range": asked})
        assert answer.status_code == 206, asked
        assert b"".join(answer) == content[start:end], asked
        assert answer["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
        assert int(answer["Content-Length"]) == end - start


@pytest.mark.parametrize(
    "nonsense",
    [
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "lines=0-1",
        "bytes=5-2",
        "bytes=0-1,4-5",
        "bytes=--1",
        "bytes=٣-",
        "x" * 5000,
    ],
)
def test_a_range_without_sense_gives_the_whole(page, stored, nonsense):
    answer = page.get(NAME, headers={"range": nonsense})
    assert answer.status_code == 200
    assert len(b"".join(answer)) == stored.size


@pytest.mark.parametrize("beyond", ["bytes={size}-", "bytes=999999999999999999-", "bytes=-0"])
def test_a_range_behind_the_end_is_refused_with_the_size(page, stored, beyond):
    answer = page.get(NAME, headers={"range": beyond.format(size=stored.size)})
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{stored.size}"


def test_what_a_client_has_is_not_sent_again(page, stored):
    tag = page.get(NAME)["ETag"]
    assert page.get(NAME, headers={"if-none-match": f'"other", {tag}'}).status_code == 304
    assert page.get(NAME, headers={"if-none-match": '"other"'}).status_code == 200
    without = page.get(f"{NAME}?header=off")
    assert without["ETag"] != tag
    assert page.get(f"{NAME}?header=off", headers={"if-none-match": tag}).status_code == 200


def test_a_range_of_other_bytes_gives_the_whole(page, stored):
    same, other = page.get(NAME)["ETag"], '"other"'
    assert page.get(NAME, headers={"range": "bytes=5-9", "if-range": same}).status_code == 206
    assert page.get(NAME, headers={"range": "bytes=5-9", "if-range": other}).status_code == 200
    date = "Sat, 01 May 2027 00:00:00 GMT"
    assert page.get(NAME, headers={"range": "bytes=5-9", "if-range": date}).status_code == 200


def test_head_tells_the_same_without_the_bytes(page, stored):
    answer = page.head(NAME)
    assert answer.status_code == 200
    assert int(answer["Content-Length"]) == stored.size
    assert answer["ETag"] == f'"{stored.sha256}"'
    assert answer.content == b""


def test_what_is_damaged_is_not_given_away_as_whole(page, stored):
    path = store._storage().path(stored.stored)
    with open(path, "r+b") as file:  # noqa: PTH123
        file.seek(stored.blocks[1] + 50)
        file.write(b"\0\0\0\0\0\0\0\0")
    got = []
    with pytest.raises(store.Damaged):
        got.extend(page.get(NAME))
    assert len(b"".join(got)) <= 2 * store.BLOCK
    # What lies before the damage is still right.
    assert page.get(NAME, headers={"range": "bytes=0-99"}).status_code == 206


def test_another_whole_file_in_its_place_is_noticed_at_the_end(page, stored):
    """Blocks that are sound by themselves, and not this file's."""
    content = whole(page)
    other = store.Packed()
    other.write(b"9" * len(content))
    other.finish()
    name = other.save()
    other.close()
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE billing_statementfile SET stored = %s, blocks = %s", [name, other.blocks])
    with pytest.raises(store.Damaged):
        whole(page)


def test_a_missing_file_is_rendered_again_to_the_same_bytes(page, stored):
    content = whole(page)
    store.delete(stored.stored)
    assert jobs.lost(clocks.now()) != []
    assert whole(page) == content
    parts.settle()
    assert jobs.lost(clocks.now()) == []
    assert whole(page) == content


def test_the_application_can_neither_change_nor_delete_what_is_stored(stored):
    for change in (
        lambda: StatementFile.objects.update(sha256="0" * 64),
        lambda: StatementFile.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            change()
