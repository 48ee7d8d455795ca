"""ご契約のオプション: what the numbers and IDs of a contract have, and what each costs."""

from collections.abc import Iterable
from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.services import CloudPrices, NoTariff, cloud_items
from numbering.cloud.forms.options import monthly_words, name_of, prices_today, switch_words
from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Scheme, Stage, Use
from numbering.cloud.procedures.options import Options
from numbering.cloud.services import holdings
from selfcare.accounts.access import contract_for, customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order
from selfcare.orders.states import OPEN


class Shown(NamedTuple):
    """A number or an ID: its options as (words, price), and what they and it cost together; None where one has none."""

    title: str
    note: str
    options: list[tuple[str, str]]
    monthly: int | None


@require_safe
@customer_view(role=Role.VIEWER, function=Options.function)
def index(request: CustomerRequest) -> HttpResponse:
    contract = contract_for(request, Options.function)
    clouds = CloudContract.objects.visible_to(request.user).select_related("contract")
    cloud = get_object_or_404(clouds, pk=contract.pk)
    held, prices = holdings.of(cloud), prices_today()
    by_subject = _by_subject(held)
    orders = Order.objects.visible_to(request.user).filter(
        procedure=Options.code, subject_id=contract.pk, state__in=OPEN
    )  # fmt: skip
    numbers = [_number(row, held, by_subject, prices) for row in held.numbers]
    ids = [_shown(row, _id_note(row), by_subject.get(row.code, ()), prices) for row in held.ids]
    context = {
        "cloud": cloud,
        "contract": contract,
        "tables": [(_("電話番号"), "numbers-title", numbers), (_("ID"), "ids-title", ids)],
        "quote": _quote(held, prices),
        "open_order": orders.order_by("-pk").first(),
        "may_order": request.user.has_role(Options.role) and cloud.stage != Stage.ENDED,
        "scheme_url": reverse("cloud:scheme-switch") if cloud.scheme == Scheme.OWN else "",
        "switch_words": switch_words(held, prices),
        "voicemail_price": monthly_words(prices, cloud_items.VOICEMAIL),
        "shared_price": monthly_words(prices, cloud_items.NUMBER),
    }
    return render(request, "numbering/cloud/options.html", context)


def _by_subject(held: holdings.Holdings) -> dict[str, list[holdings.Thing]]:
    found: dict[str, list[holdings.Thing]] = {}
    for thing in held.things():
        found.setdefault(thing.subject, []).append(thing)
    return found


def _number(
    row: CloudNumber,
    held: holdings.Holdings,
    by_subject: dict[str, list[holdings.Thing]],
    prices: CloudPrices | None,
) -> Shown:
    is_first = row is held.first_number
    note = _("代表番号") if is_first else str(Use(row.use).label) if row.use == Use.FAX else ""
    return _shown(row, note, by_subject.get(row.digits, ()), prices)


def _id_note(row: CloudId) -> str:
    told = [_("基本料金に含む")] if row.is_included else []
    told += [_("固定型IP電話機")] if row.has_desk_phone else []
    return _("・").join(told)


def _shown(
    row: CloudNumber | CloudId, note: str, things: Iterable[holdings.Thing], prices: CloudPrices | None
) -> Shown:
    options = [(str(cloud_items.WORDS[one.item]), monthly_words(prices, one.item)) for one in things]
    return Shown(name_of(row), note, options, _sum(things, prices))


def _sum(things: Iterable[holdings.Thing], prices: CloudPrices | None) -> int | None:
    try:
        return sum(prices.monthly(one.item) for one in things) if prices else None
    except NoTariff:
        return None


def _quote(held: holdings.Holdings, prices: CloudPrices | None) -> object:
    try:
        return held.quote(prices) if prices else None
    except NoTariff:
        return None
