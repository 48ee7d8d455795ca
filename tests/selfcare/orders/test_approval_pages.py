"""What people see of an approval: said before it is asked for, found by who may answer, and by nobody else."""

import pytest

from selfcare.accounts.models import Role
from selfcare.orders.models import ApprovalRule, Order
from selfcare.orders.services import ending, good_rows
from selfcare.orders.services.placing import place_batch
from selfcare.orders.states import State
from tests import builders
from tests.selfcare.orders import approving
from tests.selfcare.orders.approving import fresh
from tests.selfcare.orders.batching import contracts, states
from tests.selfcare.orders.good_toys import draft as draft_batch
from tests.selfcare.orders.good_toys import shown

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def text(answer) -> str:
    return str(answer.content.decode())


@pytest.fixture
def page(boss, as_user):
    boss.language = "ja"
    boss.save()
    return as_user(boss)


def test_the_confirm_page_says_beforehand_that_and_why_it_waits(company, boss, draft, as_user):
    order = draft("tests.final")
    browser = as_user(company)
    seen = browser.get(f"/orders/{order.uuid}/confirm/")
    assert "このお申し込みには承認が必要です" in text(seen)
    assert seen.context["approval"] == ["元に戻せない手続きです"]
    assert "承認を求める</button>" in text(seen)
    done = browser.post(f"/orders/{order.uuid}/confirm/", {"shown": seen.context["shown"]}, follow=True)
    assert "承認を待っています" in text(done)
    assert "このお申し込みを取り下げる" in text(done)
    assert "承認・却下する" not in text(done)
    assert "承認待ち" in text(browser.get("/orders/?state=pending"))
    # Where nobody could approve there is no button.
    type(boss).objects.filter(pk=boss.pk).update(locked_at=order.created_at)
    other = browser.get(f"/orders/{draft('tests.secret').uuid}/confirm/")
    assert "承認できるユーザーがほかにいません" in text(other)
    assert 'name="shown"' not in text(other)


def test_an_approver_finds_it_everywhere_and_approves(asked, company, page):
    order = asked()
    home = text(page.get("/"))
    assert "あなたの承認を待つもの" in home
    assert '<span class="side-count">1件</span>' in home
    assert order.request_id in text(page.get("/orders/approvals/"))
    assert order.request_id not in text(page.get("/orders/approvals/?of=mine"))
    assert order.approve_url in text(page.get(order.get_absolute_url()))
    seen = page.get(order.approve_url)
    assert company.display_name in text(seen)
    done = page.post(order.approve_url, {"shown": seen.context["shown"]}, follow=True)
    assert f"{order.request_id} は承認されています。" in text(done)
    assert "承認され、受け付けました" in text(done)
    assert "side-count" not in text(page.get("/"))
    # Pressed again, from a page that was left open.
    page.post(order.approve_url, {"shown": seen.context["shown"]})
    page.post(f"/orders/{order.uuid}/refuse/", {"reason": "やめます"})
    assert fresh(order).state == State.ACKNOWLEDGED
    ending.cancel(order=fresh(order), actor=company)
    assert f"{order.request_id} は承認されています。" in text(page.get(order.approve_url, follow=True))


def test_what_changed_after_the_page_is_agreed_to_anew(asked, page, toy, clock):
    order = asked()
    seen = page.get(order.approve_url).context["shown"]
    toy.price = 150
    again = page.post(order.approve_url, {"shown": seen})
    assert again.status_code == 409
    assert "ご覧いただいた後に内容が変わりました" in text(again)
    assert "お申し込みの後に変わったこと" in text(again)
    toy.refuse = "在庫がありません"
    gone = page.get(order.approve_url)
    assert "在庫がありません" in text(gone)
    assert "承認する</button>" not in text(gone)
    assert "却下する</button>" in text(gone)
    assert fresh(order).awaits_approval


def test_a_refusal_needs_a_reason_which_everybody_reads(asked, company, page, as_user):
    order = asked()
    for reason in ("", " ", "長" * 501):
        answer = page.post(f"/orders/{order.uuid}/refuse/", {"reason": reason})
        assert "error-summary" in text(answer)
    page.post(f"/orders/{order.uuid}/refuse/", {"reason": "<b>予算</b>"})
    seen = text(as_user(company).get(order.get_absolute_url()))
    assert "承認されませんでした" in seen
    assert "理由：&lt;b&gt;予算&lt;/b&gt;" in seen
    assert fresh(order).state == State.REJECTED


def test_an_order_that_ended_by_itself_is_seen_by_everybody(asked, page, company, clock):
    order = approving.expire(asked(), clock)
    assert "承認の期限が過ぎました" in text(page.get(order.get_absolute_url()))
    assert order.request_id in text(page.get("/orders/?state=expired"))
    answer = page.get(order.approve_url, follow=True)
    assert "承認の期限が過ぎて終了しています" in text(answer)


def test_nobody_is_asked_any_more_once_its_time_is_over(asked, page, clock):
    order = asked()
    assert order.approve_url in text(page.get(order.get_absolute_url()))
    # Before the job that ends it.
    clock.set(order.expires_at)
    assert order.approve_url not in text(page.get(order.get_absolute_url()))
    assert order.request_id not in text(page.get("/orders/approvals/"))
    assert "承認の期限が過ぎました" in text(page.get(order.approve_url))


def test_a_member_withdraws_for_whoever_asked(asked, company, as_user):
    order = asked()
    browser = as_user(approving.second(company))
    assert "取り下げる" in text(browser.get(f"/orders/{order.uuid}/cancel/"))
    done = browser.post(f"/orders/{order.uuid}/cancel/", follow=True)
    assert "お申し込みは取り下げられました" in text(done)
    assert fresh(order).state == State.CANCELLED


@pytest.mark.parametrize(
    ("who", "status"), [("requester", 403), ("viewer", 403), ("member under owners", 403), ("stranger", 404)]
)
def test_who_may_not_answer_gets_nothing(who, status, asked, company, as_user):
    order = asked()
    approving.rule(company.customer, finals=True, approvers=Role.OWNER)
    other = builders.contract(functions=["tests.toy"])
    people = {
        "requester": lambda: company,
        "viewer": lambda: approving.second(company, Role.VIEWER),
        "member under owners": lambda: approving.second(company),
        "stranger": lambda: builders.user(customer=other.customer, role=Role.OWNER),
    }
    browser = as_user(people[who]())
    for method, path in [
        ("get", order.approve_url),
        ("post", order.approve_url),
        ("post", f"/orders/{order.uuid}/refuse/"),
    ]:
        assert getattr(browser, method)(path, {"reason": "x", "shown": "x"}).status_code == status
    assert fresh(order).awaits_approval
    seen = text(browser.get("/orders/approvals/"))
    assert order.request_id not in seen


def test_a_batch_is_asked_for_approved_and_refused_as_one(good, company, boss, page, as_user):
    approving.rule(company.customer, over_count=3)
    some = contracts(company, 4)
    first, second = draft_batch(company, some), draft_batch(company, some, amount=2)
    browser = as_user(company)
    seen = browser.get(f"/orders/batches/{first.uuid}/confirm/")
    assert "4件の承認を求める" in text(seen)
    done = browser.post(f"/orders/batches/{first.uuid}/confirm/", {"shown": seen.context["shown"]}, follow=True)
    assert "承認を待っています" in text(done)
    place_batch(batch_id=second.pk, shown=shown(second), session_digest="", actor=company)
    listed = text(page.get("/orders/approvals/"))
    assert first.request_id in listed
    assert second.request_id in listed
    assert "<strong>2</strong>件" in listed
    asked = page.get(first.approve_url)
    assert "4件を承認して申し込む" in text(asked)
    taken = page.post(first.approve_url, {"shown": asked.context["shown"]}, follow=True)
    assert first.request_id in text(taken)
    approvers = [line for line in text(taken).splitlines() if "<dt>承認者</dt>" in line]
    assert [boss.display_name in line for line in approvers] == [True]
    assert states(first) == [State.ACKNOWLEDGED] * 4
    refused = page.post(f"/orders/batches/{second.uuid}/refuse/", {"reason": "多すぎます"}, follow=True)
    assert "理由：多すぎます" in text(refused)
    assert good_rows.same_under_way(second) is None
    batches = text(browser.get("/orders/batches/"))
    assert second.request_id in batches
    assert "却下</span>" in batches


def test_an_owner_sets_the_rule_and_a_member_does_not(boss, company, page, as_user):
    ApprovalRule.objects.all().delete()
    seen = page.get("/account/approval/")
    assert "解約" in text(seen)
    wanted = {"is_on": "on", "over_count": "１０", "over_yen": "5,000", "approvers": "member"}
    done = page.post("/account/approval/", {**wanted, "procedures": ["lines.terminate"]}, follow=True)
    assert "10件（番号・回線）を超えるお申し込み" in text(done)
    rule = ApprovalRule.objects.get()
    assert (rule.is_on, rule.finals, rule.procedures, rule.over_count, rule.over_yen) == (
        True,
        False,
        ["lines.terminate"],
        10,
        5000,
    )
    for wrong in ({"over_count": "-1"}, {"over_yen": "1.5"}, {"over_count": "x" * 30}, {"approvers": "viewer"}):
        assert "error-summary" in text(page.post("/account/approval/", {**wanted, **wrong}))
    assert "1人のため" in text(page.post("/account/approval/", {**wanted, "approvers": "owner"}))
    assert as_user(company).post("/account/approval/", wanted).status_code == 403
    assert fresh(rule).over_count == 10


def test_the_list_reads_its_rows_at_once(asked, page, django_assert_max_num_queries):
    orders = [asked("tests.holding", amount=4), asked("tests.holding", amount=5)]
    with django_assert_max_num_queries(14):
        seen = text(page.get("/orders/approvals/"))
    assert all(order.request_id in seen for order in orders)
    assert Order.objects.awaiting_approval().count() == 2
