"""Who asks for a file: a customer's user with a session, or one of the customer's programs with a token."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from billing.models import DownloadToken
from billing.services import tokens
from selfcare import clock
from selfcare.accounts import audit, context
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import AuditEvent, Customer, Role, User
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import throttle

#: Unknown, revoked and expired tokens from one address.
_LIMIT = throttle.Limit("download_token", 30, timedelta(minutes=15))
#: Parts of a file that are fetched one after the other are one download for so long.
_ONE_DOWNLOAD = timedelta(days=1)
_ACTION = "statement.downloaded"


@dataclass(frozen=True)
class Asker:
    """Either a user or a token."""

    customer: Customer
    user: User | None = None
    token: DownloadToken | None = None

    def record(self, detail: dict[str, Any]) -> None:
        """The audit trail's event of a download."""
        if self.token is not None:
            detail = {**detail, "token": self.token.name, "token_id": self.token.pk}
        audit.record(action=_ACTION, obj=self.token, customer=self.customer, detail=detail, actor=self.user)

    def has_begun(self, detail: dict[str, Any]) -> bool:
        """Whether this asker's download of the same file has been recorded: then the rest of it is no new one."""
        known = AuditEvent.objects.filter(
            customer=self.customer,
            action=_ACTION,
            actor=self.user,
            object_id=str(self.token.pk) if self.token else "",
            detail__contains=detail,
            address=context.current().address,
            at__gt=clock.real_now() - _ONE_DOWNLOAD,
        )
        return known.exists()


View = Callable[..., HttpResponseBase]


def for_customers(view: View) -> View:
    """Let in who may download: `view` is called with the request, the Asker, and what the address says."""

    @customer_view(role=Role.VIEWER, function=tokens.FUNCTION)
    def by_session(request: CustomerRequest, /, **words: Any) -> HttpResponseBase:
        return view(request, Asker(cast(Customer, request.user.customer), user=request.user), **words)

    @wraps(view)
    def guarded(request: HttpRequest, **words: Any) -> HttpResponseBase:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return by_session(request, **words)
        token = _token(secret.strip())
        if isinstance(token, HttpResponse):
            return token
        return view(request, Asker(token.customer, token=token), **words)

    guarded.guarded_role = Role.VIEWER  # type: ignore[attr-defined]
    return guarded


def _token(secret: str) -> DownloadToken | HttpResponse:
    """The live token, or what is answered instead. A try is counted before anything is looked up."""
    address = context.current().address
    tries = throttle.reserve([(_LIMIT, throttle.key(_LIMIT, throttle.network(address)))])
    if tries is None:
        response = plain(429, _("無効なトークンでのアクセスが続いたため、しばらく受け付けられません。"))
        response["Retry-After"] = str(int(_LIMIT.window.total_seconds()))
        return response
    token = tokens.used(secret=secret, address=address)
    if token is None:
        throttle.failed(tries)
        response = plain(401, _("トークンが正しくないか、有効期限が切れているか、失効しています。"))
        response["WWW-Authenticate"] = 'Bearer realm="statements", error="invalid_token"'
        return response
    throttle.refund(tries)
    return token


def plain(status: int, words: str) -> HttpResponse:
    """For programs."""
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")
