"""The portal with doors left open, for the negative controls: the walk has to see each of them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path

from lines.models import Line
from selfcare.accounts.access import customer_view
from selfcare.orders.models import Order
from selfcare.urls import urlpatterns as real


def unguarded(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody asks who is there."""
    return HttpResponse(str(get_object_or_404(Line, pk=pk)))


@customer_view()
def not_through_the_owner(request: HttpRequest, pk: int) -> HttpResponse:
    """Guarded, but the row is fetched by its id alone, so that anybody's is found."""
    return HttpResponse(get_object_or_404(Line, pk=pk).sim_serial)


@customer_view()
def everybodys(request: HttpRequest) -> HttpResponse:
    """A list without a customer."""
    return HttpResponse(" ".join(order.request_id for order in Order.objects.all()))


@customer_view()
def led_on(request: HttpRequest, pk: int) -> HttpResponse:
    """It shows nothing, but that the row is there."""
    get_object_or_404(Line, pk=pk)
    return redirect("home")


@customer_view()
def written(request: HttpRequest, pk: int) -> HttpResponse:
    """It answers 404 after it has written."""
    Line.objects.filter(pk=pk).update(name="changed")
    return HttpResponse(status=404)


@customer_view()
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("any error")


@customer_view()
def fragile(request: HttpRequest) -> HttpResponse:
    """It believes whatever it is told, and says it again."""
    told = (request.POST or request.GET).get("q", "1")
    if told.isascii() and "<" not in told:
        Line.objects.filter(name=told, pk=int(told)).exists()
    return HttpResponse(f'<form method="post"><input name="q"></form><form><input name="q"></form>{told}')


urlpatterns = [
    path("fragile/", fragile, name="fragile"),
    path("open/<int:pk>/", unguarded, name="unguarded"),
    path("found/<int:pk>/", not_through_the_owner, name="not_through_the_owner"),
    path("everybodys/", everybodys, name="everybodys"),
    path("led/<int:pk>/", led_on, name="led_on"),
    path("written/<int:pk>/", written, name="written"),
    path("broken/", broken, name="broken"),
    path("unheard-of/", everybodys, name="unheard_of"),
    *real,
]
