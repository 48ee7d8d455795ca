"""What home and search show of voice contracts."""

from typing import Any, cast

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from numbering.dial_in.models import BaseNumber, DialInNumber, VoiceContract
from numbering.dial_in.search import contract_key
from numbering.dial_in.services import works
from selfcare import phones
from selfcare.accounts.models import User
from selfcare.orders.models import Order
from selfcare.orders.services.correcting import RETURNED
from selfcare.orders.states import State
from selfcare.paging import COUNT_LIMIT
from selfcare.shell import search

#: How many of each kind one search shows.
_HITS = 10


def panel(request: HttpRequest) -> dict[str, Any] | None:
    """Voice contracts, numbers, works; nothing for a customer without voice contracts."""
    user = cast(User, request.user)
    found = (
        VoiceContract.objects.visible_to(user)
        .filter(ended_on=None)
        .aggregate(contracts=Count("pk"), works=Count("pk", filter=Q(works__gt=0)))
    )
    if not found["contracts"]:
        return None
    back = Order.objects.visible_to(user).filter(procedure=works.BY_DATE, state=State.PENDING, phase=RETURNED)
    numbers = DialInNumber.objects.visible_to(user)[: COUNT_LIMIT + 1].count()
    counted = {"numbers": min(numbers, COUNT_LIMIT), "more": numbers > COUNT_LIMIT, "returned": back.count()}
    return found | counted


def hits(user: User, query: str) -> list[search.Hit]:
    """Voice contracts by N number and name, then base and dial-in numbers by any part of them."""
    named = Q(number__contains=contract_key(query)) | Q(name__contains=query)
    rows = VoiceContract.objects.visible_to(user).filter(named).order_by("number")[:_HITS]
    found = [search.Hit(one.number, _page(one), f"{one.name} {one.get_service_type_display()}".strip()) for one in rows]
    digits = phones.search_digits(query)
    if not digits:
        return found
    bases = BaseNumber.objects.visible_to(user).filter(digits__contains=digits, ended_on=None)
    for base in bases.select_related("voice_contract").order_by("digits")[:_HITS]:
        url = f"{_page(base.voice_contract)}?view=bases&q={base.digits}"
        found.append(search.Hit(str(base), url, _("基本契約番号 %(contract)s") % {"contract": base.voice_contract}))
    hanging = DialInNumber.objects.visible_to(user).filter(digits__contains=digits)
    for one in hanging.select_related("base__voice_contract").order_by("digits")[:_HITS]:
        words = _("ダイヤルイン番号 %(contract)s") % {"contract": one.base.voice_contract}
        found.append(search.Hit(phones.display(one.digits), f"{_page(one.base.voice_contract)}?q={one.digits}", words))
    return found


def contracts_of(user: User, digits: str) -> list[int]:
    """The contracts that a base number or a dial-in number hangs on."""
    bases = BaseNumber.objects.visible_to(user).filter(digits=digits, ended_on=None)
    dialled = DialInNumber.objects.visible_to(user).filter(digits=digits)
    return [
        *bases.values_list("voice_contract__group__contract_id", flat=True),
        *dialled.values_list("base__voice_contract__group__contract_id", flat=True),
    ]


def _page(voice_contract: VoiceContract) -> str:
    return reverse("numbering:dial-in-contract", args=[voice_contract.number])
