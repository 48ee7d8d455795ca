"""Beginning an application: from a quote, and again by a mail for who has lost the link."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from billing.services import NoTariff, price
from numbering.cloud.forms import quote
from numbering.cloud.forms.application_ends import LinkForm
from numbering.cloud.services.applications import filling, needs, resending
from numbering.cloud.views.application_pages import address
from selfcare import calendar, clock
from selfcare.orders.procedures import NotPossible


@never_cache
def begin(request: HttpRequest) -> HttpResponse:
    """What the quote's parameters stand for, and a button; the same form pressed twice is one application."""
    basket = quote.basket_of(request.GET)
    if basket is None:
        return redirect(f"{reverse('cloud:quote')}?{request.GET.urlencode()}")
    try:
        priced = price(basket, on=calendar.today(clock.now()))
    except NoTariff:
        # That page says that there are no prices at the moment.
        return redirect(f"{reverse('cloud:quote')}?{quote.query_of(basket)}")
    problem = ""
    if request.method == "POST":
        try:
            _application, token = filling.begin(form_key=_key(request.POST.get("form_key", "")), basket=basket)
            return redirect(address("who", token))
        except NotPossible as error:
            problem = str(error)
        except ValidationError as error:
            problem = " ".join(error.messages)
    context = {
        "quote": priced,
        "basket": basket,
        "change_url": f"{reverse('cloud:quote')}?{quote.query_of(basket)}",
        "form_key": uuid.uuid4(),
        "steps": needs.where("basket"),
        "problem": problem,
    }
    return render(request, "numbering/cloud/apply.html", context, status=429 if problem else 200)


def _key(typed: str) -> uuid.UUID:
    """Of a form that was tampered with: a new one."""
    try:
        return uuid.UUID(typed)
    except ValueError:
        return uuid.uuid4()


@never_cache
def lost_link(request: HttpRequest) -> HttpResponse:
    """The answer is the same whether there is an application with this address or not."""
    form = LinkForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            resending.ask(mail=form.cleaned_data["mail"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, resending.told())
            return redirect("cloud:apply_lost_link")
    return render(request, "numbering/cloud/apply_lost_link.html", {"form": form})
