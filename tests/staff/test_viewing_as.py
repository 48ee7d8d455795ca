"""「お客様として表示」: an operator reads a customer's pages, under his own name, for half an hour, and is told so."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from selfcare.accounts.models import AuditEvent, Customer, User, UserSession
from selfcare.staff.models import Impersonation
from selfcare.staff.services import viewing
from selfcare.work.models import Job
from tests.people import log_in
from tests.selfcare.staff.people import inside, operator_of
from tests.staff.viewing import DATABASES, END, REASON, begun, start

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def support(clock) -> User:
    return operator_of("support")


def told(action: str) -> list[tuple[str, str | None, int | None]]:
    events = AuditEvent.objects.filter(action=f"view_as.{action}").order_by("pk")
    return [(event.detail.get("page", ""), event.actor_name, event.customer_id) for event in events]


@pytest.mark.parametrize("group", ["support", "provisioning", "billing", "admin"])
def test_each_group_may_look_and_the_page_says_who_at_whom_why_and_for_how_long(clock, owner, group):
    client = inside(operator_of(group))
    begun(client, owner)
    page = client.get("/")
    words = page.content.decode()
    assert page.status_code == 200
    assert "<title>【お客様として表示中】" in words
    for shown in (f"op_{group} が office_owner の画面を見ています。", REASON, "残り 30 分", f'action="{END}"'):
        assert shown in words
    assert "/logout/" not in words


def test_who_looks_is_written_down_with_every_page_before_it_is_drawn(support, contract, owner):
    client = inside(support)
    begun(client, owner)
    for path in ("/", "/orders/?q=x", "/nowhere/", "/numbering/"):
        client.get(path)
    mine = ("op_support", contract.customer_id)
    assert told("started") == [("", *mine)]
    assert told("page") == [("/", *mine), ("/orders/", *mine), ("/nowhere/", *mine), ("/numbering/", *mine)]
    client.post(END)
    assert told("ended") == [("", *mine)]
    assert AuditEvent.objects.get(action="view_as.started").detail == {"user": "office_owner", "reason": REASON}


@pytest.mark.parametrize("reason", ["", "   ", "確認 ", "短いよ", "x" * 101])
def test_a_reason_that_says_nothing_is_refused(support, owner, reason):
    client = inside(support)
    assert "errorlist" in start(client, owner, reason).content.decode()
    assert not Impersonation.objects.exists()
    assert client.get("/").status_code == 403


def test_without_the_permission_nobody_looks(support, owner):
    Group.objects.get(name="support").permissions.remove(
        *Group.objects.get(name="support").permissions.filter(codename="view_as_customer")
    )
    assert start(inside(support), owner).status_code == 403


def test_the_operators_session_stays_his_own(support, owner):
    client = inside(support)
    begun(client, owner)
    client.get("/")
    assert UserSession.objects.get().user_id == support.pk
    assert client.session["_auth_user_id"] == str(support.pk)
    assert client.get("/admin/").context["user"] == support
    assert "office_owner として表示中です" in client.get("/admin/").content.decode()
    assert User.objects.get(pk=owner.pk).last_login is None


def test_the_button_ends_it_and_leads_back_to_the_user(support, owner):
    client = inside(support)
    row = begun(client, owner)
    answer = client.post(END)
    assert answer["Location"] == f"/admin/accounts/user/{owner.pk}/change/"
    row.refresh_from_db()
    assert row.ending == "button"
    assert client.get("/").status_code == 403
    assert "viewing_as" not in client.session


def test_half_an_hour_ends_it_also_for_who_never_comes_back(support, owner):
    client = inside(support)
    first = begun(client, owner)
    with time_machine.travel(first.started_at + timedelta(minutes=29, seconds=59), tick=False):
        assert "残り 1 分" in client.get("/").content.decode()
    with time_machine.travel(first.expires_at, tick=False):
        page = client.get("/orders/")
        assert (page.status_code, "時間切れ" in page.content.decode()) == (403, True)
        assert client.get("/admin/").status_code == 200
        second = begun(client, owner)
    with time_machine.travel(second.expires_at + timedelta(hours=1), tick=False):
        assert viewing.sweep(Job()) == {"ended": 1}
        assert viewing.sweep(Job()) == {"ended": 0}
    second.refresh_from_db()
    assert (second.ending, second.ended_at) == ("expired", second.expires_at)


@pytest.mark.parametrize("path", ["/logout/", "/admin/logout/"])
def test_a_logout_ends_it(support, owner, path):
    client = inside(support)
    row = begun(client, owner)
    assert client.post(path).status_code in (200, 302)
    row.refresh_from_db()
    assert row.ending == "logout"
    assert client.get("/").status_code == 302
    assert told("ended")[0][1] == "op_support"


def test_the_end_of_the_operators_rights_ends_it_with_the_next_page(support, owner):
    client = inside(support)
    row = begun(client, owner)
    support.groups.clear()
    page = client.get("/")
    assert (page.status_code, "オペレーターの権限の終了" in page.content.decode()) == (403, True)
    row.refresh_from_db()
    assert row.ending == "rights"


def test_the_end_of_the_users_login_ends_it_with_the_next_page(support, owner, contract):
    client = inside(support)
    for change in (
        lambda: User.objects.filter(pk=owner.pk).update(locked_at=timezone.now()),
        lambda: Customer.objects.filter(pk=contract.customer_id).update(state="ended"),
    ):
        row = begun(client, owner)
        change()
        assert "ユーザーの利用停止" in client.get("/").content.decode()
        row.refresh_from_db()
        assert row.ending == "user"
        # Whom nobody can log in as, nobody looks as.
        assert start(client, owner).status_code == 302
        assert client.get("/").status_code == 403
        User.objects.filter(pk=owner.pk).update(locked_at=None)


def test_another_user_takes_the_place_of_the_one_before(support, owner, stranger):
    client = inside(support)
    first = begun(client, owner)
    begun(client, stranger)
    first.refresh_from_db()
    assert first.ending == "replaced"
    assert "stranger_owner の画面" in client.get("/").content.decode()


def test_customers_cannot_look_as_anybody(owner, stranger):
    client = log_in(stranger)
    row = Impersonation.objects.create(
        operator=stranger, customer=owner.customer, user=owner, reason=REASON, started_at=timezone.now(),
        expires_at=timezone.now() + timedelta(minutes=30),
    )  # fmt: skip
    session = client.session
    session["viewing_as"] = row.pk
    session.save()
    assert client.get("/").status_code == 403
    assert "stranger_owner" in client.get("/").content.decode()
    row.refresh_from_db()
    assert row.ending == "rights"


def test_the_database_keeps_who_looked_at_whom(support, owner):
    row = viewing.start(user=owner, reason=REASON, actor=support)
    assert viewing.end(viewing=row, ending=Impersonation.Ending.BUTTON, actor=support)
    assert not viewing.end(viewing=row, ending=Impersonation.Ending.EXPIRED, actor=None)
    for statement in (
        "UPDATE staff_impersonation SET ended_at = now() + interval '1 day'",
        "UPDATE staff_impersonation SET reason = 'another one'",
        "DELETE FROM staff_impersonation",
    ):
        with (
            pytest.raises(DatabaseError, match="written once"), transaction.atomic(), connection.cursor() as cursor
        ):  # fmt: skip
            cursor.execute(statement)
