"""Voice contracts and what hangs on them: base numbers, dial-in numbers, reservation codes, networks, lead times."""

from numbering.dial_in.models.contracts import BaseNumber, VoiceContract, VoiceGroup
from numbering.dial_in.models.lead_times import LeadTime
from numbering.dial_in.models.networks import SiteNetwork
from numbering.dial_in.models.numbers import DialInNumber, ReservationCode
from numbering.dial_in.models.parts import DialInPart, DialInPartInput

__all__ = [
    "BaseNumber",
    "DialInNumber",
    "DialInPart",
    "DialInPartInput",
    "LeadTime",
    "ReservationCode",
    "SiteNetwork",
    "VoiceContract",
    "VoiceGroup",
]
