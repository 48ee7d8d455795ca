"""The portal's listener at the carriers: registered again and again, because a carrier may forget it."""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from lines.carriers.http import connect
from lines.carriers.port import CarrierRefused, CarrierUnavailable
from selfcare.work.jobs import job
from selfcare.work.models import Job

logger = logging.getLogger(__name__)

#: How long a carrier that has forgotten us is only polled.
EVERY = timedelta(minutes=5)


def address() -> str:
    """Where the carriers' events go."""
    return settings.CARRIER_CALLBACK_BASE + reverse("lines:carrier-events")


@job("lines.hub", every=EVERY)
def register_listener(row: Job) -> dict[str, Any]:
    """Ask to be told. One that cannot be asked now is asked in the next period; until then it is polled."""
    try:
        connect().subscribe(address())
    except (CarrierUnavailable, CarrierRefused) as error:
        logger.warning("The carrier does not register our listener: %s", error)
        return {"registered": False}
    return {"registered": True}
