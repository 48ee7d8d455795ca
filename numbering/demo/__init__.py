"""The demo's numbers: the pool, what customers have of it, and how they came by them and gave them up.

All are of ranges that the numbering plan gives out to nobody: 050-0…, 03-0…. What happened is done with the verbs that
do it every day, each with its own day.
"""

from typing import Any

from django.conf import settings

from numbering import sip
from numbering.demo import cloud, dial_in, orders, pool, sip_passwords, voice
from numbering.models import Allowance, Assignment, Credential
from selfcare import calendar, clock
from selfcare.accounts.models import Contract
from selfcare.runtime import demo
from selfcare.runtime.demo import Scene

#: The last four digits of what customers had before the portal kept orders.
_OFFICE = range(1101, 1105)
_COMPANY = range(2000, 2274)
_GATE = range(2901, 2907)
_EARLIER = (310, 344, 371, 402, 467, 518, 533, 590)
_FACTORY = range(3020, 3044)
#: The company has asked for more than the usual fifty.
_LIMIT = 100


def register() -> None:
    demo.register("numbering", load, describe)
    demo.register("numbering.cloud", cloud.load, cloud.describe, order=demo.THINGS + 1)
    demo.register("numbering.applications", cloud.place, order=demo.TRAIL + 8)
    demo.register("numbering.dial_in", dial_in.place, order=demo.TRAIL + 6)


def load(scene: Scene) -> None:
    pool.make(scene)
    voice.make(scene)
    company, office, old = (scene.contracts[key] for key in ("company.phone", "office.phone", "company.old"))
    offices = _original(office, _OFFICE)
    originals = _original(company, _COMPANY)
    gate = _original(scene.contracts["company.gate"], _GATE)
    pool.begin(company, map(pool.digits, _EARLIER), Assignment.Origin.ADDED, scene.ago(310))
    factory = _original(old, _FACTORY)
    pool.end(factory, [old.ended_on or old.started_on] * len(factory))
    # Reserved now, so that the pool's other numbers are free; the orders follow.
    spare = pool.spare(scene, 60, without={*_OFFICE, *_EARLIER})
    orders.tell_additions(scene, spare)
    orders.tell_cancellations(scene, originals)
    sip_passwords.tell(scene, office=offices, company=originals, gate=gate)
    _allow(scene, company, earlier=len(_EARLIER), limit=_LIMIT)
    _allow(scene, office, earlier=0, limit=50)
    scene.tell(
        scene.ago(165, "11:30"),
        "allowance.limit_changed",
        about=Allowance(contract=company, customer_id=company.customer_id),
        actor=scene.users["operator.admin"],
        detail={"old": 50, "new": _LIMIT, "reason": "全国の店舗への導入計画のため（担当営業より）"},
    )


def _original(contract: Contract, numbers: range) -> list[Assignment]:
    since = calendar.midnight(contract.started_on)
    return pool.begin(contract, map(pool.digits, numbers), Assignment.Origin.ORIGINAL, since)


def _allow(scene: Scene, contract: Contract, *, earlier: int, limit: int) -> None:
    """What was added counts for ever, and so does what an open order has reserved."""
    ordered = orders.count_taken(scene, contract)
    Allowance.objects.create(contract=contract, customer_id=contract.customer_id, added=earlier + ordered, limit=limit)


def describe() -> dict[str, list[dict[str, Any]]]:
    """Numbers in use. `sip_password` is null where the portal gave out another one since: nobody knows that."""
    live = dict(Credential.objects.filter(live__contains=clock.now()).values_list("number_id", "ha1"))
    held = (
        Assignment.objects.active()
        .filter(is_voice=False)
        .select_related("customer", "contract")
        .order_by("contract_id", "digits")
    )
    return {
        "numbers": [
            {
                "number": one.digits,
                "service": one.contract.service,
                "sip_password": _known_password(one.digits, live.get(one.number_id)),
                "customer": one.customer.name,
                "contract": one.contract.number,
            }
            for one in held
        ]
    }


def _known_password(digits: str, ha1: str | None) -> str | None:
    password = pool.sip_password(digits)
    known = sip.digests(username=digits, realm=settings.SIP_REALM, password=password).ha1
    return password if ha1 == known else None
