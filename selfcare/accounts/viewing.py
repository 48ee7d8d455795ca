"""What an operator who looks at the portal as a customer's user never gets to see.

Such a request has `request.viewing`: whose pages they are (`user_id`), who looks and why. selfcare.staff puts it there.
"""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

_SECRETS = gettext_lazy(
    "ログイン・パスワード・認証など、ご本人だけの画面です。お客様として表示している間は開けません。"
)
_FILES = gettext_lazy("ファイルのダウンロードは、お客様として表示している間はできません。")
#: Of the accounts' own pages only these are shown: what is not named here is about passwords, codes and sessions.
_SHOWN_ACCOUNTS = frozenset(f"accounts:{name}" for name in ("audit", "users", "user", "profile", "notifications"))

_hidden: dict[str, Any] = {
    "accounts:audit_csv": _FILES,
    **dict.fromkeys(("login_code", "login_passkey", "login_code_passkey"), _SECRETS),
}


def hide(*url_names: str) -> None:
    """Name pages with secrets of their own; call it in `AppConfig.ready()`."""
    _hidden.update(dict.fromkeys(url_names, _SECRETS))


def refuse_files(*url_names: str) -> None:
    """Name downloads that are written down as the customer's, or that are made by the first who asks."""
    _hidden.update(dict.fromkeys(url_names, _FILES))


def why_hidden(url_name: str) -> str:
    """The words for a page that is not shown; empty for one that is."""
    if url_name in _hidden:
        return str(_hidden[url_name])
    if url_name.startswith("accounts:") and url_name not in _SHOWN_ACCOUNTS:
        return str(_SECRETS)
    return ""


def is_viewed(request: HttpRequest, user: Any) -> bool:
    """Whether this request shows an operator the pages of `user`: the one way to them without the user's login."""
    viewing = getattr(request, "viewing", None)
    return viewing is not None and viewing.user_id == user.pk
