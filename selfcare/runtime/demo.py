"""The demo's invented world: apps register their part of it, `manage.py demo_data` loads them in order.

Everything is derived from fixed words and the moment of loading: the same people, numbers and passwords each time,
and a history that always covers the last six months. Passwords are not kept in clear anywhere; they are computed
again to be printed, and only printed while they still are the right ones.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import translation

from selfcare import calendar, clock, vault
from selfcare.accounts.models import AuditEvent, Contract, Customer, User

if TYPE_CHECKING:
    from selfcare.orders.demo import Story

#: Public by design: whoever has the sources has the demo's passwords. The demo refuses public addresses.
_KEY = b"selfcare.demo"
#: Any number will do: it names the lock that makes two loads at once one.
_LOCK = 0x53454C46


@dataclass
class Scene:
    """What the parts build on. Rows made by earlier parts are found by short names ("office", "office.owner")."""

    #: Business time of the load; nothing that has happened lies after it.
    now: datetime
    #: What business time is ahead of real time: stamps in real time are `moment - ahead`.
    ahead: timedelta = timedelta()
    customers: dict[str, Customer] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    stories: "list[Story]" = field(default_factory=list)
    events: list[AuditEvent] = field(default_factory=list)
    random: Random = field(default_factory=lambda: Random(50))  # noqa: S311 - repeatable, and no secret

    def ago(self, days: int, at: str = "10:00") -> datetime:
        """A time of day in Japan, `days` whole days back."""
        day = calendar.today(self.now) - timedelta(days=days)
        return datetime.combine(day, time.fromisoformat(at), tzinfo=calendar.TOKYO)

    def before(self, **amount: float) -> datetime:
        """`before(minutes=5)`: so long before the load."""
        return self.now - timedelta(**amount)

    def real(self, moment: datetime) -> datetime:
        return moment - self.ahead

    @staticmethod
    def address_of(actor: User) -> str:
        """One address for each customer's office and one for the operators', of the ranges kept for examples."""
        return f"198.51.100.{actor.customer_id % 250 + 1}" if actor.customer_id else "192.0.2.10"

    def tell(
        self,
        at: datetime,
        action: str,
        *,
        about: Any = None,
        actor: User | None = None,
        detail: dict[str, Any] | None = None,
        address: str | None = None,
    ) -> None:
        """Add one event to the audit trail, which is written at the end, oldest first."""
        customer = getattr(about, "customer_id", None) or (actor.customer_id if actor else None)
        self.events.append(
            AuditEvent(
                at=self.real(at),
                business_at=at,
                action=action,
                actor_id=actor.pk if actor else None,
                actor_name=actor.selfcare_id if actor else "",
                customer_id=customer,
                object_type=about._meta.model_name if about is not None else "",
                object_id=str(about.pk) if about is not None else "",
                detail=detail or {},
                address=address or (self.address_of(actor) if actor else None),
            )
        )


Load = Callable[[Scene], None]
Describe = Callable[[], dict[str, list[dict[str, Any]]]]


@dataclass(frozen=True)
class Part:
    """`load` adds to an empty database; `describe` says what of it scripts may use, as the database is now."""

    name: str
    load: Load
    describe: Describe | None
    order: int


_parts: dict[str, Part] = {}

#: When a part is loaded: people first; orders when everything that they are about is there; the audit trail last.
PEOPLE, THINGS, ORDERS, TRAIL = 10, 20, 50, 90


def register(name: str, load: Load, describe: Describe | None = None, *, order: int = THINGS) -> None:
    _parts[name] = Part(name, load, describe, order)


def _in_order() -> list[Part]:
    return sorted(_parts.values(), key=lambda part: (part.order, part.name))


def load() -> bool:
    """Fill a database that has no customers, in one transaction; False when it has some, and nothing is changed."""
    with transaction.atomic(), translation.override("ja"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if Customer.objects.exists():
            return False
        now = clock.now().replace(microsecond=0)
        scene = Scene(now=now, ahead=now - clock.real_now().replace(microsecond=0))
        for part in _in_order():
            part.load(scene)
    return True


def describe() -> dict[str, list[dict[str, Any]]]:
    """What the parts say, by kind: lists of plain objects."""
    told: dict[str, list[dict[str, Any]]] = {}
    for part in _in_order():
        for kind, rows in (part.describe() if part.describe else {}).items():
            told.setdefault(kind, []).extend(rows)
    return told


def derived(purpose: str, name: str, length: int) -> str:
    """A password that belongs to `name`: the same each time, of the alphabet that the portal's own ones have."""
    stream = hmac.digest(_KEY, f"{purpose}:{name}".encode(), hashlib.sha512)
    return "".join(vault.PASSWORD_ALPHABET[byte % len(vault.PASSWORD_ALPHABET)] for byte in stream[:length])


def derived_login(selfcare_id: str) -> str:
    """The password of a login: 14 of 57 characters."""
    return derived("login", selfcare_id, 14)


def derived_key(purpose: str, name: str) -> bytes:
    """20 bytes for an authenticator, as RFC 6238's SHA-1 wants them."""
    return hmac.digest(_KEY, f"{purpose}:{name}".encode(), hashlib.sha1)
