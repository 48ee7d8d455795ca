"""Finding voice contracts and their numbers by any part of what is on the bill; hyphens and full width accepted."""

from django.db.models import Q, QuerySet

from numbering.dial_in.models import BaseNumber, DialInNumber, VoiceContract
from selfcare import phones, text
from selfcare.accounts.models import User


def contract_key(query: str) -> str:
    """A part of an N number as it is stored: N000000001."""
    return text.normalize_identifier(query).upper()


def voice_contracts(user: User, query: str) -> QuerySet[VoiceContract]:
    """The user's voice contracts whose number, name, base number or one of its dial-in numbers contains `query`."""
    mine = VoiceContract.objects.visible_to(user)
    if not query:
        return mine
    found = Q(number__contains=contract_key(query)) | Q(name__contains=query)
    digits = phones.search_digits(query)
    if digits:
        bases = BaseNumber.objects.visible_to(user).filter(digits__contains=digits)
        hanging = DialInNumber.objects.visible_to(user).filter(digits__contains=digits)
        found |= Q(pk__in=bases.values("voice_contract")) | Q(pk__in=hanging.values("base__voice_contract"))
    return mine.filter(found)
