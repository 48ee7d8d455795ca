"""Who gets a file, when, and what is written down about it."""

from datetime import timedelta

import pytest
from django.test import Client

from billing.models import DownloadToken, RecurringCharge
from billing.services import tokens
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent, Role
from tests.billing.statements import parts

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
FILE = "/billing/files/P0001_INVOICE_202704.csv"
CALLS = "/billing/files/P0001_CDR_202704.csv"


@pytest.fixture
def user(clock):
    clock.set("2027-05-10 00:00")
    made = parts.customer_user()
    parts.april(made, parts.customer_user("P0002"))
    return made


@pytest.fixture
def secret(user):
    user.role = Role.OWNER
    _token, text = tokens.make(name="会計", days=30, actor=user)
    return text


def by_token(secret: str, path: str = FILE, **headers: str):
    return Client().get(path, headers={"authorization": f"Bearer {secret}", **headers})


def downloads() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action="statement.downloaded").order_by("pk"))


@pytest.mark.parametrize(
    ("moment", "file", "words"),
    [
        ("2027-05-09 23:59", FILE, "2027年5月10日から"),
        ("2027-04-24 23:59", CALLS, "2027年4月25日から"),
        ("2027-10-25 00:00", CALLS, "期間は終わりました"),
        ("2027-11-10 00:00", FILE, "期間は終わりました"),
    ],
)
def test_a_file_that_is_not_to_be_had_says_why(user, clock, moment, file, words):
    clock.set(moment)
    answer = parts.client(user).get(file)
    assert answer.status_code == 404
    assert words in answer.content.decode()
    assert downloads() == []


@pytest.mark.parametrize(
    ("moment", "file"),
    [
        ("2027-05-10 00:00", FILE),
        ("2027-04-25 00:00", CALLS),
        ("2027-10-09 23:59", FILE),
        ("2027-10-24 23:59", CALLS),
    ],
)
def test_a_file_is_there_from_its_day_on_and_for_six_billed_months(user, clock, moment, file):
    clock.set(moment)
    answer = parts.client(user).get(file)
    assert answer.status_code == 200
    b"".join(answer)


def test_a_month_that_is_late_is_being_prepared(user, clock):
    clock.set("2027-06-10 10:00")
    answer = parts.client(user).get("/billing/files/P0001_INVOICE_202705.csv")
    assert answer.status_code == 404
    assert "準備中" in answer.content.decode()


def test_a_month_is_final_when_every_billing_cycle_of_the_customer_is_closed(user):
    """Negative control: without the second cycle the file is there (the tests above)."""
    contract = parts.contract_of(user)
    contract.pk, contract.number, contract.billing_cycle = None, "C-CLOUD", "25"
    contract.save(force_insert=True)
    RecurringCharge.objects.create(
        customer=contract.customer, contract=contract, item="cloud", subject="cloud", started_on=parts.APRIL
    )
    run = parts.run("bills", parts.APRIL, "25")
    page = parts.client(user)
    assert page.get(FILE).status_code == 404
    parts.close(run)
    assert page.get(FILE).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "P0002_INVOICE_202704.csv",
        "P0002_CDR_202704.csv",
        "P0002_INVOICE_202704.pdf",
        "P0001_INVOICE_202713.csv",
        "P0001_INVOICE_209904.csv",
        "p0001_invoice_202704.csv",
        "P0001_INVOICE_202704.csv.gz",
        "P0001_INVOICE_20270４.csv",
        "..%2f..%2fsettings.py",
        "....//settings.py",
        "%2e%2e%2fP0001_INVOICE_202704.csv",
        "P0001_INVOICE_202704.csv%00",
        "P0001_INVOICE_202704.csv%0d%0aX: 1",
        "'; DROP TABLE billing_bill; --",
        "x" * 3000,
    ],
)
def test_any_other_name_is_not_found(user, name):
    answer = parts.client(user).get(f"/billing/files/{name}")
    assert answer.status_code == 404
    assert "ダウンロードできません" not in answer.content.decode()
    assert downloads() == []


@pytest.mark.parametrize("query", ["encoding=sjis", "encoding=", "encoding=utf-16", "encoding=../x", "header=maybe"])
def test_nonsense_is_not_found(user, query):
    assert parts.client(user).get(f"{FILE}?{query}").status_code == 404


def test_what_is_not_offered_in_cp932_is_not_found(user):
    line_list = "/billing/files/P0001_line-d.csv?encoding=cp932"
    assert parts.client(user).get(line_list).status_code == 404


def test_who_has_no_login_and_no_token_gets_nothing(user):
    answer = Client().get(FILE)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")
    parts.contract_of(user).__class__.objects.update(functions=[])
    assert parts.client(user).get(FILE).status_code == 403


def test_a_download_is_one_event_however_many_parts_it_has(user):
    page = parts.client(user)
    b"".join(page.get(f"{CALLS}?encoding=cp932"))
    parts.settle()
    for start in (10, 20, 30):
        assert page.get(f"{CALLS}?encoding=cp932", headers={"range": f"bytes={start}-{start + 9}"}).status_code == 206
    page.head(f"{CALLS}?encoding=cp932")
    (event,) = downloads()
    assert event.actor == user
    assert event.customer_id == user.customer_id
    assert event.detail == {"name": "P0001_CDR_202704.csv", "encoding": "cp932", "header": True}
    assert event.address == "127.0.0.1"
    # Another file, and a part that nobody began, are told.
    page.get(f"{CALLS}?encoding=cp932&header=off", headers={"range": "bytes=10-"})
    page.get(FILE)
    assert len(downloads()) == 3


def test_a_token_opens_files_and_nothing_else(user, secret):
    answer = by_token(secret)
    assert b"".join(answer) == (parts.GOLDEN / "P0001_INVOICE_202704.csv").read_bytes()
    (event,) = downloads()
    assert event.detail["token"] == "会計"
    assert event.actor is None
    assert secret not in str(event.detail)
    token = DownloadToken.objects.get()
    assert token.last_used_at is not None
    assert token.last_used_from == "127.0.0.1"
    assert secret not in str(vars(token))
    for other in ("/billing/", "/", "/orders/", "/billing/tokens/"):
        assert by_token(secret, other).status_code == 302


def test_a_token_of_one_customer_does_not_find_anothers_file(user, secret):
    assert by_token(secret, "/billing/files/P0002_INVOICE_202704.csv").status_code == 404


def test_revoked_expired_and_made_up_tokens_open_nothing(user, secret):
    token = DownloadToken.objects.get()
    made_up = [secret[:-1], secret + "x", "", "sct_", "é" * 10, token.digest]
    assert [by_token(text).status_code for text in made_up] == [401] * len(made_up)
    tokens.revoke(token=token, actor=user)
    assert by_token(secret).status_code == 401
    DownloadToken.objects.update(revoked_at=None)
    assert by_token(secret).status_code == 200
    now = clocks.real_now()
    DownloadToken.objects.update(created_at=now - timedelta(days=9), expires_at=now - timedelta(seconds=1))
    answer = by_token(secret)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_guessing_tokens_ends_soon(user, secret):
    assert {by_token(f"sct_{n}").status_code for n in range(30)} == {401}
    refused = by_token("sct_x")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    # Right ones do not count: from another address the token still works.
    assert Client(REMOTE_ADDR="192.0.2.7").get(FILE, headers={"authorization": f"Bearer {secret}"}).status_code == 200
