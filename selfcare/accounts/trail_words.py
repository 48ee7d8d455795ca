"""Words for what happens to logins, users, contracts and addresses."""

from collections.abc import Collection

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from selfcare.accounts import trail
from selfcare.accounts.models import Contract, Customer, Role, User
from selfcare.accounts.trail import CONTRACT, LOGIN, LOOKED, USERS, Field, choices, tell

_METHODS = {
    "password": _("パスワードのみ"),
    "mail_code": _("メールの認証コード"),
    "passkey": _("パスキー"),
    "totp": _("認証アプリ"),
    "app": _("認証アプリ"),
    "recovery": _("リカバリーコード"),
    "recovery_code": _("リカバリーコード"),
}
_STEPS = {
    "password": _("パスワード"),
    "code": _("認証コード"),
    "confirm": _("本人確認"),
    "totp": _("認証アプリ"),
    "passkey": _("パスキー"),
}
_ENDINGS = {
    "button": _("オペレーターが終了"),
    "expired": _("30分が経過"),
    "logout": _("オペレーターのログアウト"),
    "rights": _("オペレーターの権限の終了"),
    "user": _("ユーザーの利用停止"),
    "replaced": _("別の表示の開始"),
}

_METHOD = Field(_("方法"), "method", choices(_METHODS))
_EMAIL = Field(_("メールアドレス"), "email")
_ROLE = Field(_("役割"), "role", choices(Role))
_SELFCARE_ID = Field(_("セルフケアID"), "selfcare_id")
_NAME = Field(_("氏名"), "name")
_LOGIN_METHOD = Field(_("ログイン方法"), "login_method", choices(User.LoginMethod))
_CODE_EMAIL = Field(_("認証コード配信先"), "code_email")
_PASSKEY = Field(_("パスキーの名前"), "name")


def register() -> None:
    _logins()
    _factors()
    _users()
    _contracts()
    _looked()
    trail.internal("operator.created", "operator.renewed", "operator.changed")
    trail.describe("user", _named_users)
    trail.describe("contract", _named_contracts)


def _logins() -> None:
    tell(LOGIN, "login.succeeded", _("ログインしました"), _METHOD)
    tell(LOGIN, "login.failed", _("ログインに失敗しました"), Field(_("段階"), "step", choices(_STEPS)))
    tell(LOGIN, "session.logged_out", _("ログアウトしました"))
    tell(LOGIN, "session.ended", _("端末のログインを終了しました"))
    tell(LOGIN, "session.others_ended", _("ほかの端末のログインを終了しました"), Field(_("件数"), "ended"))
    tell(LOGIN, "session.confirmed", _("本人確認をしました"), _METHOD)
    tell(LOGIN, "user.password_changed", _("パスワードを変更しました"))
    tell(LOGIN, "user.password_reset", _("メールのリンクからパスワードを再設定しました"))
    tell(LOGIN, "user.reset_requested", _("パスワード再設定のメールを送りました"))
    tell(LOGIN, "user.password_reissued", _("パスワードを再発行し、郵送しました"))
    tell(LOGIN, "user.ids_posted", _("セルフケアIDと契約番号を郵送しました"))
    tell(LOGIN, "user.login_method_changed", _("ログイン方法を変更しました"), _LOGIN_METHOD)


def _factors() -> None:
    tell(LOGIN, "passkey.added", _("パスキーを登録しました"), _PASSKEY)
    tell(LOGIN, "passkey.renamed", _("パスキーの名前を変更しました"), _PASSKEY)
    tell(LOGIN, "passkey.removed", _("パスキーを削除しました"), _PASSKEY)
    tell(LOGIN, "user.app_added", _("認証アプリを登録しました"))
    tell(LOGIN, "user.app_replaced", _("認証アプリを登録し直しました"))
    tell(LOGIN, "user.app_removed", _("認証アプリを削除しました"))
    tell(LOGIN, "user.recovery_codes_made", _("リカバリーコードを発行しました"), Field(_("件数"), "number"))
    tell(LOGIN, "user.recovery_code_used", _("リカバリーコードを使いました"), Field(_("残り"), "left"))
    tell(
        LOGIN,
        "user.mail_codes_changed",
        _("メールの認証コードの利用を変更しました"),
        Field(_("メールの認証コードを使う"), "mail_codes"),
    )
    tell(LOGIN, "user.factors_reset", _("認証アプリ・パスキー・リカバリーコードをすべて削除しました"))
    tell(LOGIN, "user.code_address_asked", _("認証コード配信先の変更を申し込みました"), _CODE_EMAIL, _LOGIN_METHOD)
    tell(LOGIN, "user.code_address_cancelled", _("認証コード配信先の変更の申し込みを取り消しました"), _CODE_EMAIL)
    tell(LOGIN, "user.code_address_changed", _("認証コード配信先を変更しました"), _CODE_EMAIL, _LOGIN_METHOD)


def _users() -> None:
    tell(USERS, "user.created", _("ユーザーを登録しました"), Field(_("契約番号"), "contract"))
    tell(USERS, "user.invited", _("ユーザーを招待しました"), _EMAIL, _NAME, _ROLE)
    tell(USERS, "user.invited_again", _("招待のメールを送り直しました"), _EMAIL, _ROLE)
    tell(USERS, "user.invitation_revoked", _("招待を取り消しました"), _EMAIL)
    tell(USERS, "user.joined", _("招待を受けて参加しました"), _SELFCARE_ID, _ROLE, _EMAIL)
    tell(USERS, "user.name_changed", _("氏名を変更しました"), _NAME)
    tell(
        USERS, "user.profile_changed", _("ユーザー情報を変更しました"), _NAME, Field(_("連絡先メールアドレス"), "email")
    )
    tell(USERS, "user.renamed", _("セルフケアIDを変更しました"), _SELFCARE_ID)
    tell(USERS, "user.role_changed", _("役割を変更しました"), _ROLE)
    tell(USERS, "user.suspended", _("ユーザーの利用を停止しました"))
    tell(USERS, "user.resumed", _("ユーザーの利用を再開しました"))
    tell(USERS, "user.removed", _("ユーザーを削除しました"), _SELFCARE_ID, _NAME, _ROLE)
    tell(USERS, "user.locked", _("ユーザーをロックしました"))
    tell(USERS, "user.unlocked", _("ユーザーのロックを解除しました"))
    tell(USERS, "audit.exported", _("操作履歴をダウンロードしました"), Field(_("条件"), "filters", _filters))


def _contracts() -> None:
    policy = Field(_("方針"), "new", choices(Customer.LoginPolicy), old="old")
    tell(CONTRACT, "customer.login_policy_changed", _("ログイン方法の方針を変更しました"), policy)
    tell(
        CONTRACT, "contract.mail_changed", _("登録メールアドレスを変更しました"), Field(_("登録メールアドレス"), "mail")
    )
    tell(CONTRACT, "notification_address.added", _("通知先メールアドレスを追加しました"), _EMAIL)
    tell(CONTRACT, "notification_address.link_sent", _("通知先の確認メールを送り直しました"), _EMAIL)
    tell(CONTRACT, "notification_address.confirmed", _("通知先メールアドレスが確認されました"), _EMAIL)
    tell(CONTRACT, "notification_address.removed", _("通知先メールアドレスを削除しました"), _EMAIL)
    customer = tuple(
        Field(_labelled(Customer, name), name) for name in ("name", "kana", "postal_code", "address", "building")
    )
    tell(CONTRACT, "customer.created", _("契約者が登録されました"))
    tell(CONTRACT, "customer.changed", _("契約者の登録内容を変更しました"), *customer)
    contract = ("name", "service", "plan", "billing_cycle", "started_on", "contact_name", "contact_phone")
    fields = (Field(_labelled(Contract, name), name) for name in contract)
    tell(CONTRACT, "contract.created", _("契約が登録されました"), Field(_("契約番号"), "number"))
    tell(CONTRACT, "contract.changed", _("契約の登録内容を変更しました"), *fields)


def _filters(told: object) -> str:
    found = told if isinstance(told, dict) else {}
    labels = {"since": _("期間（から）"), "until": _("期間（まで）"), "person": _("人"), "kind": _("種類")}
    people = {"operators": _("オペレーター"), "system": _("システム")}
    words = {name: people.get(value, trail.KINDS.get(value, value)) for name, value in found.items()}
    return "、".join(f"{label} {words[name]}" for name, label in labels.items() if name in words)


def _labelled(model: type[Customer] | type[Contract], name: str) -> object:
    return next(field.verbose_name for field in model._meta.fields if field.name == name)


def _looked() -> None:
    """Whose pages they were is what these events are about."""
    tell(LOOKED, "view_as.started", _("お客様の画面の表示を始めました"), Field(_("理由"), "reason"))
    tell(LOOKED, "view_as.page", _("お客様の画面を表示しました"), Field(_("画面"), "page"))
    ending = Field(_("終了の理由"), "ending", choices(_ENDINGS))
    tell(LOOKED, "view_as.ended", _("お客様の画面の表示を終えました"), ending)


def _named_users(customer_id: int, ids: Collection[str]) -> dict[str, tuple[str, str]]:
    users = User.objects.filter(customer_id=customer_id, pk__in=trail.numbers(ids))
    return {
        str(user.pk): (user.selfcare_id, reverse("accounts:user", args=[user.pk]) if user.removed_at is None else "")
        for user in users
    }


def _named_contracts(customer_id: int, ids: Collection[str]) -> dict[str, tuple[str, str]]:
    contracts = Contract.objects.filter(customer_id=customer_id, pk__in=trail.numbers(ids))
    return {str(contract.pk): (contract.number, "") for contract in contracts}
