"""Numbers, who has them, and their SIP credentials."""

from numbering.models.assignments import Allowance, Assignment
from numbering.models.credentials import Credential, PasswordReveal
from numbering.models.numbers import FreeNumber, Kind, Number, NumberState
from numbering.models.timetables import Service, Timetable, TimetableEntry

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
]
