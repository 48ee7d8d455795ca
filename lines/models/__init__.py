"""Mobile lines, what is offered for them, what carriers were asked to do with them."""

from lines.models.carrier_orders import CarrierHealth, CarrierOrder
from lines.models.catalogue import CustomerCatalogue, LineService, Plan
from lines.models.lines import Line, LineQuerySet
from lines.models.porting import PortIn, PortOut
from lines.models.sims import PinChange, SimReissue, StockSim
from lines.models.snapshots import CustomerUsage, LineDay, LineMonth, LinePast, LineUsage, Snapshot, UsageMonth

__all__ = [
    "CarrierHealth",
    "CarrierOrder",
    "CustomerCatalogue",
    "CustomerUsage",
    "Line",
    "LineDay",
    "LineMonth",
    "LinePast",
    "LineQuerySet",
    "LineService",
    "LineUsage",
    "PinChange",
    "Plan",
    "PortIn",
    "PortOut",
    "SimReissue",
    "Snapshot",
    "StockSim",
    "UsageMonth",
]
