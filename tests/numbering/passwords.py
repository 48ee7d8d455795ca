"""SIP passwords for tests: numbers that have one, changing it through the page, and what would register now."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse

from numbering import sip
from numbering.models import Assignment, Credential, Number
from numbering.services.issuing import Issued, activate
from selfcare import clock
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order

OLD = "Altpass1"
_digits = count(5_000)


def number_of(contract: Contract, service: str, *, password: str = OLD, since: datetime | None = None) -> Assignment:
    """A number in use on this contract, which becomes one of this service, with a known password since a year."""
    if contract.service != service or "numbering.sip_password" not in contract.functions:
        contract.service = service
        contract.functions = [*contract.functions, "numbering.sip_password"]
        contract.save(update_fields=["service", "functions"])
    digits = f"0501000{next(_digits):04}"
    number = Number.objects.create(digits=digits, kind="050", created_at=datetime(2025, 1, 1, tzinfo=UTC))
    assignment = Assignment.objects.create(
        number=number,
        digits=digits,
        customer=contract.customer,
        contract=contract,
        origin="original",
        free_since="2025-01-01",
    )
    activate([Issued(assignment, "Service1", password)], since=since or datetime(2025, 11, 20, tzinfo=UTC))
    return Assignment.objects.get(pk=assignment.pk)


def typed(assignment: Assignment, new: str, **others: Any) -> dict[str, Any]:
    """What a form sends for a change at once."""
    return {
        "number": assignment.digits,
        "current_password": OLD,
        "new_password": new,
        "new_password_confirm": new,
        **others,
    }


def press(page: Client, url: str) -> Any:
    """The confirm page's button."""
    shown = page.get(url).context["shown"]
    return page.post(url, {"shown": shown})


def change(page: Client, assignment: Assignment, new: str, /, **others: Any) -> Order:
    """Input, confirm, done; the order as it is after that."""
    answer: Any = page.post(reverse("numbering:sip-password"), typed(assignment, new, **others))
    assert answer.status_code == 302, answer.context["form"].errors
    press(page, answer.url)
    return Order.objects.filter(subject_id=assignment.pk, procedure="numbering.sip_password").latest("pk")


def live_password(assignment: Assignment, password: str) -> bool:
    """Whether the registrar would take it at this business moment."""
    wanted = sip.digests(username=assignment.digits, realm=settings.SIP_REALM, password=password).ha1
    live = Credential.objects.filter(number_id=assignment.number_id, live__contains=clock.now())
    return list(live.values_list("ha1", flat=True)) == [wanted]
