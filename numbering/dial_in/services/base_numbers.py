"""Base numbers: what operators enter for a voice contract, before anything can hang on it."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from numbering.dial_in.models import BaseNumber, VoiceContract
from numbering.dial_in.services.ports import area_of
from numbering.models import Assignment, FreeNumber, Kind, Number
from numbering.models.numbers import NEVER_USED
from selfcare import calendar, clock, phones
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.accepting import overtaken_is_not_possible


def make(*, voice_contract: VoiceContract, digits: str, area: str = "", actor: User) -> BaseNumber:
    """Make a number the base number (基本契約番号) of a voice contract, from today on.

    It comes out of the pool, or is entered as one of ours; in use by anybody it is refused. `area` (市外局番) is asked
    only where the numbering plan does not tell it. Raises NotPossible.
    """
    is_050 = digits.startswith("050")
    area = "" if is_050 else area_of(digits) or area
    if not is_050 and not area:
        raise NotPossible(_("市外局番が分からない番号です。市外局番を入力してください。"))
    if area and not digits.startswith(area):
        raise NotPossible(_("番号は市外局番から始めてください。"))
    with overtaken_is_not_possible(), transaction.atomic():
        kept = VoiceContract.objects.select_for_update(no_key=True).select_related("group__contract")
        voice_contract = kept.get(pk=voice_contract.pk)
        if voice_contract.ended_on is not None:
            raise NotPossible(_("この音声契約は終了しています。"))
        number, free_since = _taken(digits, Kind.IP_050 if is_050 else Kind.GEOGRAPHIC, area)
        base = _make(voice_contract, number, free_since)
        detail = {"number": number.digits, "voice_contract": voice_contract.number}
        audit.record(action="basenumber.created", obj=base, detail=detail, actor=actor)
        return base


def _taken(digits: str, kind: Kind, area: str) -> tuple[Number, date]:
    """The number's row, locked and off the free list, with the day from which it was free."""
    fresh = Number(digits=digits, kind=kind, area=area, created_at=clock.real_now())
    Number.objects.bulk_create([fresh], ignore_conflicts=True)
    number = Number.objects.select_for_update().get(digits=digits)
    shown = phones.display(digits)
    if number.unusable_reason:
        raise NotPossible(_("%(number)sは使用不可の番号です。") % {"number": shown})
    if Assignment.objects.filter(number=number, released_on=None).exists():
        raise NotPossible(_("%(number)sは、すでに予約または利用されています。") % {"number": shown})
    free = FreeNumber.objects.filter(number=number).first()
    if free is None:
        return number, NEVER_USED
    free.delete()
    return number, free.available_on


def _make(voice_contract: VoiceContract, number: Number, free_since: date) -> BaseNumber:
    Assignment.objects.create(
        number=number,
        digits=number.digits,
        customer_id=voice_contract.customer_id,
        contract=voice_contract.contract,
        origin=Assignment.Origin.ORIGINAL,
        state=Assignment.State.ACTIVE,
        is_voice=True,
        free_since=free_since,
        started_on=calendar.today(clock.now()),
    )
    return BaseNumber.objects.create(
        voice_contract=voice_contract,
        customer_id=voice_contract.customer_id,
        number=number,
        digits=number.digits,
        kind=number.kind,
        area=number.area,
    )
