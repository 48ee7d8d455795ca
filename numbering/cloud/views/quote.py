"""料金シミュレーション: a quote for everybody, without login, by a plain GET; what is ticked is the page's address."""

from datetime import date, timedelta
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.services import Basket, CloudPrices, CloudQuote, NoTariff, cloud_prices, price
from numbering.cloud.forms.quote import form_of, query_of
from numbering.cloud.services import quotes
from selfcare import calendar, clock
from selfcare.accounts import context
from selfcare.accounts.services import throttle

#: A PDF costs a second of work, and whoever asks for it is nobody we know.
PDF_LIMIT = throttle.Limit("cloud_quote_pdf", 30, timedelta(hours=1))
#: Characters of the addressee on the PDF.
LONGEST_NAME = 60


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    form, today = form_of(request.GET), calendar.today(clock.now())
    prices = _prices(today)
    # The rows of the IDs follow their count; without scripts the button does it.
    form.fields["ids"].widget.attrs |= {
        "hx-get": reverse("cloud:quote"),
        "hx-include": "closest form",
        "hx-select-oob": "#each-id:outerHTML",
    }
    basket = form.basket if form.is_valid() else None
    quote = _priced(basket, prices)
    query = query_of(basket) if basket else ""
    shown = {
        "form": form,
        "basket": basket,
        "quote": quote,
        "first": _first_bill(quote, prices),
        **quotes.shown(form, prices),
        "query": query,
        "parameters": parse_qsl(query),
        "share": f"{settings.BASE_URL}{reverse('cloud:quote')}{'?' if query else ''}{query}",
        "longest_name": LONGEST_NAME,
    }
    return render(request, "numbering/cloud/quote.html", shown, status=200 if prices else 503)


@require_safe
def pdf(request: HttpRequest) -> HttpResponse:
    """The quote of this address as a PDF, addressed to `to`, made anew each time by the prices of the day."""
    form, today = form_of(request.GET), calendar.today(clock.now())
    basket = form.basket if form.is_valid() else None
    quote = _priced(basket, _prices(today))
    if basket is None or quote is None:
        problem = _("この内容の見積書は作成できません。入力内容をご確認ください。")
        return _no_pdf(request, problem, status=400 if basket is None else 503)
    counter = throttle.key(PDF_LIMIT, throttle.network(context.current().address))
    if throttle.reserve([(PDF_LIMIT, counter)]) is None:
        problem = _("見積書の作成が続いたため、しばらくお待ちください。1時間ほどたってからもう一度お試しください。")
        return _no_pdf(request, problem, status=429)
    to = " ".join(request.GET.get("to", "").split())[:LONGEST_NAME]
    content = quotes.render_pdf(basket=basket, quote=quote, to=to)
    name = f"quote-{today:%Y%m%d}.pdf"
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _prices(today: date) -> CloudPrices | None:
    try:
        return cloud_prices(on=today)
    except NoTariff:
        return None


def _priced(basket: Basket | None, prices: CloudPrices | None) -> CloudQuote | None:
    """None also where operators have not entered what something costs: a page that shows no price is still a page."""
    if basket is None or prices is None:
        return None
    try:
        return price(basket, on=prices.on, prices=prices)
    except NoTariff:
        return None


def _first_bill(quote: CloudQuote | None, prices: CloudPrices | None) -> int | None:
    """With tax, which is rounded once over both."""
    return prices.with_tax(quote.once + quote.monthly) if quote and prices else None


def _no_pdf(request: HttpRequest, problem: str, status: int) -> HttpResponse:
    context = {"problem": problem, "query": request.GET.urlencode()}
    return render(request, "numbering/cloud/quote_no_pdf.html", context, status=status)
