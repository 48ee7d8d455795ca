"""The tables of クラウド電話."""

from numbering.cloud.models.application_parts import ApplicationDocument, ApplicationEvent, ApplicationLink
from numbering.cloud.models.applications import ApplicationStage, CloudApplication, NumberArea
from numbering.cloud.models.contracts import CloudContract, Scheme, Stage
from numbering.cloud.models.equipment import Equipment
from numbering.cloud.models.fax import FaxForwarded, FaxForwarding, FaxReceived, FaxSent
from numbering.cloud.models.ids import CloudId, Device, Ringing, SetupCode
from numbering.cloud.models.numbers import CloudNumber, Use
from numbering.cloud.models.openings import CloudPortIn, Opening, PortOrigin
from numbering.cloud.models.phone_book import PhoneBookEntry, PhoneBookFile
from numbering.cloud.models.scheme import SchemeResult
from numbering.cloud.models.settings import AfterHours, BusinessHours, ClosedDay, Forwarding, Voicemail

__all__ = [
    "AfterHours",
    "ApplicationDocument",
    "ApplicationEvent",
    "ApplicationLink",
    "ApplicationStage",
    "BusinessHours",
    "ClosedDay",
    "CloudApplication",
    "CloudContract",
    "CloudId",
    "CloudNumber",
    "CloudPortIn",
    "Device",
    "Equipment",
    "FaxForwarded",
    "FaxForwarding",
    "FaxReceived",
    "FaxSent",
    "Forwarding",
    "NumberArea",
    "Opening",
    "PhoneBookEntry",
    "PhoneBookFile",
    "PortOrigin",
    "Ringing",
    "Scheme",
    "SchemeResult",
    "SetupCode",
    "Stage",
    "Use",
    "Voicemail",
]
