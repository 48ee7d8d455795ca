"""How long a session lasts, and that it ends on the server."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.test import Client

from selfcare.accounts.models import Contract, Customer, User, UserSession
from selfcare.accounts.services import users
from selfcare.accounts.services.sweeping import sweep
from selfcare.accounts.sessions import SessionStore, digest
from tests.people import log_in
from tests.selfcare.accounts.parts import DATABASES, half_session, is_inside, walk_in

pytestmark = pytest.mark.django_db(databases=DATABASES)

START = "2026-11-20 01:00:00Z"


def _key(client: Client) -> str:
    return client.cookies["selfcare"].value


def test_a_session_ends_after_30_idle_minutes(owner):
    with time_machine.travel(START, tick=False) as now:
        client = walk_in(owner)
        now.shift(timedelta(minutes=29, seconds=59))
        assert is_inside(client)
        now.shift(timedelta(minutes=30))
        assert not is_inside(client)
        answer = client.get("/account/sessions/")
        assert "ended=session" in answer["Location"]
        assert "しばらく操作がなかった" in client.get(answer["Location"]).content.decode()


def test_a_session_ends_12_hours_after_its_login_however_busy(owner):
    with time_machine.travel(START, tick=False) as now:
        client = walk_in(owner)
        for _ in range(35):
            now.shift(timedelta(minutes=20))
            assert is_inside(client)
        now.shift(timedelta(minutes=19, seconds=59))
        assert is_inside(client)
        now.shift(1)
        assert not is_inside(client)


def test_a_new_key_does_not_lengthen_the_12_hours(owner):
    with time_machine.travel(START, tick=False) as now:
        client = walk_in(owner)
        for _ in range(35):
            now.shift(timedelta(minutes=20))
            assert is_inside(client)
        session = SessionStore(_key(client))
        session.cycle_key()
        session.save()
        client.cookies["selfcare"] = str(session.session_key)
        assert is_inside(client)
        now.shift(timedelta(minutes=20))
        assert not is_inside(client)


def test_last_use_is_written_once_a_minute(owner):
    with time_machine.travel(START, tick=False) as now:
        client = walk_in(owner)
        first = UserSession.objects.get(user=owner).last_seen_at
        now.shift(59)
        is_inside(client)
        assert UserSession.objects.get(user=owner).last_seen_at == first
        now.shift(1)
        is_inside(client)
        assert UserSession.objects.get(user=owner).last_seen_at == first + timedelta(minutes=1)


def test_logout_ends_the_session_on_the_server(owner):
    client = walk_in(owner)
    key = _key(client)
    assert client.get("/logout/").status_code == 405
    answer = client.post("/logout/")
    assert "cookies" not in answer["Clear-Site-Data"], "the mark of a known browser stays"
    assert '"cache"' in answer["Clear-Site-Data"]
    client.cookies["selfcare"] = key
    assert not is_inside(client)
    assert not UserSession.objects.filter(user=owner).exists()


def test_a_session_that_was_ended_is_not_brought_back_by_a_request_still_running(owner):
    client = walk_in(owner)
    running = SessionStore(_key(client))
    running["page"] = "still being made"
    client.post("/logout/")
    with pytest.raises(Exception, match=r"^$"):
        running.save()
    changing = SessionStore(_key(walk_in(owner)))
    changing.load()
    changing["user"] = "kept"
    UserSession.objects.all().delete()
    with pytest.raises(Exception, match="ended"):
        changing.cycle_key()
    assert not UserSession.objects.exists()


def test_such_a_request_is_led_to_the_login(owner, settings):
    settings.ROOT_URLCONF = "tests.selfcare.accounts.urls"
    client = log_in(owner)
    answer = client.get("/test/end-while-running/")
    assert answer["Location"] == "/login/?ended=session"
    assert not UserSession.objects.exists()


def test_the_table_holds_no_session_key_and_the_cookie_is_out_of_scripts_reach(owner):
    client = walk_in(owner)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT s::text FROM accounts_usersession AS s")
        assert _key(client) not in str(cursor.fetchall())
    cookie = client.cookies["selfcare"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_made_up_key_is_not_adopted(owner):
    client = Client()
    client.cookies["selfcare"] = "x" * 32
    assert not is_inside(client)
    assert not UserSession.objects.exists()


def test_users_see_their_own_sessions_and_end_them(owner, colleague):
    here = walk_in(owner, HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0")
    there = walk_in(owner, HTTP_USER_AGENT="Mozilla/5.0 (iPhone) Version/19.0 Mobile Safari/604.1")
    other = walk_in(colleague)
    rows = {row.device: row for row in here.get("/account/sessions/").context["sessions"]}
    assert set(rows) == {"Firefox（Windows）", "Safari（iPhone）"}
    assert rows["Firefox（Windows）"].is_current
    assert rows["Firefox（Windows）"].address == "127.0.0.1"
    # Somebody else's digest does nothing.
    here.post("/account/sessions/", {"end": digest(_key(other))})
    assert is_inside(other)
    here.post("/account/sessions/", {"end": rows["Safari（iPhone）"].pk})
    assert not is_inside(there)
    assert is_inside(here)


def test_all_others_can_be_ended_at_once(owner, colleague):
    clients = [walk_in(owner) for _ in range(3)]
    other = walk_in(colleague)
    half = half_session(owner)
    clients[0].post("/account/sessions/", {"end": "others"})
    assert [is_inside(client) for client in clients] == [True, False, False]
    assert is_inside(other)
    assert half.get("/login/code/")["Location"].startswith("/login/"), "a login under way ends as well"


@pytest.mark.parametrize("what", ["locked", "inactive", "customer", "contract"])
def test_a_lock_or_the_end_of_the_contract_ends_open_sessions(owner, operator, what):
    client = walk_in(owner)
    half = half_session(owner)
    if what == "locked":
        users.lock_user(user=owner, reason="紛失の届け出", actor=operator)
    elif what == "inactive":
        User.objects.filter(pk=owner.pk).update(is_active=False)
    elif what == "customer":
        Customer.objects.filter(users=owner).update(state="ended")
    else:
        Contract.objects.filter(customer__users=owner).update(state="ended", ended_on="2026-11-20")
    assert not is_inside(client)
    assert not is_inside(half)


def test_pages_behind_a_session_are_not_cached(owner):
    for client in (walk_in(owner), half_session(owner), Client()):
        for page in ("/account/sessions/", "/login/", "/login/code/"):
            assert "no-store" in client.get(page)["Cache-Control"]


def test_the_sweep_removes_what_has_run_out_and_nothing_else(owner, colleague):
    with time_machine.travel(START, tick=False) as now:
        old = walk_in(owner)
        now.shift(timedelta(minutes=20))
        young = walk_in(colleague)
        now.shift(timedelta(minutes=15))
        sweep()
        assert not UserSession.objects.filter(session_key=digest(_key(old))).exists()
        assert is_inside(young)
        now.shift(timedelta(days=2))
        assert sweep()["attempts"] == 2
