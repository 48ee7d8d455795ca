"""What the pages after the menu share: their order's wish, the way back and on, and what stands above a form."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from numbering.dial_in.services import wishes
from numbering.dial_in.services.matters import SavedMeanwhile, mark
from numbering.dial_in.services.wishes import Wish
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order
from selfcare.orders.services.correcting import awaits_correction
from selfcare.orders.views.wizard import bar

#: The places of the pages in the procedure's step bar.
MATTERS, DATE, CONTACT = 2, 3, 4


def wish_or_menu(request: CustomerRequest, order: Order) -> tuple[Wish, HttpResponse | None]:
    """The order as a whole; while it has no parts, the way to the menu, which is where they are made."""
    wish = wishes.of(order)
    if wish.parts:
        return wish, None
    messages.info(request, _("先に、お申し込みの内容を1つ以上保存してください。"))
    return wish, redirect("numbering:dial-in-by-date-menu", order.uuid)


def back_from_date(wish: Wish) -> str:
    """その他ご確認事項 where there is something to ask, else the menu."""
    name = "matters" if wish.asks_matters else "menu"
    return reverse(f"numbering:dial-in-by-date-{name}", args=[wish.order.uuid])


def problems(*parts: forms.BaseForm) -> list[tuple[str, str, str]]:
    """For the summary above several forms: where the field is, its label, what is wrong."""
    return [
        (str(field.auto_id), str(field.label), str(error))
        for form in parts
        for field in form.visible_fields()
        for error in field.errors
    ]


def page(
    request: CustomerRequest,
    wish: Wish,
    template: str,
    at: int,
    *,
    names: tuple[str, ...],
    meanwhile: SavedMeanwhile | None = None,
    seen: str = "",
    **context: Any,
) -> HttpResponse:
    """`names`: what the page writes of the order's data; sent again, its form says which of it was seen.

    `meanwhile`: somebody has saved it since; then the form is about what has just been read, and says so.
    """
    order = meanwhile.order if meanwhile else wish.order
    said = {
        "order": order,
        "procedure": order.handler,
        "voice_contract": wish.voice_contract,
        "steps": bar(order.handler, at),
        "returned": awaits_correction(order),
        "seen": seen or mark(order, names),
        "meanwhile": meanwhile,
        **context,
    }
    return render(request, f"numbering/dial_in/{template}.html", said, status=409 if meanwhile else 200)
