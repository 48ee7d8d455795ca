"""What the app asks: POST /cloud/app/login/ and /cloud/app/logout/, JSON both ways.

No session and no cookie is looked at, so that there is nothing a page of somebody else's could misuse; and browsers
send this content type across sites only after asking, which nothing here answers.
"""

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from numbering.cloud.services import logins
from numbering.cloud.services.logins import Asking, LoginRefused, NotNow, SipAccount, TooManyTries

_LARGEST = 8_192
#: The longest of each field; what is longer is refused, not cut.
_FIELDS = {"login": 40, "password": 200, "setup_code": 200, "device": 60, "platform": 30, "push_token": 200}


class _Unreadable(Exception):
    """Not what this address takes."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


def _asked(view: Callable[[dict[str, str]], JsonResponse]) -> Callable[[HttpRequest], JsonResponse]:
    """The message, a flat object of texts; and answers for what is none."""

    def asked(request: HttpRequest) -> JsonResponse:
        try:
            return view(_message(request))
        except _Unreadable as error:
            return _refused(error.status, error.code, _("アプリからの要求を読み取れませんでした。"))
        except TooManyTries:
            words = _("続けて失敗したため、しばらくログインできません。30分ほど待ってから、もう一度お試しください。")
            return _refused(429, "too_many_tries", words)
        except LoginRefused:
            return _refused(
                401,
                "refused",
                _("IDまたはパスワードが違うか、QRコードの期限が切れています。ご確認のうえ、もう一度お試しください。"),
            )
        except NotNow as error:
            return _refused(403, error.reason, error.text)

    return never_cache(csrf_exempt(require_POST(asked)))


def _message(request: HttpRequest) -> dict[str, str]:
    if request.content_type != "application/json":
        raise _Unreadable(415, "json_expected")
    if len(request.body) > _LARGEST:
        raise _Unreadable(413, "too_large")
    try:
        message: Any = json.loads(request.body)
    except (ValueError, RecursionError):
        raise _Unreadable(400, "not_json") from None
    if not isinstance(message, dict):
        raise _Unreadable(400, "not_an_object")
    for name, value in message.items():
        if not isinstance(value, str) or len(value) > _FIELDS.get(name, 200) or not _is_storable(value):
            raise _Unreadable(400, "bad_field")
    return message


def _is_storable(value: str) -> bool:
    """Half a surrogate pair is JSON, but no text; no column takes a NUL."""
    return "\0" not in value and not any("\ud800" <= one <= "\udfff" for one in value)


@sensitive_variables()
def _log_in(message: dict[str, str]) -> JsonResponse:
    """{"login", "password"} or {"setup_code"}, with "device" and, if it likes, "platform" and "push_token"."""
    name = " ".join(message.get("device", "").split()) or _("名前のない端末")
    asking = Asking(name, message.get("platform", ""), message.get("push_token", ""))
    if code := message.get("setup_code"):
        account = logins.log_in_by_code(code=code, asking=asking)
    elif message.get("login") and message.get("password"):
        account = logins.log_in_by_password(login=message["login"], password=message["password"], asking=asking)
    else:
        raise _Unreadable(400, "field_missing")
    return JsonResponse(_told(account), status=201)


@sensitive_variables()
def _log_out(message: dict[str, str]) -> JsonResponse:
    """{"username", "password"} of the SIP account."""
    if not message.get("username") or not message.get("password"):
        raise _Unreadable(400, "field_missing")
    if not logins.log_out(username=message["username"], password=message["password"]):
        raise LoginRefused
    return JsonResponse({})


def _told(account: SipAccount) -> dict[str, Any]:
    device = account.device
    return {
        "device": str(device.uuid),
        "id": device.cloud_id.login_name,
        "name": device.cloud_id.label,
        "sip": {
            "username": device.username,
            "realm": device.realm,
            "password": account.password,
            "registrar": account.server,
        },
    }


def _refused(status: int, code: str, reason: str) -> JsonResponse:
    return JsonResponse({"code": code, "reason": reason}, status=status)


log_in = _asked(_log_in)
log_out = _asked(_log_out)
