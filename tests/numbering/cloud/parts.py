"""Cloud phone contracts for tests, with numbers, IDs and people; each valid by itself.

    cloud = parts.cloud(numbers=3, ids=4)          # active, 従来方式
    cloud = parts.cloud(stage=Stage.TRIAL)         # one number, two IDs
    cloud = parts.cloud(scheme=Scheme.SHARED)      # login names are the IDs' codes, no number is one ID's own
    parts.owner(cloud), parts.member(cloud), parts.viewer(cloud)   # users with people.PASSWORD
    parts.numbers(cloud)[0], parts.ids(cloud)[0]

The first number is the representative one. With the own scheme number n is the own one of ID n and rings there; IDs
beyond that are called 0312340000-2, -3 and ring with the first. The first two IDs are included in the basic fee.
"""

from datetime import date, datetime
from functools import cache
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password

from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Device, Ringing, Scheme, Stage, Use
from numbering.models import Assignment, Kind, Number
from selfcare import clock
from selfcare.accounts.models import Contract, Role, User
from tests import builders, people

FUNCTIONS = [
    "cloud.numbers",
    "cloud.options",
    "cloud.fax",
    "cloud.phone_book",
    "cloud.settle",
    "cloud.end",
    "billing.payment",
    "billing.statements",
]
PLAN = "cloud_phone"
SINCE = date(2026, 4, 1)
#: What the app asks for, of every ID made here.
APP_PASSWORD = "app-password-1"
_running = count(1)


def start_at(first: int) -> None:
    """Running numbers from there on: for processes that write into one database."""
    global _running
    _running = count(first)


def contract(**fields: Any) -> Contract:
    """The ordinary contract under a cloud phone contract."""
    defaults = {
        "kind": Contract.Kind.CLOUD_PHONE,
        "service": "cloud_phone",
        "plan": PLAN,
        "billing_cycle": "25",
        "functions": FUNCTIONS,
        "started_on": SINCE,
    }
    return builders.contract(**{**defaults, **fields})


def cloud(
    of: Contract | None = None,
    *,
    stage: str = Stage.ACTIVE,
    scheme: str = Scheme.OWN,
    numbers: int = 1,
    ids: int = 2,
    **fields: Any,
) -> CloudContract:
    """A cloud phone contract with so many voice numbers and IDs; `fields` are those of CloudContract."""
    of = of or contract()
    settled = {} if stage == Stage.TRIAL else {"settled_on": SINCE, "payment_day": SINCE.day}
    switched = {"switched_on": SINCE} if scheme == Scheme.SHARED else {}
    defaults = {"stage": stage, "scheme": scheme, "trial_from": SINCE, **settled, **switched}
    made = CloudContract.objects.create(contract=of, customer_id=of.customer_id, **{**defaults, **fields})
    rows = [number(made) for _number in range(numbers)]
    if rows:
        made.representative = rows[0]
        made.save(update_fields=["representative"])
    for place in range(ids):
        own = rows[place] if place < len(rows) else None
        name = own.digits if own else f"{rows[0].digits}-{place + 1}" if rows else ""
        cloud_id(made, own=own, login_name=name, is_included=place < 2)
    first = CloudId.objects.filter(cloud=made).order_by("pk").first()
    if first is not None:
        Ringing.objects.bulk_create(Ringing(number=row, cloud_id=first) for row in rows[ids:])
    return made


def number(of: CloudContract, *, digits: str = "", use: str = Use.VOICE, **fields: Any) -> CloudNumber:
    """One more number in use on the contract (03…, or 050… when the digits say so); of use FAX for FAX alone."""
    digits = digits or f"03{70000000 + next(_running)}"
    is_050 = digits.startswith("050")
    number = Number.objects.create(
        digits=digits,
        kind=Kind.IP_050 if is_050 else Kind.GEOGRAPHIC,
        area="" if is_050 else digits[:2],
        created_at=clock.now(),
    )
    assignment = Assignment.objects.create(
        number=number,
        digits=digits,
        customer_id=of.customer_id,
        contract_id=of.pk,
        origin=Assignment.Origin.ORIGINAL,
        state=Assignment.State.ACTIVE,
        is_voice=True,
        free_since=date(1970, 1, 1),
        started_on=SINCE,
    )
    fields = {"fax": use == Use.FAX, "started_on": SINCE, **fields}
    return CloudNumber.objects.create(
        assignment=assignment, cloud=of, customer_id=of.customer_id, digits=digits, use=use, **fields
    )


def cloud_id(of: CloudContract, *, own: CloudNumber | None = None, login_name: str = "", **fields: Any) -> CloudId:
    """One more ID; `own` is the number that rings at it and, with the own scheme, is its own."""
    code = f"C{next(_running) + 10_000_000:08}"
    is_shared = of.scheme == Scheme.SHARED
    rings = own or of.representative
    fields = {"password": _hashed(), "outgoing": rings, "started_on": SINCE, **fields}
    made = CloudId.objects.create(
        cloud=of,
        customer_id=of.customer_id,
        code=code,
        login_name=code if is_shared or not login_name else login_name,
        **fields,
    )
    if rings is not None:
        Ringing.objects.create(number=rings, cloud_id=made)
    if own is not None and not is_shared:
        own.own_of = made
        own.save(update_fields=["own_of"])
    return made


def device(of: CloudId, *, name: str = "架空のiPhone", at: datetime | None = None, **fields: Any) -> Device:
    """A phone logged in with this ID; its SIP account's digests belong to no password."""
    at = at or clock.now()
    defaults = {
        "username": f"d{next(_running):012}",
        "realm": "sip.test.example",
        "ha1": "0" * 32,
        "ha1b": "0" * 32,
        "ha1_sha256": "0" * 64,
        "logged_in_at": at,
        "last_seen_at": at,
    }
    return Device.objects.create(cloud_id=of, customer_id=of.customer_id, name=name, **{**defaults, **fields})


def numbers(of: CloudContract) -> list[CloudNumber]:
    return list(CloudNumber.objects.filter(cloud=of).order_by("pk"))


def ids(of: CloudContract) -> list[CloudId]:
    return list(CloudId.objects.filter(cloud=of).order_by("pk"))


def owner(of: CloudContract) -> User:
    return _user(of, Role.OWNER)


def member(of: CloudContract) -> User:
    return _user(of, Role.MEMBER)


def viewer(of: CloudContract) -> User:
    return _user(of, Role.VIEWER)


def _user(of: CloudContract, role: Role) -> User:
    return people.person(f"cloud_{role}_{next(_running)}", customer=of.customer, role=role, name="雲井 花子")


@cache
def _hashed() -> str:
    """Once: hashing is made to be slow."""
    return make_password(APP_PASSWORD)
