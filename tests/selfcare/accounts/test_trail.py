"""操作履歴: the company's owners read and take away what happened in their company, and nothing else."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from selfcare.accounts import audit, context
from selfcare.accounts.models import AuditEvent, User
from selfcare.accounts.services import users
from tests import builders
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

PAGE, FILE = "/account/audit/", "/account/audit.csv"
HOME = context.RequestContext(request_id="REFERENCE1", address="203.0.113.5")


@pytest.fixture
def inside(owner) -> Client:
    return log_in(owner)


def say(action: str, actor: User | None, about: Any, **detail: Any) -> AuditEvent:
    with context.use(HOME):
        audit.record(action=action, obj=about, detail=detail, actor=actor)
    return AuditEvent.objects.latest("pk")


def page(client: Client, **query: str) -> str:
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    return answer.content.decode()


def rows(client: Client, **query: str) -> list[str]:
    return [row.text for row in client.get(PAGE, query).context["rows"]]


def table(answer: Any, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode(encoding), newline="")))


def test_a_line_says_who_when_from_where_and_what_changed(inside, owner, colleague):
    say("user.role_changed", owner, colleague, role=["member", "viewer"])
    (row,) = inside.get(PAGE).context["rows"]
    assert (row.actor, row.actor_id, row.address) == ("管理 花子", "office_owner", "203.0.113.5")
    assert (row.text, row.thing, row.url) == (
        "役割を変更しました", "office_member", f"/account/users/{colleague.pk}/",
    )  # fmt: skip
    assert [(one.label, one.old, one.new) for one in row.changes] == [("役割", "担当者", "閲覧者")]
    assert "担当者" in page(inside)


def test_what_operators_do_is_told_without_who_and_where_and_without_their_reasons(inside, colleague, operator):
    with context.use(HOME):
        users.lock_user(user=colleague, reason="社内だけの理由", actor=operator)
    words = page(inside)
    assert "ユーザーをロックしました" in words
    assert "オペレーター" in words
    for hidden in ("operator_01", "運用 五郎", "203.0.113.5", "社内だけの理由", "REFERENCE1"):
        assert hidden not in words
        assert hidden not in str(table(inside.get(FILE)))


def test_internal_actions_and_unknown_ones_are_not_shown(inside, owner):
    say("order.event", None, owner, key="x")
    say("nobody.knows", None, owner, secret="x")
    assert rows(inside) == []


def test_another_company_sees_nothing_of_it(owner, stranger):
    say("user.renamed", owner, owner, selfcare_id=["before_1", "office_owner"])
    client = log_in(stranger)
    assert rows(client) == []
    assert "before_1" not in str(table(client.get(FILE)))


@pytest.mark.parametrize("who", ["colleague", "viewer"])
def test_only_owners_read_it(request, who):
    client = log_in(request.getfixturevalue(who))
    assert client.get(PAGE).status_code == client.get(FILE).status_code == 403
    assert "操作履歴" in client.get("/").content.decode(), "the menu says that owners may"


def test_things_of_others_are_not_named_even_if_an_event_names_them(inside, owner, stranger):
    say("user.locked", None, owner)
    with context.use(HOME):
        audit.record(action="user.locked", obj=stranger, customer=owner.customer)
    assert {row.thing for row in inside.get(PAGE).context["rows"]} == {"office_owner", ""}


def test_filters_by_person_kind_and_period(inside, owner, colleague, operator):
    say("login.succeeded", owner, owner, method="passkey")
    say("login.failed", None, colleague, step="code")
    say("user.name_changed", colleague, colleague, name=["旧", "新"])
    say("user.unlocked", operator, colleague)
    assert len(rows(inside)) == 4
    assert len(rows(inside, kind="login")) == 2
    assert rows(inside, kind="users", person="operators") == ["ユーザーのロックを解除しました"]
    assert rows(inside, person=str(owner.pk)) == ["ログインしました"]
    # Also what was done to his login, and who failed to get into it.
    assert len(rows(inside, person=str(colleague.pk))) == 3
    assert rows(inside, person="system") == ["ログインに失敗しました"]
    today = timezone.localdate()
    assert len(rows(inside, since=str(today), until=str(today))) == 4
    assert rows(inside, since=str(today + timedelta(days=1))) == []
    assert rows(inside, until=str(today - timedelta(days=1))) == []


def test_nonsense_in_filters_narrows_nothing_and_breaks_nothing(inside, owner, stranger):
    say("login.succeeded", owner, owner, method="password")
    for query in (
        {"since": "yesterday"}, {"kind": "secrets"}, {"person": str(stranger.pk)}, {"person": "9" * 30},
        {"before": "x"}, {"after": "-1"}, {"until": "9999-12-31"}, {"since": "0001-01-01"},
    ):  # fmt: skip
        assert rows(inside, **query) == ["ログインしました"], query
    assert inside.get(FILE, {"encoding": "utf-16"}).status_code == 404
    assert inside.post(PAGE).status_code == 405


def test_pages_follow_each_other_newest_first(inside, owner):
    for n in range(120):
        say("user.name_changed", owner, owner, name=[str(n), str(n + 1)])
    seen: list[str] = []
    query: dict[str, str] = {}
    for _ in range(3):
        answer = inside.get(PAGE, query)
        seen += [row.changes[0].new for row in answer.context["rows"]]
        query = {"after": answer.context["page"].after}
    assert seen == [str(n) for n in range(120, 0, -1)]


def test_the_file_has_what_the_page_shows_and_is_in_the_trail_itself(inside, owner, colleague):
    say("user.name_changed", owner, colleague, name=["=1+1", "髙橋 ①"])
    say("login.succeeded", owner, owner, method="passkey")
    found = table(inside.get(FILE, {"kind": "users"}))
    assert len(found) == 1
    assert found[0]["変更の内容"] == "氏名: =1+1 → 髙橋 ①"
    assert found[0]["操作者"] == "管理 花子"
    datetime.strptime(found[0]["日時"], "%Y-%m-%d %H:%M:%S JST")
    event = AuditEvent.objects.get(action="audit.exported")
    assert (event.actor_id, event.customer_id) == (owner.pk, owner.customer_id)
    assert event.detail == {"filters": {"kind": "users"}, "encoding": "utf-8"}
    assert rows(inside)[0] == "操作履歴をダウンロードしました"
    # The event of a download is in the next file.
    assert table(inside.get(FILE))[0]["操作"] == "操作履歴をダウンロードしました"
    assert AuditEvent.objects.filter(action="audit.exported").count() == 2


def test_the_file_in_the_other_encoding_keeps_what_that_has(inside, owner):
    say("user.name_changed", owner, owner, name=["森鷗外", "😀"])
    answer = inside.get(FILE, {"encoding": "cp932"})
    assert answer["Content-Type"] == "text/csv; charset=Shift_JIS"
    assert table(answer, "cp932")[0]["変更の内容"] == "氏名: 森〓外 → 〓"


def test_no_cell_is_a_formula(inside, contract):
    evil = builders.user(customer=contract.customer, selfcare_id="evil_user", name='=HYPERLINK("x")', role="owner")
    say("login.succeeded", evil, evil, method="password")
    (row,) = table(inside.get(FILE, {"person": str(evil.pk)}))
    assert row["操作者"].startswith("'=")


def test_asking_for_the_head_of_the_file_is_no_download(inside):
    assert inside.head(FILE).status_code == 200
    assert not AuditEvent.objects.filter(action="audit.exported").exists()


def test_a_removed_user_stays_readable_and_can_be_looked_for(inside, owner, colleague):
    say("login.succeeded", colleague, colleague, method="mail_code")
    User.objects.filter(pk=colleague.pk).update(is_active=False, removed_at=timezone.now())
    (row,) = inside.get(PAGE, {"person": str(colleague.pk)}).context["rows"]
    assert (row.actor_id, row.thing, row.url) == ("office_member", "office_member", "")
