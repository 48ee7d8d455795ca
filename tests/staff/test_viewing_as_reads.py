"""Who looks as a customer's user writes nothing: the database says so, whatever a page does."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from selfcare.accounts.models import AuditEvent, User, UserSession
from selfcare.accounts.viewing import why_hidden
from selfcare.orders.models import Order
from tests.hostile import routes
from tests.people import log_in
from tests.selfcare.staff.people import inside, operator_of
from tests.staff.viewing import DATABASES, END, begun

pytestmark = pytest.mark.django_db(databases=DATABASES)

ONLY_LOOKED_AT = "開くだけで記録が残る"
ONLY_READ = "閲覧だけができます"
NO_FILES = "ファイルのダウンロードは"
NOT_SHOWN = "ご本人だけの画面です"
HELPERS = pytest.mark.urls("tests.staff.viewing_urls")


@pytest.fixture
def looking(clock, owner) -> Client:
    client = inside(operator_of("support"))
    begun(client, owner)
    return client


@HELPERS
@pytest.mark.parametrize("page", ["writing", "hiding-it", "locking"])
def test_a_page_that_writes_is_refused_by_the_database_and_said_in_words(looking, owner, page):
    answer = looking.get(f"/test/{page}/")
    assert answer.status_code == 403
    assert ONLY_LOOKED_AT in answer.content.decode()
    assert "お客様として表示中" in answer.content.decode()
    owner.refresh_from_db()
    assert owner.name == "管理 花子"


@HELPERS
def test_without_the_read_only_transaction_the_same_page_writes(looking, owner):
    """The negative control: the user himself, through the same view."""
    assert log_in(owner).get("/test/writing/").content == b"1"
    owner.refresh_from_db()
    assert owner.name == "書き換え"


@HELPERS
def test_a_stream_is_refused_before_it_begins(looking, owner):
    answer = looking.get("/test/streaming/")
    assert (answer.status_code, answer.streaming) == (403, False)
    assert NO_FILES in answer.content.decode()
    assert b"".join(log_in(owner).get("/test/streaming/")) == b"1"


@HELPERS
def test_what_a_page_leaves_in_session_and_cookies_is_gone_with_it(looking):
    answer = looking.get("/test/keeping/?chosen=x")
    assert answer.content == b"x"
    assert "left_behind" not in answer.cookies
    assert "chosen" not in looking.session
    assert looking.session["viewing_as"]


@HELPERS
def test_the_transaction_after_the_page_can_write_again(looking):
    looking.get("/test/writing/")
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        assert cursor.fetchone() == ("off",)


def test_whatever_is_sent_is_refused_whatever_address(looking):
    asked = 0
    for route in routes.every():
        if route.name.startswith("admin:") or route.name == "logout":
            continue
        path = _filled(route)
        answer = looking.post(path, {"count": "1", "language": "en"})
        assert (answer.status_code, ONLY_READ in answer.content.decode()) == (403, True), path
        asked += 1
    assert asked > 80
    assert not Order.objects.exists()
    assert User.objects.get(selfcare_id="office_owner").language == "ja"


def _filled(route: routes.Route) -> str:
    values: dict[str, Any] = {
        "int": [1],
        "uuid": ["0193a7d0-0000-7000-8000-000000000000"],
        "str": ["x"],
        "slug": ["x"],
        "path": ["x"],
    }
    return route.filled({**values, "regex": ["202611"]})[0]


def test_pages_about_the_login_and_what_only_the_user_may_see_are_not_shown(looking):
    before = AuditEvent.objects.filter(action="view_as.page").count()
    for path in (
        "/account/password/", "/account/sessions/", "/account/login-method/", "/login/code/", "/forgotten/",
        "/reset/anything/", "/billing/tokens/", "/numbering/sip-password/", "/numbering/sip-password/file/",
        "/lines/esim/0193a7d0-0000-7000-8000-000000000000/",
    ):  # fmt: skip
        answer = looking.get(path)
        assert (answer.status_code, NOT_SHOWN in answer.content.decode()) == (403, True), path
    for path in ("/billing/files/any.csv", "/billing/files/202611.zip", "/orders/?format=csv"):
        answer = looking.get(path)
        assert (answer.status_code, NO_FILES in answer.content.decode()) == (403, True), path
    # Only the history was asked for its rows.
    assert AuditEvent.objects.filter(action="view_as.page").count() == before + 1


def test_a_new_page_of_the_accounts_is_hidden_until_somebody_shows_it():
    accounts = {route.name for route in routes.every() if route.name.startswith("accounts:")}
    shown = {name for name in accounts if not why_hidden(name)}
    assert shown == {f"accounts:{name}" for name in ("audit", "users", "user", "profile", "notifications")}
    assert why_hidden("accounts:a_new_page")


def test_sessions_of_the_user_are_neither_made_nor_touched(looking, owner):
    log_in(owner)
    before = set(UserSession.objects.values_list("pk", "last_seen_at", "session_data"))
    for path in ("/", "/orders/", "/numbering/"):
        assert looking.get(path).status_code == 200
    assert set(UserSession.objects.values_list("pk", "last_seen_at", "session_data")) == before


def test_after_the_end_the_operator_writes_as_himself(looking, owner):
    looking.post(END)
    answer = looking.post(f"/admin/accounts/user/{owner.pk}/do/lock/", {"reason": "依頼"})
    assert answer.status_code == 302
    owner.refresh_from_db()
    assert owner.locked_at is not None


def test_a_one_time_password_hides_no_page_from_who_helps(clock, owner):
    User.objects.filter(pk=owner.pk).update(must_change_password=True)
    client = inside(operator_of("support"))
    begun(client, owner)
    assert client.get("/").status_code == 200
