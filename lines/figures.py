"""What the metrics tell of the carriers: what is still to be done there, for how long, and whether they are called."""

from collections.abc import Iterable

from django.db.models import Count, Min
from prometheus_client.metrics_core import Metric

from lines.models import CarrierHealth, CarrierOrder, Line
from selfcare import clock
from selfcare.shell import metrics

Stage = CarrierOrder.Stage


def figures() -> Iterable[Metric]:
    rows = CarrierOrder.objects.filter(stage__in=[Stage.WAITING, Stage.ASKED]).order_by().values_list("carrier")
    counted = {carrier: (number, oldest) for carrier, number, oldest in rows.annotate(Count("pk"), Min("created_at"))}
    resting = set(CarrierHealth.objects.exclude(state=CarrierHealth.State.CLOSED).values_list("carrier", flat=True))
    carriers, now = [str(carrier) for carrier in Line.Carrier.values], clock.real_now()
    ages = {carrier: (now - oldest).total_seconds() for carrier, (_number, oldest) in counted.items() if oldest}
    yield metrics.gauge(
        "carrier_requests_open",
        "What has taken effect here and is still to be done by the carrier.",
        "carrier",
        {carrier: counted.get(carrier, (0, None))[0] for carrier in carriers},
    )
    yield metrics.gauge(
        "carrier_lateness_seconds",
        "Age of the oldest of them.",
        "carrier",
        {carrier: ages.get(carrier, 0.0) for carrier in carriers},
    )
    yield metrics.gauge(
        "carrier_left_alone",
        "1 while a carrier is not called because it does not answer.",
        "carrier",
        {carrier: float(carrier in resting) for carrier in carriers},
    )
    held = CarrierOrder.objects.filter(stage=Stage.HELD).order_by().values_list("carrier").annotate(Count("pk"))
    number = dict(held)
    yield metrics.gauge(
        "carrier_requests_held",
        "Requests that wait for an operator.",
        "carrier",
        {carrier: number.get(carrier, 0) for carrier in carriers},
    )
