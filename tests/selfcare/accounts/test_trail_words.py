"""Every action that is written into the audit trail has words for companies, or is said to be internal: read from the
source, so that a new one without a decision is red."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

from numbering.cloud.models import ApplicationEvent
from selfcare.accounts import trail
from selfcare.contract_data.models import CaseState
from selfcare.orders.states import TRANSITIONS

ROOT = Path(trail.__file__).parents[2]
#: Calls whose action is no text in the source: what they can be.
COMPUTED = {
    "selfcare/accounts/services/passkeys.py": {"passkey.added", "passkey.renamed", "passkey.removed"},
    "selfcare/accounts/services/authenticator_apps.py": {"user.app_added", "user.app_replaced"},
    "selfcare/accounts/services/passwords.py": {"user.password_changed", "user.password_reset"},
    "selfcare/accounts/services/notification_addresses.py": {
        "notification_address.added", "notification_address.link_sent",
    },
    "selfcare/contract_data/services/steps.py": {f"identity.{state}" for state in CaseState},
    "selfcare/documents/services/storing.py": {"document.removed", "document.expired"},
    "selfcare/inquiries/services/answering.py": {
        f"inquiry.{done}" for done in ("answered", "noted", "closed", "reopened", "assigned")
    },
    "numbering/cloud/services/applications/timeline.py": {f"cloudapplication.{what}" for what in ApplicationEvent.What},
    "numbering/cloud/services/fax_sending.py": {"fax.queued", "fax.sent", "fax.failed"},
    "selfcare/orders/services/approving_batches.py": {
        "batch.approved", "batch.refused", "batch.withdrawn", "batch.expired",
    },
    "selfcare/orders/services/days.py": {"specialday.created", "specialday.changed"},
    # What operators edit in forms and files.
    "selfcare/staff/services/rows.py": {
        f"{noun}.{done}"
        for noun in (
            "customer", "contract", "line", "oncecharge", "recurringcharge", "tariff", "callrate", "article",
            "numberarea",
        )
        for done in ("created", "changed")
    } - {"oncecharge.changed"} | {"supportcontact.changed"},
    "billing/views/asking.py": {"statement.downloaded"},
    "billing/payments/methods.py": {
        f"payment_method.{done}" for done in ("registered", "changed", "form_confirmed", "form_refused")
    },
    "billing/payments/receipts.py": {"payment.corrected", "payment.received", "payment.refunded"},
}  # fmt: skip
#: The one statement that writes events of orders.
MOVED = {f"order.{state}" for states in TRANSITIONS.values() for state in states}


def calls() -> Iterator[tuple[str, ast.expr]]:
    """File and action of every `audit.record(action=...)`."""
    for package in ("selfcare", "lines", "numbering", "billing"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.record", "AuditEvent"):
                    action = next((word.value for word in node.keywords if word.arg == "action"), None)
                    if action is not None:
                        yield str(path.relative_to(ROOT)), action


def written() -> tuple[set[str], set[str]]:
    """All actions; and the files with one that nobody has said what it can be."""
    actions, unknown = set(MOVED), set()
    for path, action in calls():
        branches = [action.body, action.orelse] if isinstance(action, ast.IfExp) else [action]
        for branch in branches:
            if isinstance(branch, ast.Constant):
                actions.add(str(branch.value))
            elif path in COMPUTED:
                actions |= COMPUTED[path]
            elif path not in ("selfcare/runtime/demo.py", "selfcare/accounts/audit.py"):
                unknown.add(path)
    return actions, unknown


def test_every_action_in_the_source_has_words_or_is_internal():
    actions, unknown = written()
    assert unknown == set(), "say in COMPUTED what the action can be"
    assert len(actions) > 80, "the source has been read"
    assert sorted(actions - trail.known()) == []


def test_nobody_keeps_words_for_what_is_not_written_any_more():
    actions, _unknown = written()
    assert sorted(trail.known() - actions) == []


def test_computed_actions_are_still_computed_there():
    computed = {path for path, action in calls() if not isinstance(action, ast.Constant)}
    assert set(COMPUTED) <= computed


def test_an_action_without_words_would_be_found():
    """The negative control."""
    assert "nobody.knows" not in trail.known()
    assert trail.words("nobody.knows", {"reason": "秘密"}) == ""
    assert trail.changes("nobody.knows", {"reason": "秘密"}) == []


@pytest.mark.parametrize(
    ("action", "detail", "expected"),
    [
        ("user.role_changed", {"role": ["viewer", "member"]}, "役割を変更しました（役割: 閲覧者 → 担当者）"),
        ("user.locked", {"reason": "社内メモ"}, "ユーザーをロックしました"),
        ("contract.mail_changed", {"mail": ["a@x.example", "b@x.example"], "logged_out": ["x"], "reason": "社内メモ"},
         "登録メールアドレスを変更しました（登録メールアドレス: a@x.example → b@x.example）"),
        ("user.code_address_changed", {"code_email": ["", "b@x.example"]},
         "認証コード配信先を変更しました（認証コード配信先: （なし） → b@x.example）"),
        ("allowance.limit_changed", {"old": 50, "new": 100, "reason": "社内メモ"},
         "追加できる番号数の上限を変更しました（上限: 50 → 100）"),
        ("statement.downloaded", {"name": "202611.zip", "files": ["a.csv", "b.csv"], "token_id": 7},
         "ファイルをダウンロードしました（ファイル: 202611.zip、内容: a.csv、b.csv）"),
        ("user.mail_codes_changed", {"mail_codes": [True, False]},
         "メールの認証コードの利用を変更しました（メールの認証コードを使う: はい → いいえ）"),
        ("login.failed", {"step": "password", "reason": "not_allowed"}, "ログインに失敗しました（段階: パスワード）"),
        ("view_as.started", {"user": "office_owner", "reason": "お問い合わせ"},
         "お客様の画面の表示を始めました（理由: お問い合わせ）"),
        ("line.ported_in", {"number": "07012345678", "instead": ""},
         "MNP転入が完了しました（電話番号: 070-1234-5678）"),
        ("order.pending", {"from": "in_progress", "phase": "returned", "reason": "図面の差し替え"},
         "お申し込みの訂正をお願いしました（理由: 図面の差し替え）"),
        ("suspension.lifted", {"contract": "C1", "reason": "社内メモ"},
         "電話サービスの停止を解除しました（契約番号: C1）"),
        ("suspension.provisionally_lifted", {"contract": "C1", "until": "2026-12-01", "reason": "社内メモ"},
         "電話サービスの停止を一時的に解除しました（契約番号: C1、解除の期限: 2026-12-01）"),
        ("payment.settled_by_hand", {"bill": "B1", "paid": True, "reason": "社内メモ"},
         "お支払いの状態を確認しました（請求書番号: B1）"),
        ("payment.corrected", {"bill": "B1", "amount": 1, "day": "2026-12-01", "reason": "社内メモ"},
         "入出金の記録を訂正しました（請求書番号: B1、金額（円）: 1）"),
        ("order.cancelled", {"from": "acknowledged", "phase": "x", "reason": ""}, "お申し込みを取り消しました"),
        ("audit.exported", {"filters": {"since": "2026-11-01", "kind": "login", "person": "system"}},
         "操作履歴をダウンロードしました（条件: 期間（から） 2026-11-01、人 システム、種類 ログインと認証）"),
    ],
)  # fmt: skip
def test_what_changed_is_said_and_what_is_internal_is_not(action, detail, expected):
    with override("ja"):
        assert trail.words(action, detail) == expected
