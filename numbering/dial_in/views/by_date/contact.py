"""ご担当者情報 of a construction-date order; after it everything is checked."""

from django.http import HttpResponse
from django.shortcuts import redirect

from numbering.dial_in.forms.contact import ContactForm, remembered
from numbering.dial_in.services import matters as services
from numbering.dial_in.services.matters import SavedMeanwhile
from numbering.dial_in.views.by_date.closing import CONTACT, page, wish_or_menu
from numbering.dial_in.views.by_date.opening import order_view
from selfcare import phones
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible


@order_view
def contact(request: CustomerRequest, order: Order) -> HttpResponse:
    wish, elsewhere = wish_or_menu(request, order)
    if elsewhere is not None:
        return elsewhere
    if wish.when.day is None:
        return redirect("numbering:dial-in-by-date-date", order.uuid)
    meanwhile = None
    seen = request.POST.get("seen", "")
    form = ContactForm(request.POST) if request.method == "POST" else ContactForm(initial=_initial(request, order))
    if request.method == "POST" and form.is_valid():
        try:
            services.save_contact(order=order, contact=form.cleaned_data, seen=seen, actor=request.user)
        except SavedMeanwhile as error:
            meanwhile, seen = error, ""
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            return redirect("orders:confirm", order.uuid)
    return page(
        request,
        wish,
        "by_date_contact",
        CONTACT,
        names=services.CONTACT,
        meanwhile=meanwhile,
        seen=seen,
        form=form,
    )


def _initial(request: CustomerRequest, order: Order) -> dict[str, str]:
    kept = order.data.get("contact")
    return {**kept, "phone": phones.display(kept["phone"])} if kept else remembered(request.user)
