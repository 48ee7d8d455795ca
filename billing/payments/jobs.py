"""Cards whose customers never came back from the provider: asked about, until they have passed or are over."""

import logging
from datetime import timedelta
from typing import Any

from billing.payments import cards, http
from selfcare import clock
from selfcare.outside.http import OutsideError
from selfcare.work.jobs import job
from selfcare.work.models import Job

logger = logging.getLogger(__name__)


@job("billing.cards", every=timedelta(minutes=5))
def ask(row: Job) -> dict[str, Any]:
    """The callback may be lost: asking covers it. A provider that does not answer is asked in the next period."""
    asked = 0
    for registration in cards.left_open(clock.real_now()):
        try:
            cards.ask(registration, http.connect())
        except OutsideError as error:
            logger.warning("The payment provider does not say what came of cards: %s", type(error).__name__)
            break
        asked += 1
    return {"asked": asked}
