"""Who may see a customer's page. Every customer view wears `customer_view`; a test walks all addresses to see to it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from selfcare.accounts import ceremonies
from selfcare.accounts.entry import PASSWORD_ONLY, session_cookie_sent
from selfcare.accounts.models import Contract, Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.viewing import is_viewed

P = ParamSpec("P")
#: What `customer_view` takes, and what it makes of it: a view behind the gate, and one for everybody.
View = Callable[Concatenate[CustomerRequest, P], HttpResponseBase]
Guarded = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class _ContractToChooseError(Exception):
    """Several contracts have the function and none is named yet; `customer_view` shows the choice."""

    def __init__(self, contracts: list[Contract]) -> None:
        super().__init__()
        self.contracts = contracts


def second_step_done(request: HttpRequest) -> bool:
    """A verified second step, or a login without one that the customer's policy still allows; or an operator's own
    login, who looks at the portal as this user."""
    user: Any = request.user
    if not user.is_authenticated:
        return False
    if user.is_verified() or is_viewed(request, user):
        return True
    return bool(request.session.get(PASSWORD_ONLY)) and not user.needs_code


def customer_view(
    *, role: str = Role.VIEWER, function: str | None = None, while_forced: bool = False
) -> Callable[[View[P]], Guarded[P]]:
    """Let in a customer's user with both steps done and at least this role, if an active contract has `function`.

    Others: the login (guests, half sessions), the new password (one-time passwords, unless `while_forced`), 403 (role;
    operators), the page that explains (function).
    """

    def decorate(view: View[P]) -> Guarded[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            refused = _refusal(request, role, function, while_forced)
            if refused is not None:
                return refused
            try:
                return view(cast(CustomerRequest, request), *args, **kwargs)
            except _ContractToChooseError as choice:
                context = {"contracts": choice.contracts, "path": request.path}
                return render(request, "accounts/choose_contract.html", context)

        guarded.guarded_role = role  # type: ignore[attr-defined]
        return guarded

    return decorate


def _refusal(request: HttpRequest, role: str, function: str | None, while_forced: bool) -> HttpResponse | None:
    user: Any = request.user
    if user.is_authenticated and user.customer_id is None:
        raise PermissionDenied(_("オペレーターのログインでは、お客様の画面は開けません。"))
    if not second_step_done(request):
        return _to_login(request)
    if user.must_change_password and not while_forced and not is_viewed(request, user):
        return _go(request, reverse("accounts:password"))
    if not user.has_role(role):
        raise PermissionDenied(_("「%(role)s」の方が利用できます。") % {"role": Role(role).label})
    if function is not None and not Contract.objects.visible_to(user).with_function(function).exists():
        return render(request, "accounts/function_unavailable.html", status=403)
    return None


def _to_login(request: HttpRequest) -> HttpResponse:
    words = {"next": request.get_full_path()} if request.method == "GET" else {}
    begun = request.session.get("login_attempt") or ceremonies.is_waiting(request, ceremonies.LOGIN)
    if session_cookie_sent(request) and not begun:
        words["ended"] = "session"
    return _go(request, f"{reverse('login')}?{urlencode(words)}" if words else reverse("login"))


def _go(request: HttpRequest, address: str) -> HttpResponse:
    """htmx would put the login page into the middle of this one."""
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(address)
    return redirect(address)


def contract_for(request: CustomerRequest, function: str) -> Contract:
    """The contract that this page is about: the only active one with `function`, or the one chosen.

    `?contract=<number>` chooses, and the session remembers it per function. While there is a choice to make,
    `customer_view` answers with it instead of the page.
    """
    contracts = list(Contract.objects.visible_to(request.user).with_function(function).order_by("started_on", "pk"))
    if len(contracts) == 1:
        return contracts[0]
    kept = f"contract:{function}"
    named = request.GET.get("contract") or request.session.get(kept)
    for contract in contracts:
        if contract.number == named:
            if request.session.get(kept) != contract.number:
                request.session[kept] = contract.number
            return contract
    raise _ContractToChooseError(contracts)
