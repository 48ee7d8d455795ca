"""Error pages: what happened, what to do, and the number that finds the log entry; without help of the database."""

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from selfcare.accounts import context
from selfcare.shell import errors


def reference_of(answer) -> str:
    return str(answer["X-Request-ID"])


@pytest.mark.django_db(databases=["default", "owner"])
def test_a_page_that_does_not_exist_shows_its_reference(client, owner, as_user):
    for browser in (client, as_user(owner)):
        answer = browser.get("/nothing/here/")
        assert answer.status_code == 404
        assert reference_of(answer) in answer.content.decode()


@pytest.mark.django_db(databases=["default", "owner"])
def test_a_form_without_its_token_says_that_nothing_was_done(owner, as_user):
    answer = as_user(owner, enforce_csrf_checks=True).post("/account/password/", {})
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "処理していません" in page
    assert reference_of(answer) in page


@pytest.mark.django_db(databases=["default", "owner"])
def test_an_operator_on_a_customers_page_reads_why(operator, as_user):
    answer = as_user(operator).get("/")
    assert answer.status_code == 403
    assert "オペレーターのログイン" in answer.content.decode()


def test_the_page_of_a_broken_server_asks_nothing_of_anybody():
    # No database mark: any query would raise. No request either: the session lies in the database.
    with context.use(context.RequestContext(request_id="ABCDEFGH23")):
        answer = errors.broken(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "ABCDEFGH23" in answer.content.decode()


def test_while_the_database_is_away_the_page_says_to_come_back():
    try:
        raise OperationalError("server closed the connection")
    except OperationalError:
        answer = errors.broken(RequestFactory().get("/"))
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "一時的に応答しない" in answer.content.decode()


def test_an_unknown_host_gets_a_page_and_no_stack():
    answer = Client(headers={"Host": "evil.example"}).get("/login/")
    assert answer.status_code == 400
    assert "受け付けられません" in answer.content.decode()
