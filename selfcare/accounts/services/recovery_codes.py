"""Recovery codes: ten at a time, each good once. They are told to whoever made them and kept as digests only."""

from django.db import transaction

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.accounts.models.factors import RECOVERY_CODES, RecoveryCode, RecoveryDevice
from selfcare.accounts.services import factor_changes, notices

_GROUP = 4


def make(*, user: User, actor: User) -> list[str]:
    """New codes, which void all before. Returned as they are shown, in groups of four; nobody can read them again."""
    with transaction.atomic():
        factor_changes.locked(user)
        return _make(user, actor)


def ensure(*, user: User, actor: User) -> list[str]:
    """Part of services that set up a stronger factor, with `user` locked: codes, if none are left; else nothing."""
    if RecoveryCode.objects.filter(device__user=user, used_at=None).exists():
        return []
    return _make(user, actor)


def own(*, user: User, codes: list[str]) -> bool:
    """Whether these are the user's codes of now, all unused: what a file may be made of."""
    device = RecoveryDevice.objects.filter(user=user).first()
    if device is None or not 0 < len(codes) <= RECOVERY_CODES:
        return False
    digests = {device.digest(code.replace("-", "")) for code in codes}
    return len(codes) == RecoveryCode.objects.filter(device=device, digest__in=digests, used_at=None).count()


def _make(user: User, actor: User) -> list[str]:
    now = clock.real_now()
    device, is_new = RecoveryDevice.objects.get_or_create(user=user, defaults={"name": "recovery", "created_at": now})
    if not is_new:
        # The row stays: sessions that one of its codes has opened name it.
        device.codes.all().delete()
        RecoveryDevice.objects.filter(pk=device.pk).update(created_at=now)
    codes: set[str] = set()
    while len(codes) < RECOVERY_CODES:
        codes.add(device.make_code())
    RecoveryCode.objects.bulk_create(RecoveryCode(device=device, digest=device.digest(code)) for code in codes)
    audit.record(action="user.recovery_codes_made", obj=user, detail={"number": len(codes)}, actor=actor)
    notices.tell_change(user, "factor_changed", change="recovery_made")
    return sorted(_grouped(code) for code in codes)


def _grouped(code: str) -> str:
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))
