"""What home and search show of cloud phone contracts."""

from datetime import date
from typing import Any, cast

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from numbering.cloud.models import CloudContract, CloudNumber, CloudPortIn, Stage
from numbering.cloud.services import opening, trials
from selfcare import calendar, clock, phones
from selfcare.accounts.models import Contract, User
from selfcare.shell import search, standing

#: How many the home page lists, and one search shows.
_LISTED = 5
_HITS = 10


def panel(request: HttpRequest) -> dict[str, Any] | None:
    """Each contract with its stage, until when a trial is free, and whether that is over; nothing without any."""
    if not any(contract.kind == Contract.Kind.CLOUD_PHONE for contract in standing.contracts(request)):
        return None
    rows = list(
        CloudContract.objects.visible_to(cast(User, request.user))
        .exclude(stage=Stage.ENDED)
        .select_related("contract", "representative", "opening")
        .order_by("contract__started_on", "pk")[:_LISTED]
    )
    today = calendar.today(clock.now())
    return {"contracts": [(row, opening.telephone(row), *_trial(row, today)) for row in rows]} if rows else None


def _trial(cloud: CloudContract, today: date) -> tuple[date | None, bool]:
    """Until when it is free (from then on 本申込 is what is left to do), and whether that is over."""
    begun = getattr(cloud, "opening", None)
    if cloud.stage != Stage.TRIAL or begun is None:
        return None, False
    free = trials.free_until(begun)
    return free, free is not None and free < today


def contracts_applied_for(user: User, word: str) -> list[int]:
    """The contract that an application became, by its 申込番号."""
    found = CloudContract.objects.visible_to(user).filter(opening__reference=word.upper())
    return list(found.values_list("pk", flat=True))


def hits(user: User, query: str) -> list[search.Hit]:
    """Contracts by contract number, 申込番号, telephone and FAX number, or the number that is on its way."""
    digits = phones.search_digits(query)
    named = Q(contract__number__icontains=query) | Q(opening__reference__icontains=query)
    if digits:
        numbers = CloudNumber.objects.visible_to(user).live().filter(digits__contains=digits).values("cloud")
        coming = CloudPortIn.objects.visible_to(user).open().filter(digits__contains=digits).values("cloud")
        named |= Q(pk__in=numbers) | Q(pk__in=coming)
    rows = CloudContract.objects.visible_to(user).filter(named).select_related("contract", "representative")
    return [
        search.Hit(
            title=phones.display(opening.telephone(row)) or row.contract.number,
            url=reverse("cloud:contract", args=[row.contract.number]),
            text=f"{row.contract} {row.get_stage_display()}",
        )
        for row in rows.order_by("contract__started_on", "pk")[:_HITS]
    ]
