"""The portal with pages beside it that no careful program has: they write when they are only looked at."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path

from selfcare import urls
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import User


def _rename(request: HttpRequest) -> int:
    user: Any = request.user
    return User.objects.filter(pk=user.pk).update(name="書き換え")


@customer_view()
def writing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{_rename(request)}")


@customer_view()
def hiding_it(request: HttpRequest) -> HttpResponse:
    """It swallows what the database says, and asks on."""
    try:
        _rename(request)
    except Exception:
        return HttpResponse(f"{User.objects.count()}")
    return HttpResponse("written")


@customer_view()
def locking(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    return HttpResponse(User.objects.select_for_update().get(pk=user.pk).name)


@customer_view()
def keeping(request: HttpRequest) -> HttpResponse:
    """A choice in the session, a cookie, a message: what a page leaves behind elsewhere."""
    request.session["chosen"] = request.GET.get("chosen", "")
    response = HttpResponse(request.session["chosen"])
    response.set_cookie("left_behind", "1")
    return response


@customer_view()
def streaming(request: HttpRequest) -> HttpResponseBase:
    def late() -> Iterator[str]:
        yield f"{_rename(request)}"

    return StreamingHttpResponse(late())


urlpatterns = [
    path("test/writing/", writing),
    path("test/hiding-it/", hiding_it),
    path("test/locking/", locking),
    path("test/keeping/", keeping),
    path("test/streaming/", streaming),
    *urls.urlpatterns,
]
