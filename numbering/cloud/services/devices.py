"""Devices that are logged in with an ID: shown, logged out, dropped at the registrar.

Who is logged out is refused by the registrar at once, because its view asks `logged_out_at`. A registration that the
device has made before is dropped by a worker, which tries until the registrar has answered, as with passwords that
have ended (numbering.services.dropping).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from numbering.cloud.models import CloudId, CloudNumber, Device, Ringing
from numbering.registrar import port
from numbering.registrar.port import Account, RegistrarUnavailable, Registration, Withdrawn
from numbering.services import dropping
from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.work import hints

#: The name under which the workers know the drops, for hints.
SOURCE = "numbering.devices"
#: The devices that were logged out; the registrar knows a device by its id with a minus.
TABLE = dropping.Table(
    name="numbering_device",
    ended="dropped_at IS NULL AND logged_out_at <= selfcare_now()",
    ended_at="logged_out_at",
    sign=-1,
)
#: Seconds that the page of an ID may wait for the registrar.
PAGE_PATIENCE = 0.3
#: Seconds for which the job that notes who was seen waits for a group of this many.
_SEEN_PATIENCE, _GROUP = 5.0, 200
#: How late a drop may be before reconciling speaks of it, and how far back it looks for what outlived its login.
_OVERDUE, _SUSPECT = 60.0, timedelta(days=1)
#: How long devices that are logged out are kept.
KEPT = timedelta(days=180)


@dataclass(frozen=True)
class Shown:
    """A device for a page. `is_registered`: None when the registrar was not to be had in time, or there is none."""

    device: Device
    is_registered: bool | None

    @property
    def state(self) -> str:
        return {None: "unknown", True: "registered", False: "none"}[self.is_registered]

    @property
    def state_label(self) -> str:
        return str(_LABELS[self.state])


_LABELS = {"registered": _("着信できます"), "none": _("いまは接続していません"), "unknown": _("確認できません")}


def shown(*, cloud_ids: Collection[int], within: float = PAGE_PATIENCE) -> dict[int, list[Shown]]:
    """The devices logged in, by ID, the newest first. Not to be called inside a transaction."""
    devices = list(Device.objects.logged_in().filter(cloud_id__in=cloud_ids).order_by("-logged_in_at", "-pk"))
    registrar = port.attached()
    accounts = {one.pk: Account(one.username, one.realm) for one in devices}
    known = registrar.registrations_of(list(accounts.values()), within=within) if registrar and devices else {}
    found: dict[int, list[Shown]] = {pk: [] for pk in cloud_ids}
    for one in devices:
        made = known.get(accounts[one.pk])
        found[one.cloud_id_id].append(Shown(one, None if made is None else bool(made)))
    return found


def log_out(*, cloud_id: CloudId, devices: Sequence[Device], actor: User) -> list[Device]:
    """Log these devices of the ID out; returns those that were still logged in. At once, whatever the workers do."""
    with transaction.atomic():
        rows = Device.objects.logged_in().filter(cloud_id=cloud_id, pk__in=[one.pk for one in devices])
        found = list(rows.select_for_update(no_key=True).order_by("pk"))
        end(found, now=clock.now())
        if found:
            detail = {"id": cloud_id.login_name, "devices": [one.name for one in found]}
            audit.record(action="clouddevice.logged_out", obj=cloud_id, detail=detail, actor=actor)
    return found


def log_out_all(*, cloud_ids: Iterable[int], now: datetime) -> int:
    """Log out all devices of these IDs (they end, or their login names change); how many. In the caller's transaction.

    The caller's own event says why.
    """
    theirs = Device.objects.logged_in().filter(cloud_id__in=list(cloud_ids))
    return _end(list(theirs.values_list("pk", flat=True)), now)


def end(devices: Sequence[Device], *, now: datetime) -> None:
    """Inside the caller's transaction, on rows that are locked."""
    _end([one.pk for one in devices], now)


def _end(pks: list[int], now: datetime) -> int:
    if not pks:
        return 0
    # The demo's clock may have been set back since the login.
    moment = Greatest(F("logged_in_at"), now)
    count = Device.objects.logged_in().filter(pk__in=pks).update(logged_out_at=moment, push_token="")
    hints.ring(SOURCE)
    return count


def silent(*, cloud_id: CloudId) -> list[CloudNumber]:
    """Numbers that ring at this ID and at no device at all: calls to them are missed until one logs in."""
    alive = Device.objects.logged_in().filter(cloud_id__ringing__number=OuterRef("pk"))
    rings_here = Ringing.objects.filter(number=OuterRef("pk"), cloud_id=cloud_id)
    live = CloudNumber.objects.live().filter(Exists(rings_here), use="voice")
    return list(live.exclude(Exists(alive)).order_by("digits"))


def cut(contract_id: int) -> None:
    """Drop what the devices of a contract that is suspended have registered; the view refuses them by itself.

    Told by selfcare.contract_data, again until it goes through. Raises RegistrarUnavailable.
    """
    registrar = port.attached()
    rows = Device.objects.logged_in().filter(cloud_id__cloud=contract_id)
    withdrawn = [Withdrawn(Account(one.username, one.realm), -one.pk) for one in rows]
    if registrar is not None and withdrawn:
        registrar.drop(withdrawn)


def drop_due(limit: int = dropping.CLAIM) -> int:
    return dropping.drop_due(TABLE, limit)


def waiting(seconds: float) -> bool:
    return dropping.waiting(TABLE, seconds)


def note_seen() -> int:
    """Move `last_seen_at` on of the devices that are registered now; how many. A job, outside any transaction."""
    registrar = port.attached()
    if registrar is None:
        return 0
    rows = list(Device.objects.logged_in().order_by("pk").values_list("pk", "username", "realm"))
    seen = 0
    for start in range(0, len(rows), _GROUP):
        group = {Account(username, realm): pk for pk, username, realm in rows[start : start + _GROUP]}
        known = registrar.registrations_of(list(group), within=_SEEN_PATIENCE)
        here = [pk for account, pk in group.items() if known.get(account)]
        seen += Device.objects.logged_in().filter(pk__in=here).update(last_seen_at=clock.now())
    return seen


def erase_old() -> int:
    """Erase devices that have been logged out for KEPT and are dropped; how many."""
    over = clock.now() - KEPT
    return Device.objects.filter(logged_out_at__lte=over, dropped_at__isnull=False).delete()[0]


def outlived(*, now: datetime) -> list[int]:
    """Devices that are logged out and marked as dropped, and still registered. Raises RegistrarUnavailable."""
    registrar = port.attached()
    if registrar is None:
        return []
    ended = Device.objects.filter(logged_out_at__lte=now, logged_out_at__gt=now - _SUSPECT, dropped_at__isnull=False)
    rows = {Account(username, realm): pk for pk, username, realm in ended.values_list("pk", "username", "realm")}
    accounts, found = list(rows), []
    for start in range(0, len(accounts), _GROUP):
        group = accounts[start : start + _GROUP]
        known = registrar.registrations_of(group, within=_SEEN_PATIENCE)
        if any(known.get(one) is None for one in group):
            raise RegistrarUnavailable("it did not tell who is registered in time")
        found += [rows[one] for one in group if _made_by(known[one] or [], rows[one])]
    return sorted(found)


def _made_by(registrations: list[Registration], pk: int) -> bool:
    return any(one.credential in (None, -pk) for one in registrations)


def differences(now: datetime) -> list[str]:
    """For reconciling: nobody is registered with a login that has ended."""
    late = "logged out devices wait to be dropped at the registrar" if waiting(_OVERDUE) else ""
    try:
        left = len(outlived(now=now))
    except RegistrarUnavailable:
        # That it does not answer, numbering.services.registrations says.
        left = 0
    stays = f"{left} logged out devices are still registered at the registrar" if left else ""
    return [text for text in (stays, late) if text]


def drop_again(now: datetime) -> list[str]:
    """Repair of what `differences` finds."""
    try:
        ids = outlived(now=now)
    except RegistrarUnavailable:
        return []
    with transaction.atomic():
        Device.objects.filter(pk__in=ids, dropped_at__isnull=False).update(dropped_at=None, drop_after=None)
    taken = 0
    while count := drop_due():
        taken += count
    return [f"{taken} logged out devices were dropped at the registrar, {len(ids)} of them again"] if taken else []


def address() -> str:
    """Where telephones register: what is typed into a desk phone as the server."""
    return settings.SIP_SERVER
