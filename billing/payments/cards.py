"""Cards on their way: the provider's page, its result by callback or by asking, whichever is first.

Nothing of a card but what the provider lets us show is ever in our hands. A registration ends once; what comes again,
late, or about something else changes nothing.
"""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from billing.models import CardRegistration, ProviderEvent
from billing.payments import methods
from billing.payments.port import CardResult, CardState, PaymentProvider
from selfcare import clock
from selfcare.accounts.models import Contract, User
from selfcare.accounts.services import throttle
from selfcare.outside.http import OutsideUnknown

State = CardRegistration.State
Outcome = ProviderEvent.Outcome
#: Of what nobody came back from the provider is asked so much later, and after this time it is over.
ASK_AFTER = timedelta(minutes=2)
LIFE = timedelta(hours=1)
#: So long a card that has passed can be chosen without passing again.
READY = timedelta(days=1)
#: Nobody is asked any more about what is older than this, whatever the provider says; it may yet tell by itself.
GIVEN_UP = timedelta(days=1)
#: Nobody tries out a list of cards here: registrations and payments by card that a contract may begin.
TRIES = throttle.Limit("payments_card", 20, timedelta(hours=1))
_STATES = {CardState.PASSED: State.PASSED, CardState.REFUSED: State.REFUSED, CardState.EXPIRED: State.EXPIRED}


def begin(*, holder: str = "", contract: Contract | None = None, back_to: str, actor: User | None) -> CardRegistration:
    """Begin the registration of a card for an application or a contract; lead the browser to `card_page(...)` next.

    `back_to`: the path of this portal to which the browser comes in the end, whatever came of it; the result is
    then `result(uuid)`. For an application a card that has passed is its method at once; for a contract the
    procedure makes it one.
    """
    return CardRegistration.objects.create(
        holder=holder if contract is None else "",
        contract=contract,
        customer_id=contract.customer_id if contract else None,
        back_to=back_to,
        started_by=actor,
        created_at=clock.real_now(),
    )


def count_try(contract: Contract) -> bool:
    """Whether the contract may try a card now; counted before anything is done."""
    return throttle.reserve([(TRIES, throttle.key(TRIES, str(contract.pk)))]) is not None


def card_page(registration: CardRegistration) -> str:
    """The path of our page that tells what comes and leads to the provider."""
    return reverse("payments:card", args=[registration.uuid])


def result(reference: uuid.UUID) -> CardRegistration | None:
    return CardRegistration.objects.filter(uuid=reference).first()


def open_page(registration: CardRegistration, provider: PaymentProvider) -> CardRegistration:
    """Ask the provider for the page on which the card is entered; again and again the same one. Raises OutsideError."""
    if registration.state != State.OPEN or registration.page:
        return registration
    back = settings.BASE_URL + reverse("payments:card-back", args=[registration.uuid])
    told = provider.register(reference=str(registration.uuid), back=back)
    if learn(told) is Outcome.CONTRADICTS:
        raise OutsideUnknown("the payment provider speaks of another card")
    CardRegistration.objects.filter(uuid=registration.uuid, state=State.OPEN).update(
        provider_id=told.provider_id, page=told.page
    )
    registration.refresh_from_db()
    return registration


def ask(registration: CardRegistration, provider: PaymentProvider) -> CardRegistration:
    """How it stands, from the provider unless we know. Raises OutsideError."""
    if registration.state == State.OPEN:
        told = provider.registration(str(registration.uuid))
        if told is not None:
            learn(told)
        elif registration.created_at < clock.real_now() - LIFE:
            _expire(registration)
        registration.refresh_from_db()
    return registration


def learn(told: CardResult) -> Outcome | None:
    """Take over what the provider says; None when the registration is none of ours."""
    with transaction.atomic():
        try:
            rows = CardRegistration.objects.select_for_update(of=("self",))
            row = rows.filter(uuid=uuid.UUID(told.reference)).first()
        except ValueError:
            return None
        if row is None:
            return None
        others = CardRegistration.objects.filter(provider_id=told.provider_id).exclude(pk=row.pk)
        if (row.provider_id and row.provider_id != told.provider_id) or others.exists():
            return Outcome.CONTRADICTS
        if told.state is CardState.OPEN:
            return Outcome.KNOWN
        state = _STATES[told.state]
        if row.state == state:
            same = told.card is None or told.card.token == row.card_token
            return Outcome.KNOWN if same else Outcome.CONTRADICTS
        # What we gave up may yet pass; what has passed or was refused stays so.
        if row.state not in {State.OPEN, State.EXPIRED}:
            return Outcome.CONTRADICTS
        _take_over(row, told, state)
        if row.state == State.PASSED and row.holder:
            methods.put_card(row)
    return Outcome.APPLIED


def _take_over(row: CardRegistration, told: CardResult, state: str) -> None:
    row.state, row.reason, row.provider_id = state, told.reason, told.provider_id
    row.ended_at = clock.real_now()
    if told.card is not None and state == State.PASSED:
        row.card_token, row.card_brand = told.card.token, told.card.brand
        row.card_last4, row.card_expires_on = told.card.last4, told.card.expires_on
    row.save(
        update_fields=[
            "state", "reason", "provider_id", "ended_at", "card_token", "card_brand", "card_last4", "card_expires_on",
        ]
    )  # fmt: skip


def _expire(registration: CardRegistration) -> None:
    CardRegistration.objects.filter(uuid=registration.uuid, state=State.OPEN).update(
        state=State.EXPIRED, ended_at=clock.real_now()
    )


def give_up(now: datetime) -> int:
    """End what nobody has heard of for so long; real time. Returns how many."""
    rows = CardRegistration.objects.filter(state=State.OPEN, created_at__lt=now - GIVEN_UP)
    return rows.update(state=State.EXPIRED, ended_at=now)


def left_open(now: datetime) -> list[CardRegistration]:
    """Registrations that nobody has come back from, oldest first; real time."""
    rows = CardRegistration.objects.filter(state=State.OPEN, created_at__lt=now - ASK_AFTER)
    return list(rows.order_by("created_at")[:200])


def ready(contract: Contract, now: datetime) -> list[CardRegistration]:
    """Cards of a contract that have passed lately and are no method yet, the newest first; real time."""
    rows = CardRegistration.objects.filter(contract=contract, state=State.PASSED, method=None)
    return list(rows.filter(ended_at__gt=now - READY).order_by("-ended_at")[:5])
