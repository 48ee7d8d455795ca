"""Numbers, who has them, and their SIP credentials."""

from numbering.models.assignments import Allowance, Assignment
from numbering.models.credentials import Credential, PasswordReveal
from numbering.models.numbers import FreeNumber, Kind, Number, NumberState
from numbering.models.timetables import Service, Timetable, TimetableEntry

from numbering.cloud import models as cloud  # isort: skip  (their tables stand on these)
from numbering.dial_in import models as dial_in  # isort: skip

__all__ = [
    "Allowance",
    "Assignment",
    "Credential",
    "FreeNumber",
    "Kind",
    "Number",
    "NumberState",
    "PasswordReveal",
    "Service",
    "Timetable",
    "TimetableEntry",
    "cloud",
    "dial_in",
]
