"""Tokens of customers' programs: who makes them, that they are shown once, and when they stop to open anything."""

import re
from datetime import timedelta

import pytest
from django.db import connection

from billing.models import DownloadToken
from billing.services import tokens
from selfcare import clock as time
from selfcare.accounts.models import AuditEvent, Customer
from tests.billing.pages.parts import statements

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

PAGE = "/billing/tokens/"


@pytest.fixture(autouse=True)
def _function(contract):
    statements(contract)


def made(client, name: str = "会計システム", days: int = 90) -> str:
    answer = client.post(PAGE, {"name": name, "days": days})
    found = re.search(r'id="token">([^<]+)<', answer.content.decode())
    assert answer.status_code == 200
    assert found
    return found[1]


def test_an_owner_makes_a_token_which_is_shown_once_with_an_example(owner, as_user):
    client = as_user(owner)
    secret = made(client)
    assert secret.startswith("sct_")
    assert len(secret) > 43
    page = client.get(PAGE).content.decode()
    assert secret not in page
    assert "会計システム" in page
    assert f"…{secret[-4:]}" in page
    token = DownloadToken.objects.get()
    assert token.customer == owner.customer
    assert token.created_by == owner
    assert timedelta(days=89) < token.expires_at - time.real_now() < timedelta(days=91)


def test_the_example_is_an_address_of_the_newest_calls(owner, as_user):
    answer = as_user(owner).post(PAGE, {"name": "curl", "days": 30}).content.decode()
    assert "curl --fail" in answer
    assert f"/billing/files/{owner.customer.partner_id}_CDR_" in answer


def test_the_text_of_a_token_is_kept_nowhere(owner, as_user):
    secret = made(as_user(owner))
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text FROM billing_downloadtoken t")
        rows = [row for (row,) in cursor.fetchall()]
        cursor.execute("SELECT row_to_json(e)::text FROM accounts_auditevent e")
        rows += [row for (row,) in cursor.fetchall()]
    assert len(rows) >= 2
    assert not [row for row in rows if secret in row or secret[4:] in row]


def test_making_and_revoking_leave_their_traces(owner, as_user):
    client = as_user(owner)
    made(client)
    token = DownloadToken.objects.get()
    assert client.post(PAGE, {"revoke": token.pk}).status_code == 302
    events = AuditEvent.objects.filter(action__startswith="download_token.").order_by("pk")
    assert [event.action for event in events] == ["download_token.made", "download_token.revoked"]
    assert {event.detail["name"] for event in events} == {"会計システム"}
    assert "失効" in client.get(PAGE).content.decode()


def test_a_form_sent_twice_makes_one_token(owner, as_user):
    client = as_user(owner)
    made(client)
    again = client.post(PAGE, {"name": " 会計システム ", "days": 90})
    assert "同じ名前のトークンがあります" in again.content.decode()
    assert DownloadToken.objects.count() == 1


def test_no_more_than_so_many_live_at_once_and_one_that_is_revoked_makes_room(owner, as_user):
    client = as_user(owner)
    for n in range(tokens.MOST):
        made(client, f"プログラム{n}")
    assert "10個まで" in client.post(PAGE, {"name": "もう1つ", "days": 30}).content.decode()
    client.post(PAGE, {"revoke": DownloadToken.objects.earliest("pk").pk})
    made(client, "もう1つ")
    assert DownloadToken.objects.live(time.real_now()).count() == tokens.MOST


@pytest.mark.parametrize("who", ["colleague", "viewer", "stranger"])
def test_nobody_but_owners_whose_contract_has_statements_gets_in(who, request, as_user):
    client = as_user(request.getfixturevalue(who))
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"name": "x", "days": 30}).status_code == 403
    assert not DownloadToken.objects.exists()


def test_another_customers_token_is_not_found(owner, stranger, as_user):
    token, secret = tokens.make(name="x", days=30, actor=stranger)
    client = as_user(owner)
    assert client.post(PAGE, {"revoke": token.pk}).status_code == 404
    for nonsense in ("", "x", "-1", "９", "9" * 40):
        assert client.post(PAGE, {"revoke": nonsense}).status_code == 404
    assert token.name not in client.get(PAGE).context["live"].values_list("name", flat=True)
    token.refresh_from_db()
    assert token.revoked_at is None
    assert secret


@pytest.mark.parametrize("form", [{"name": "", "days": 30}, {"name": "x"}, {"name": "x", "days": 9999}, {"days": "x"}])
def test_what_is_missing_is_said_beside_its_field(owner, as_user, form):
    answer = as_user(owner).post(PAGE, form)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not DownloadToken.objects.exists()


def test_a_live_token_is_recognised_and_its_use_written_down(owner):
    token, secret = tokens.make(name="x", days=30, actor=owner)
    assert tokens.used(secret=secret, address="192.0.2.7") == token
    token.refresh_from_db()
    assert token.last_used_from == "192.0.2.7"
    assert token.last_used_at is not None
    before = token.last_used_at
    assert tokens.used(secret=secret, address="192.0.2.7") == token
    token.refresh_from_db()
    assert token.last_used_at == before  # once a minute
    tokens.used(secret=secret, address="192.0.2.8")
    token.refresh_from_db()
    assert token.last_used_from == "192.0.2.8"


def test_what_is_no_live_token_opens_nothing(owner):
    token, secret = tokens.make(name="x", days=30, actor=owner)
    for wrong in ("", secret[:-1], secret + "x", secret.swapcase(), token.digest):
        assert tokens.used(secret=wrong, address=None) is None
    tokens.revoke(token=token, actor=owner)
    assert tokens.used(secret=secret, address=None) is None
    assert not tokens.revoke(token=token, actor=owner)


def test_an_expired_token_opens_nothing(owner):
    token, secret = tokens.make(name="x", days=30, actor=owner)
    long_ago = time.real_now() - timedelta(days=31)
    DownloadToken.objects.filter(pk=token.pk).update(created_at=long_ago, expires_at=long_ago + timedelta(days=30))
    assert tokens.used(secret=secret, address=None) is None


def test_a_token_ends_with_its_customer_and_with_the_function_of_the_contract(owner, contract):
    _token, secret = tokens.make(name="x", days=30, actor=owner)
    assert tokens.used(secret=secret, address=None)
    contract.functions = ["lines.status"]
    contract.save(update_fields=["functions"])
    assert tokens.used(secret=secret, address=None) is None
    statements(contract)
    Customer.objects.filter(pk=contract.customer_id).update(state=Customer.State.ENDED)
    assert tokens.used(secret=secret, address=None) is None


def test_operators_make_none(operator):
    with pytest.raises(ValueError, match="operators"):
        tokens.make(name="x", days=30, actor=operator)
