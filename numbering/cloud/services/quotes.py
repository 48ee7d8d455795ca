"""What the quote page explains besides the quote itself, and the quote on paper (見積書)."""

from typing import Any, NamedTuple

from django.forms import Form
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from billing.services import Basket, CloudPrices, CloudQuote, NoTariff, Start, cloud_items, issuer_name
from selfcare import money
from selfcare.work import pdf


class StartChoice(NamedTuple):
    """One answer to the page's first question: what it costs by itself, and what it means."""

    value: str
    label: str
    cost: str
    notes: tuple[str, ...]


#: Fields of the form behind which a price stands, and the item whose price it is.
_PRICED = {
    "after_hours": cloud_items.AFTER_HOURS,
    "voicemail": cloud_items.VOICEMAIL,
    "extra_numbers": cloud_items.NUMBER,
    "adapters": cloud_items.ADAPTER,
    "desk_phones": cloud_items.DESK_PHONE,
}


def shown(form: Form, prices: CloudPrices | None) -> dict[str, Any]:
    """What templates/numbering/cloud/_quote_fields.html needs besides the form (a QuoteForm)."""
    words = unit_prices(prices)
    fields = [(form[name], words.get(item.removeprefix("cloud."), "")) for name, item in _PRICED.items()]
    return {"starts": starts(prices), "prices": words, "priced_fields": fields}


def starts(prices: CloudPrices | None) -> list[StartChoice]:
    return [
        StartChoice(
            Start.NEW.value,
            str(Start.NEW.label),
            _basic(prices, cloud_items.BASIC_NEW),
            (_("03・06などの市外局番や050の番号をご用意します。03番号でも追加の料金はかかりません。"),),
        ),
        StartChoice(
            Start.PORT.value,
            str(Start.PORT.label),
            _basic(prices, cloud_items.BASIC_PORT),
            _why_port_costs_more(prices),
        ),
        StartChoice(
            Start.RECEIVE.value,
            str(Start.RECEIVE.label),
            _basic(prices, cloud_items.BASIC_NEW),
            (
                _("新しい番号を1つ取得し、いまの電話会社で、その番号への転送を設定します（転送の料金は、いまの電話会社にかかります）。"),
                _("いまの固定電話はそのまま残り、これまでどおり固定電話でも応答できます。"),
                _("スマートフォンから電話をかけると、相手には新しい番号が表示されます。"),
            ),
        ),
    ]  # fmt: skip


def _basic(prices: CloudPrices | None, item: str) -> str:
    try:
        amounts = {"once": money.yen(prices.once(item)), "monthly": money.yen(prices.monthly(item))} if prices else None
    except NoTariff:
        amounts = None
    return _("初期 %(once)s・月額 %(monthly)s") % amounts if amounts else ""


def _why_port_costs_more(prices: CloudPrices | None) -> tuple[str, ...]:
    what = _("いまの番号を、電話会社を替えて使い続けます。いまの回線は解約せずに、先にお申し込みください。")
    try:
        if prices is None:
            return (what,)
        new, port = cloud_items.BASIC_NEW, cloud_items.BASIC_PORT
        more = {
            "once": money.yen(prices.once(port) - prices.once(new)),
            "monthly": money.yen(prices.monthly(port) - prices.monthly(new)),
        }
    except NoTariff:
        return (what,)
    why = _(
        "番号の移転工事と、移転した番号を維持する費用がかかるため、新しい番号より初期費用が%(once)s、月額が%(monthly)s高くなります。"
    )
    return (what, why % more)


def unit_prices(prices: CloudPrices | None) -> dict[str, str]:
    """What each thing costs, in words, for the page's labels; without those that nobody has entered."""
    found: dict[str, str] = {}
    for item in (*cloud_items.MONTHLY, cloud_items.DESK_PHONE) if prices else ():
        try:
            once, monthly = prices.once(item), prices.monthly(item)  # type: ignore[union-attr]
        except NoTariff:
            continue
        parts = [_("初期 %(yen)s") % {"yen": money.yen(once)}] if once else []
        parts += [_("月額 %(yen)s") % {"yen": money.yen(monthly)}] if monthly else []
        found[item.removeprefix("cloud.")] = _("・").join(parts)
    return found


def render_pdf(*, basket: Basket, quote: CloudQuote, to: str) -> bytes:
    """見積書 on A4, in Japanese like every paper of ours. `to` is the addressee as typed, or empty."""
    with translation.override("ja"):
        shown: dict[str, Any] = {
            "basket": basket,
            "quote": quote,
            "to": to,
            "start": Start(basket.start).label,
            "issuer": issuer_name(on=quote.on),
            "once_tax": quote.once_with_tax - quote.once,
            "monthly_tax": quote.monthly_with_tax - quote.monthly,
        }
        return pdf.archival(render_to_string("numbering/cloud/quote_paper.html", shown)).content
