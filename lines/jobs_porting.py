"""What comes round by itself for numbers that come and go. Each is safe to run twice, and at the same time."""

from datetime import timedelta
from typing import Any

from lines.models import PortOut
from lines.services import port_ins, port_outs
from selfcare import clock
from selfcare.orders.procedures import TryAgain
from selfcare.work.jobs import job
from selfcare.work.models import Job

EVERY = timedelta(minutes=10)
#: How late we are when the carrier's word of a number that has left is lost.
POLL = timedelta(hours=1)


@job("lines.port_in_expiry", every=EVERY)
def look_after_port_ins(row: Job) -> dict[str, Any]:
    now = clock.now()
    return {"void": port_ins.make_void(now), "warned": port_ins.warn(now)}


@job("lines.port_out_expiry", every=EVERY)
def look_after_port_outs(row: Job) -> dict[str, Any]:
    return {"expired": port_outs.expire(clock.now())}


@job("lines.port_out_poll", every=POLL)
def poll_port_outs(row: Job) -> dict[str, Any]:
    return {"left": port_outs.look_after_all()}


@job(port_outs.LOOK)
def look_at_port_out(row: Job) -> dict[str, Any]:
    """The carrier says that a number has left. While it is not to be had, the poll sees to it."""
    port_out = PortOut.objects.select_related("order").get(order_id=row.payload["order"])
    try:
        return {"left": port_outs.look(port_out)}
    except TryAgain:
        return {"left": None}
