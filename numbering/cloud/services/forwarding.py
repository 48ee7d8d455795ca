"""転送: where calls to a number go on to: never to itself or in a circle, never to emergency or special numbers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext as _

from numbering.cloud.models import CloudNumber, Forwarding
from selfcare import phones
from selfcare.accounts import audit
from selfcare.accounts.models import User

#: Of 応答がないとき: what the page offers, in seconds.
SECONDS = (10, 15, 20, 30, 40, 60)
#: The lock of all chains: two customers may set forwardings to each other at the same moment. "CFwd".
_CHAINS = 0x43467764
#: Calls that are not ordinary: free, paid or national service numbers, and whatever is no number in the plan.
_SPECIAL = re.compile(r"(0120|0170|0180|0570|0800|0910|0990|00|010|020)")
_ORDINARY = re.compile(r"0[0-9]{9,10}")


class Refused(ValueError):
    """A forwarding that cannot be: the case it is about, and a sentence for the person who typed it."""

    def __init__(self, case: str, message: str) -> None:
        super().__init__(message)
        self.case = case


@dataclass(frozen=True)
class Target:
    """Digits, and for 応答がないとき after how many seconds."""

    digits: str
    after_seconds: int | None = None


def digits_of(typed: str) -> str:
    """The digits of a number to which calls may be forwarded. Raises ValueError with a message for who typed it."""
    digits = phones.normalize(typed)
    if len(digits) <= 6 or not digits.startswith("0"):
        raise ValueError(_("緊急通報（110・119など）や3桁・短い番号には転送できません。市外局番から入力してください。"))
    if _SPECIAL.match(digits):
        raise ValueError(_("フリーダイヤル・ナビダイヤルなどの特別な番号や、国際電話には転送できません。"))
    if not _ORDINARY.fullmatch(digits):
        raise ValueError(_("転送先は、市外局番または携帯電話・IP電話の番号を10桁か11桁で入力してください。"))
    return digits


def save(*, number: CloudNumber, targets: Mapping[str, Target], actor: User) -> None:
    """Replace all forwardings of the number. Raises Refused; then nothing has changed.

    A circle may go over several numbers, also of other customers: it is looked for under one lock for all.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAINS])
        for case, target in targets.items():
            reason = _obstacle(number, target)
            if reason:
                raise Refused(case, reason)
        Forwarding.objects.filter(number=number).delete()
        Forwarding.objects.bulk_create(
            Forwarding(
                number=number,
                customer_id=number.customer_id,
                when=case,
                target=target.digits,
                after_seconds=target.after_seconds,
            )
            for case, target in targets.items()
        )
        detail = {"number": number.digits, **{case: target.digits for case, target in targets.items()}}
        audit.record(action="cloud.forwarding_set", obj=number, detail=detail, actor=actor)


def _obstacle(number: CloudNumber, target: Target) -> str:
    if target.digits == number.digits:
        return _("同じ番号には転送できません。別の番号を入力してください。")
    if number.digits in _reached_from(target.digits):
        return _("転送先の番号が、この番号へ転送するように設定されています。電話が回り続けるため、転送できません。")
    return ""


def _reached_from(digits: str) -> set[str]:
    """All numbers to which a call to these digits may go on, by the forwardings of live numbers."""
    reached: set[str] = set()
    edge = {digits}
    while edge:
        found = Forwarding.objects.filter(number__digits__in=edge, number__ended_on=None)
        edge = set(found.values_list("target", flat=True)) - reached
        reached |= edge
    return reached


def targets_of(number: CloudNumber) -> dict[str, Target]:
    """By case, for a switch and for the page; empty once the number has ended."""
    if number.ended_on is not None:
        return {}
    return {row.when: Target(row.target, row.after_seconds) for row in number.forwardings.all()}
