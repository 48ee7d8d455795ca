"""What is done about lines from time to time."""

from datetime import timedelta
from typing import Any

from lines.services import sim_reissues
from selfcare.work.jobs import job
from selfcare.work.models import Job


@job("lines.sim_shippings_now")
@job("lines.sim_shippings", every=timedelta(minutes=10))
def tell_shippings(row: Job) -> dict[str, Any]:
    """Of SIMs that are shipped tomorrow or today; at acceptance, and ever after."""
    told = 0
    while count := sim_reissues.tell_shippings():
        told += count
    return {"told": told}


@job("lines.erase_sim_codes", every=timedelta(hours=1))
def erase_codes(row: Job) -> dict[str, Any]:
    return {"erased": sim_reissues.erase_old_codes()}
