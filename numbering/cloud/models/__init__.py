"""The tables of クラウド電話."""

from numbering.cloud.models.contracts import CloudContract, Scheme, Stage
from numbering.cloud.models.equipment import Equipment
from numbering.cloud.models.ids import CloudId, Device, Ringing, SetupCode
from numbering.cloud.models.numbers import CloudNumber, Use

__all__ = [
    "CloudContract",
    "CloudId",
    "CloudNumber",
    "Device",
    "Equipment",
    "Ringing",
    "Scheme",
    "SetupCode",
    "Stage",
    "Use",
]
