"""Registrations at the SIP registrar: dropped when their password has ended (numbering.services.dropping), shown on
pages.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from numbering.models import Assignment, Credential
from numbering.registrar import port
from numbering.registrar.port import Account, RegistrarUnavailable, Registration
from numbering.services import dropping
from numbering.services.dropping import CLAIM
from selfcare import clock
from selfcare.orders.states import OPEN
from selfcare.work import hints

#: The name under which the workers know this work, for hints.
SOURCE = "numbering.registrar"
#: Seconds that a list page may wait for all its numbers together.
PAGE_PATIENCE = 0.3
#: Seconds that reconciling waits for what is known of CLAIM accounts.
_GROUP_PATIENCE = 10.0
#: How far back reconciling looks: much longer than a registration lives that is not made again.
_SUSPECT = timedelta(days=1)
#: How late a drop may be before reconciling speaks of it.
_OVERDUE = 60.0
#: How long digests are kept that open nothing any more.
KEPT = timedelta(days=30)

#: The passwords of numbers; they end where their time does.
CREDENTIALS = dropping.Table(
    name="numbering_credential",
    ended="dropped_at IS NULL AND NOT upper_inf(live) AND upper(live) <= selfcare_now()",
    ended_at="upper(live)",
)


def drop_due(limit: int = CLAIM) -> int:
    """Drop the registrations of passwords that have ended; return how many credentials were taken up."""
    return dropping.drop_due(CREDENTIALS, limit)


def waiting(seconds: float) -> bool:
    """Whether a drop has been free and due for longer than `seconds`; asked by the dispatcher."""
    return dropping.waiting(CREDENTIALS, seconds)


def erase_ended(*, limit: int = 5_000) -> int:
    """Erase digests that have opened nothing for KEPT; return how many.

    Kept are those that an order which is not at its end may bring back, or which it has made.
    """
    over = clock.now() - KEPT
    successors = Credential.objects.filter(replaces=OuterRef("pk"), order__state__in=OPEN)
    old = (
        Credential.objects.filter(live__endswith__lte=over, dropped_at__isnull=False)
        .exclude(order__state__in=OPEN)
        .exclude(Exists(successors))
        .values_list("pk", flat=True)
    )
    erased = 0
    while ids := list(old[:limit]):
        erased += Credential.objects.filter(pk__in=ids).delete()[0]
    return erased


def outlived(*, now: datetime) -> list[int]:
    """Ids of credentials that have ended, are marked as dropped, and still have registrations. Business time.

    Raises RegistrarUnavailable.
    """
    registrar = port.attached()
    if registrar is None:
        return []
    ended = Credential.objects.filter(
        live__endswith__lte=now, live__endswith__gt=now - _SUSPECT, dropped_at__isnull=False
    )
    accounts: dict[Account, set[int]] = {}
    for pk, username, realm in ended.order_by("pk").values_list("pk", "username", "realm"):
        accounts.setdefault(Account(username, realm), set()).add(pk)
    found: list[int] = []
    asked = list(accounts)
    for start in range(0, len(asked), CLAIM):
        known = registrar.registrations_of(asked[start : start + CLAIM], within=_GROUP_PATIENCE)
        for account in asked[start : start + CLAIM]:
            left = known.get(account)
            if left is None:
                raise RegistrarUnavailable("it did not tell who is registered in time")
            made_with = {one.credential for one in left}
            # A registration that nobody knows the password of counts against every one that has ended.
            found += accounts[account] if None in made_with else accounts[account] & made_with
    return sorted(found)


def differences(now: datetime) -> list[str]:
    """For reconciling: the registrar has nobody whom the portal has withdrawn the password from."""
    late = "ended passwords wait to be dropped at the registrar" if waiting(_OVERDUE) else ""
    try:
        left = len(outlived(now=now))
    except RegistrarUnavailable:
        return [text for text in ("the registrar does not answer", late) if text]
    stays = f"{left} ended passwords still have registrations at the registrar" if left else ""
    return [text for text in (stays, late) if text]


def drop_again(*, now: datetime) -> int:
    """Repair what `differences` finds: the marks are taken back, so that it is due; return how many credentials.

    Raises RegistrarUnavailable.
    """
    ids = outlived(now=now)
    with transaction.atomic():
        taken_back = Credential.objects.filter(pk__in=ids, dropped_at__isnull=False).update(
            dropped_at=None, drop_after=None
        )
        hints.ring(SOURCE)
    return taken_back


@dataclass(frozen=True)
class State:
    """Whether a number's telephones are registered, for a page. `registrations` is None when that is not known."""

    registrations: tuple[Registration, ...] | None

    @property
    def code(self) -> str:
        """ "registered", "none" or "unknown": for style sheets and scripts."""
        return "unknown" if self.registrations is None else "registered" if self.registrations else "none"

    @property
    def label(self) -> str:
        return str(_LABELS[self.code])

    @property
    def since(self) -> datetime | None:
        """Real time; the oldest one's, None when it is not known."""
        return min((one.since for one in self.registrations or () if one.since), default=None)

    @property
    def addresses(self) -> list[str]:
        """From where, "host:port" each."""
        return [one.address for one in self.registrations or ()]


_LABELS = {"registered": _("登録中"), "none": _("未登録"), "unknown": _("確認できません")}


def states_of(assignments: Iterable[Assignment], *, within: float = PAGE_PATIENCE) -> dict[int, State]:
    """By number_id, in `within` seconds for all of them together; {} when no registrar is attached.

    Not to be called inside a transaction.
    """
    registrar = port.attached()
    if registrar is None:
        return {}
    accounts = {one.number_id: Account(one.digits, settings.SIP_REALM) for one in assignments}
    known = registrar.registrations_of(list(accounts.values()), within=within)
    return {number_id: State(_frozen(known.get(account))) for number_id, account in accounts.items()}


def _frozen(registrations: list[Registration] | None) -> tuple[Registration, ...] | None:
    return None if registrations is None else tuple(registrations)


def ask() -> None:
    """For /readyz. Raises RegistrarUnavailable."""
    if registrar := port.attached():
        registrar.ping(within=0.5)
