"""Carrier work that follows what took effect here: the rows that `lines.services.following_up` leaves.

1. Claim: one transaction takes rows of one carrier that are due, writes lease, token and attempt, and commits.
2. The carrier is called, several rows at once, outside any transaction, at the pace that was agreed on with it.
3. What came of it is written only while the token is still ours and the row still open.
A killed worker's rows are due again when the lease ends, and asking again under the same key changes nothing at the
carrier. The carrier's callbacks make a row due at once; polling makes lost ones harmless. All times are real.
"""

import logging
import random
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.functions import Coalesce

from lines.carriers import health
from lines.carriers.http import backoff, connect
from lines.carriers.port import REFUSALS, CarrierAnswer, CarrierRefused, CarrierUnavailable, State
from lines.models import CarrierHealth, CarrierOrder, Line
from lines.services import calling
from lines.services.closing import close, told_by_hand
from selfcare import clock, logs
from selfcare.logs import mask_text
from selfcare.orders.states import State as OrderState
from selfcare.work.backoff import delay
from selfcare.work.trouble import LONGEST, describe

logger = logging.getLogger(__name__)
_chance = random.SystemRandom()
Stage = CarrierOrder.Stage

#: Longer than a call that a carrier stretches and the wait for its turn, shorter than the promised 60 s.
LEASE = timedelta(seconds=40)
#: How long after the request, and then less and less often, the carrier is asked when no callback comes.
POLL = timedelta(seconds=30)
LONGEST_POLL = timedelta(minutes=10)
#: Steps in a row that raised, or ended with their worker, after which an operator looks at the row.
ATTEMPTS = 5
#: Whose turn is further away than this waits outside the worker.
PATIENCE = timedelta(seconds=1)

Call = Callable[[], CarrierAnswer | None]
Result = CarrierAnswer | Exception | None


@dataclass(frozen=True)
class Claim:
    """Rows to ask about now, by one worker; `seen`: how the carrier was when they were taken."""

    rows: Sequence[CarrierOrder]
    token: uuid.UUID
    seen: CarrierHealth
    starts_in: timedelta
    until: datetime


def run() -> int:
    """Take one chunk of one carrier's rows a step further; return how many; 0 when none is due or may be asked."""
    carriers = [str(carrier) for carrier in Line.Carrier.values]
    # By chance, so that a carrier with much to do keeps no other waiting.
    return next((taken for carrier in _chance.sample(carriers, len(carriers)) if (taken := _run(carrier))), 0)


def waiting(seconds: float) -> bool:
    """Whether a carrier that may be called has had something due for longer than that; asked by the dispatcher."""
    now = clock.real_now()
    resting = [row.carrier for row in CarrierHealth.objects.all() if health.rest(row, now)]
    return _due(now - timedelta(seconds=seconds)).exclude(carrier__in=resting).exists()


def _due(now: datetime) -> QuerySet[CarrierOrder]:
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    rows = CarrierOrder.objects.filter(free, stage__in=[Stage.WAITING, Stage.ASKED], next_at__lte=now)
    return rows.exclude(calling.earlier_unfinished())


def _run(carrier: str) -> int:
    claim = _claim(carrier)
    if claim is None:
        return 0
    time.sleep(claim.starts_in.total_seconds())
    rows = _still_to_ask(claim)
    for row, result in zip(rows, _ask(rows, claim.seen), strict=True):
        with logs.bind(order_id=row.external_id):
            _record(row, claim, result)
    return len(claim.rows)


def _claim(carrier: str) -> Claim | None:
    """The carrier's row is locked for it: claims of one carrier come one after the other, in its pace."""
    token = uuid.uuid4()
    health.of(carrier)
    with transaction.atomic():
        seen = CarrierHealth.objects.select_for_update(no_key=True).get(carrier=carrier)
        now = clock.real_now()
        turn = max(seen.paced_until or now, now)
        if health.rest(seen, now) or turn - now > PATIENCE:
            return None
        # After a pause one row shows whether the carrier is back.
        most = settings.CARRIER_CALLS_AT_ONCE if seen.state == CarrierHealth.State.CLOSED else 1
        due = _due(now).filter(carrier=carrier).select_for_update(skip_locked=True, of=("self",))
        rows = list(due.order_by("next_at", "pk")[:most])
        if not rows:
            return None
        until = now + LEASE
        CarrierOrder.objects.filter(pk__in=[row.pk for row in rows]).update(
            lease_until=until,
            lease_token=token,
            # Due again when the lease ends; anything earlier is news.
            next_at=until,
            requested_at=Coalesce("requested_at", now),
            attempt=F("attempt") + 1,
            errors=F("errors") + 1,
        )
        share = timedelta(seconds=len(rows) / settings.CARRIER_CALLS_PER_SECOND)
        CarrierHealth.objects.filter(pk=seen.pk).update(paced_until=turn + share)
    for row in rows:
        row.attempt, row.errors, row.requested_at = row.attempt + 1, row.errors + 1, row.requested_at or now
    return Claim(rows, token, seen, turn - now, until)


def _still_to_ask(claim: Claim) -> list[CarrierOrder]:
    """Without those whose order has ended without the carrier, and those that kill their workers."""
    orders = {row.pk: row.order for row in _with_orders(claim.rows)}
    by_hand = told_by_hand(claim.rows)
    rows = []
    for row in claim.rows:
        row.order = orders[row.pk]
        if row.order_id in by_hand:
            close(row, state=State.COMPLETED)
        elif row.stage == Stage.WAITING and row.order.state in _FALLEN:
            close(row, state=State.CANCELLED)
        elif row.errors > ATTEMPTS:
            # Counted at the claim: work that kills its worker never gets as far as an exception.
            _hold(row, claim, f"{row.errors - 1} attempts ended without an answer of any kind.")
        else:
            rows.append(row)
    return rows


_FALLEN = (OrderState.CANCELLED, OrderState.FAILED, OrderState.REJECTED)


def _with_orders(rows: Sequence[CarrierOrder]) -> QuerySet[CarrierOrder]:
    return CarrierOrder.objects.select_related("order").filter(pk__in=[row.pk for row in rows])


def _ask(rows: Sequence[CarrierOrder], seen: CarrierHealth) -> list[Result]:
    """What the carrier says about each, or why it says nothing. Threads call; only this one uses the database."""
    asked = [_call_of(row) for row in rows]
    if len(asked) == 1:
        return [_outcome(seen, asked[0])]
    with ThreadPoolExecutor(max(len(asked), 1)) as threads:
        pending = [ask if isinstance(ask, Exception) else threads.submit(ask).result for ask in asked]
        return [_outcome(seen, answer) for answer in pending]


def _call_of(row: CarrierOrder) -> Call | Exception:
    if row.stage == Stage.ASKED:
        return partial(connect().status, row.external_id)
    try:
        return partial(connect().request, calling.request_of(row))
    except Exception as error:
        return error


def _outcome(seen: CarrierHealth, ask: Call | Exception) -> Result:
    if isinstance(ask, Exception):
        return ask
    try:
        return health.call(seen.carrier, ask, seen=seen)
    except OperationalError:
        raise
    except Exception as error:
        return error


def _record(row: CarrierOrder, claim: Claim, result: Result) -> None:
    if isinstance(result, CarrierRefused):
        result = calling.refusal(row, result)
    if isinstance(result, CarrierAnswer):
        _answered(row, claim, result)
    elif result is None:
        # The carrier has lost it: the same key makes asking again safe.
        _later(row, claim, timedelta(0), stage=Stage.WAITING)
    elif isinstance(result, CarrierUnavailable):
        # A busy or absent carrier is no error of the row's.
        _later(row, claim, calling.come_back(result) or backoff(row.attempt), trouble=str(result))
    else:
        logger.error("A request to a carrier failed unexpectedly.", exc_info=result)
        if row.errors >= ATTEMPTS:
            _hold(row, claim, describe(result))
        else:
            _later(row, claim, delay(row.attempt), trouble=describe(result), errors=row.errors)


def _answered(row: CarrierOrder, claim: Claim, answer: CarrierAnswer) -> None:
    calling.note_answer(answer)
    waits = row.order.state == OrderState.IN_PROGRESS
    if answer.state == State.COMPLETED or (answer.state in REFUSALS and waits):
        close(row, state=answer.state, reason=answer.reason, token=claim.token)
    elif answer.state in REFUSALS or answer.state == State.PARTIAL:
        # Here it has taken effect, there it will not: a person has to decide.
        _hold(row, claim, f"{answer.state}: {answer.reason}")
    elif row.stage == Stage.WAITING:
        _later(row, claim, POLL, stage=Stage.ASKED, attempt=0)
    else:
        _later(row, claim, min(POLL * (1 << min(row.attempt, 10)), LONGEST_POLL))


def _ours(row: CarrierOrder, claim: Claim) -> QuerySet[CarrierOrder]:
    """The row, unless another worker has it by now, or somebody has closed it."""
    return CarrierOrder.objects.filter(pk=row.pk, lease_token=claim.token, stage__in=[Stage.WAITING, Stage.ASKED])


def _later(
    row: CarrierOrder,
    claim: Claim,
    after: timedelta,
    *,
    stage: str = "",
    trouble: str = "",
    errors: int = 0,
    attempt: int | None = None,
) -> None:
    moment = clock.real_now() + after * _chance.uniform(0.75, 1.25)
    _ours(row, claim).update(
        # A callback that came while we were talking has moved it: then it is looked at now.
        next_at=Case(When(next_at__lt=claim.until, then=F("next_at")), default=moment),
        lease_until=None,
        lease_token=None,
        stage=stage or row.stage,
        trouble=mask_text(trouble)[-LONGEST:],
        errors=errors,
        attempt=row.attempt if attempt is None else attempt,
    )


def _hold(row: CarrierOrder, claim: Claim, trouble: str) -> None:
    held = _ours(row, claim).update(
        stage=Stage.HELD, next_at=None, lease_until=None, lease_token=None, trouble=mask_text(trouble)[-LONGEST:]
    )
    if held:
        logger.error("A request to a carrier is held for an operator.")
