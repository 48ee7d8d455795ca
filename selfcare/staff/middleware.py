"""「お客様として表示」 in the request: the customer's user on customers' pages, in a transaction that cannot write."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.contrib.sessions.backends.base import SessionBase
from django.db import InternalError, connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import resolve, reverse
from django.urls.exceptions import Resolver404
from django.utils.translation import gettext as _
from psycopg.errors import ReadOnlySqlTransaction

from selfcare.accounts.entry import session_cookie_sent
from selfcare.accounts.models import User
from selfcare.accounts.viewing import why_hidden
from selfcare.staff.models import Impersonation
from selfcare.staff.services import viewing as service

GetResponse = Callable[[HttpRequest], HttpResponseBase]
#: In the operator's own session: the row of what he looks at.
KEY = "viewing_as"
Ending = Impersonation.Ending


class ViewersSession(SessionBase):
    """What customers' pages get instead of the operator's session: empty, never stored, gone with the request.

    Its key belongs to no session: what only the ordering session may see stays hidden.
    """

    def __init__(self) -> None:
        super().__init__()
        self._session_key = f"viewer{secrets.token_hex(16)}"
        self._session_cache: dict[str, Any] = {}

    def load(self) -> dict[str, Any]:
        return {}

    def exists(self, session_key: str) -> bool:
        return False

    def create(self) -> None:
        """Nothing."""

    def save(self, must_create: bool = False) -> None:
        """Nothing."""

    def delete(self, session_key: str | None = None) -> None:
        """Nothing."""

    def touch(self) -> None:
        """Nothing."""


class ViewingMiddleware:
    """After the one that knows the user. The operator's pages stay his own; every other page is the customer's, is
    only read, and is in the audit trail before it is drawn."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not session_cookie_sent(request) or KEY not in request.session:
            return self.get_response(request)
        found = Impersonation.objects.select_related("user", "operator").filter(pk=request.session[KEY]).first()
        over = _why_over(request, found)
        if found is None or over is not None:
            return self._over(request, found, over)
        request.viewing = found  # type: ignore[attr-defined]
        if _is_operators(request):
            response = self.get_response(request)
            if KEY not in request.session:
                # A logout, unless the row has been ended by the button.
                service.end(viewing=found, ending=Ending.LOGOUT, actor=found.operator)
            return response
        user = service.usable(found.user_id)
        if user is None:
            return self._over(request, found, Ending.USER)
        return self._shown(request, found, user)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A page that has tried to write is no fault of ours; `_shown` says what it is."""
        return HttpResponse(status=403) if getattr(request, "tried_to_write", False) else None

    def _over(
        self, request: HttpRequest, found: Impersonation | None, ending: Impersonation.Ending | None
    ) -> HttpResponseBase:
        """The operator is himself again, and is told so instead of a page that is not his."""
        del request.session[KEY]
        if found is not None and ending is not None:
            service.end(viewing=found, ending=ending, actor=found.operator)
        if _is_operators(request):
            return self.get_response(request)
        label = found.get_ending_display() if found is not None and found.ending else ""
        words = {"ending": ending.label if ending is not None else label}
        return render(request, "errors/viewing_over.html", words, status=403)

    def _shown(self, request: HttpRequest, found: Impersonation, user: User) -> HttpResponseBase:
        operator = cast(User, request.user)
        with _as(request, user):
            if words := _why_refused(request):
                return _read_only(request, lambda asked: _refused(asked, words))
            service.page_seen(viewing=found, path=request.path, actor=operator)
            response = _read_only(request, self.get_response)
            if getattr(request, "tried_to_write", False) and response.status_code >= 400:
                words = _("この画面は開くだけで記録が残るため、お客様として表示している間は開けません。")
                response = _read_only(request, lambda asked: _refused(asked, words))
            elif response.streaming:
                _drop(response)
                words = _("ファイルのダウンロードは、お客様として表示している間はできません。")
                response = _read_only(request, lambda asked: _refused(asked, words))
        # Nothing of the customer's stays in the operator's browser.
        response.cookies.clear()
        return response


def _is_operators(request: HttpRequest) -> bool:
    """The operators' own pages, and the way out."""
    return request.path.startswith(reverse("admin:index")) or request.path == reverse("logout")


def _why_over(request: HttpRequest, found: Impersonation | None) -> Impersonation.Ending | None:
    """Why it does not go on; of a row that has ended or is somebody else's, nothing more is to be said."""
    user: Any = request.user
    if found is None or found.operator_id != user.pk:
        return Ending.RIGHTS
    if found.ended_at is not None:
        return Ending(found.ending)
    if found.minutes_left == 0:
        return Ending.EXPIRED
    return None if service.may_view(request) else Ending.RIGHTS


def _why_refused(request: HttpRequest) -> str:
    """Before anything is asked: what changes something, and pages that are the user's alone."""
    if request.method not in ("GET", "HEAD"):
        return _("お客様として表示している間は、閲覧だけができます。何も送信されていません。")
    try:
        return why_hidden(resolve(request.path_info).view_name)
    except Resolver404:
        return ""


def _refused(request: HttpRequest, words: str) -> HttpResponse:
    return render(request, "errors/viewing.html", {"reason": words}, status=403)


@contextmanager
def _as(request: HttpRequest, user: User) -> Iterator[None]:
    """The customer's user, with no second step of his own, and no session that would outlive the request."""
    kept = request.user, request.session
    seen: Any = user
    seen.otp_device, seen.is_verified = None, lambda: False
    request.user, request.session = user, ViewersSession()
    try:
        yield
    finally:
        request.user, request.session = kept


def _read_only(request: HttpRequest, draw: GetResponse) -> HttpResponseBase:
    """`draw` in a transaction in which the database itself refuses every write, and which is never committed."""

    def noticing(execute: Any, *asked: Any) -> Any:
        try:
            return execute(*asked)
        except InternalError as error:
            if isinstance(error.__cause__, ReadOnlySqlTransaction):
                request.tried_to_write = True  # type: ignore[attr-defined]
            raise

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        with connection.execute_wrapper(noticing):
            response = draw(request)
        transaction.set_rollback(True)
    return response


def _drop(response: HttpResponseBase) -> None:
    """What a stream holds is let go, without the signal that a request has ended."""
    for close in cast(Any, response)._resource_closers:
        close()
