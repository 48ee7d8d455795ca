"""One of everything that operators see of mobile lines."""

from datetime import date
from typing import Any

from lines.models import (
    CarrierHealth,
    CarrierOrder,
    CustomerCatalogue,
    PortIn,
    PortOut,
    SimReissue,
    StockSim,
)
from selfcare import clock
from selfcare.orders.models import Order
from tests.lines import parts


def lines_rows(order: Order) -> dict[str, Any]:
    """By noun; `order` is the one that the carrier, the SIM and the port-out hang on."""
    service = parts.service()
    line = parts.line(options={"voicemail": True})
    of_line = {"order": order, "customer": line.customer, "line": line}
    return {
        "lines_line": line,
        "lines_lineservice": service,
        "lines_plan": service.plans.first(),
        "lines_customercatalogue": CustomerCatalogue.objects.create(customer=line.customer, sizes=["nano"]),
        "lines_carrierorder": CarrierOrder.objects.create(
            **of_line, external_id="x-plan", carrier="docomo", action="plan", follows=True, stage="held", trouble="?"
        ),
        "lines_carrierhealth": CarrierHealth.objects.create(carrier="docomo", state="open", opened_at=clock.now()),
        "lines_simreissue": SimReissue.objects.create(
            **of_line, method="black", sim_size="nano", ship_on=date(2026, 11, 20), old_serial=line.sim_serial
        ),
        "lines_stocksim": StockSim.objects.create(
            customer=line.customer,
            carrier="docomo",
            serial="89811000000005000018",
            sim_size="multi",
            added_at=clock.now(),
        ),
        "lines_portin": PortIn.objects.create(
            line=line, customer=line.customer, number="07000008888", reservation_number="9", expires_on="2026-11-30"
        ),
        "lines_portout": PortOut.objects.create(**of_line),
    }
