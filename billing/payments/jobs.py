"""Cards whose customers never came back from the provider are asked about; cards that end are told of."""

import logging
from datetime import timedelta
from typing import Any

from billing.payments import cards, expiring, http
from selfcare import clock
from selfcare.outside.http import OutsideError
from selfcare.work.jobs import job
from selfcare.work.models import Job

logger = logging.getLogger(__name__)

#: Calls without a usable answer, one after the other, after which the next period asks again.
_SILENT = 3


@job("billing.cards", every=timedelta(minutes=5))
def ask(row: Job) -> dict[str, Any]:
    """The callback may be lost: asking covers it. One that the provider cannot speak about keeps no other waiting."""
    asked = silent = 0
    given_up = cards.give_up(clock.real_now())
    for registration in cards.left_open(clock.real_now()):
        try:
            cards.ask(registration, http.connect())
        except OutsideError as error:
            logger.warning("The payment provider does not say what came of a card: %s", type(error).__name__)
            silent += 1
            if silent == _SILENT:
                break
        else:
            asked, silent = asked + 1, 0
    return {"asked": asked, "given_up": given_up}


@job("billing.card_expiry", every=timedelta(days=1))
def tell_of_expiry(row: Job) -> dict[str, Any]:
    return {"told": expiring.tell(clock.now())}
