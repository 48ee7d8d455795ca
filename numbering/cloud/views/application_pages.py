"""What the pages of applications have in common: whoever has the link has the page, and nobody else learns of it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables

from numbering.cloud.models import CloudApplication
from numbering.cloud.services.applications import links, needs

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, CloudApplication, str, P], HttpResponse]


def by_link(view: View[P]) -> Callable[..., HttpResponse]:
    """The view gets the application and the token of the address; a token of none is a page that says what to do."""

    @never_cache
    @sensitive_variables("token")
    @wraps(view)
    def found(request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        application = links.find(token)
        if application is None:
            return render(request, "numbering/cloud/apply_unknown.html", status=404)
        return view(request, application, token, *args, **kwargs)

    return found


def draft_by_link(view: View[P]) -> Callable[..., HttpResponse]:
    """The same for the steps of a draft; what has been sent leads to its state."""

    def still_typed(
        request: HttpRequest, application: CloudApplication, token: str, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        if not application.is_draft:
            return redirect("cloud:application", token)
        return view(request, application, token, *args, **kwargs)

    return wraps(view)(by_link(still_typed))


def address(step: str, token: str) -> str:
    return reverse(f"cloud:apply_{step}", args=[token])


def go(step: str, token: str) -> HttpResponse:
    return redirect(address(step, token))


def page(
    request: HttpRequest, step: str, application: CloudApplication, token: str, context: dict[str, Any]
) -> HttpResponse:
    """A step's page, with the way back."""
    at = needs.STEPS.index(step)
    base = {
        "application": application,
        "token": token,
        "step": step,
        "steps": needs.where(step),
        "back_url": address(needs.STEPS[at - 1], token) if at else "",
    }
    return render(request, f"numbering/cloud/apply_{step}.html", {**base, **context})
