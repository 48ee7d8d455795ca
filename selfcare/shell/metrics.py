"""Figures for Prometheus, read from the database at each scrape: any web process gives the same answer.

Request rates and latencies are the web server's own to count (granian's `--metrics`): a counter inside one of several
processes would jump with every scrape.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from selfcare import clock
from selfcare.orders.due import due
from selfcare.orders.models import Order
from selfcare.orders.procedures import Effects, codes
from selfcare.orders.states import OPEN, State
from selfcare.work.models import Heartbeat, Job, Letter, Mail

Source = Callable[[], Iterable[Metric]]

_sources: list[Source] = []


def register(source: Source) -> None:
    """Add an app's figures; `source` is asked at each scrape and must be cheap (indexes, no scans)."""
    if source not in _sources:
        _sources.append(source)


def gauge(name: str, text: str, label: str, values: dict[str, float]) -> Metric:
    """One family with one label; `name` without the portal's prefix."""
    family = GaugeMetricFamily(f"selfcare_{name}", text, labels=[label])
    for word, value in sorted(values.items()):
        family.add_metric([word], value)
    return family


class _Database(Collector):
    def collect(self) -> Iterator[Metric]:
        for source in (_orders, _lateness, _mails, _rest, _processes, *_sources):
            yield from source()


def registry() -> CollectorRegistry:
    """A registry of one scrape."""
    made = CollectorRegistry(auto_describe=False)
    made.register(_Database())
    return made


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0


def _orders() -> Iterator[Metric]:
    counted = dict(Order.objects.open().order_by().values_list("state").annotate(Count("pk")))
    yield gauge("orders_open", "Open orders by state.", "state", {str(s): counted.get(s, 0) for s in OPEN})


def _lateness() -> Iterator[Metric]:
    """How long the oldest due work has waited: the figure that an alarm hangs on."""
    now = clock.now()
    late = {}
    for effects in Effects:
        oldest = Order.objects.filter(due(now), procedure__in=codes(effects)).aggregate(
            accepted=Min("due_at", filter=Q(state=State.ACKNOWLEDGED)),
            again=Min("next_at", filter=Q(state=State.IN_PROGRESS)),
        )
        late[str(effects)] = max(_age(oldest["accepted"], now), _age(oldest["again"], now))
    yield gauge("due_lateness_seconds", "Age of the oldest order that is due.", "effects", late)


def _mails() -> Iterator[Metric]:
    real = clock.real_now()
    rows = Mail.objects.filter(state=Mail.State.QUEUED).order_by().values_list("lane")
    counted = {lane: (number, oldest) for lane, number, oldest in rows.annotate(Count("pk"), Min("created_at"))}
    lanes = {str(lane): counted.get(lane, (0, None)) for lane in Mail.Lane}
    yield gauge("mails_queued", "Mails waiting to be sent.", "lane", {lane: n for lane, (n, _) in lanes.items()})
    oldest = {lane: _age(since, real) for lane, (_, since) in lanes.items()}
    yield gauge("mail_oldest_seconds", "Age of the oldest mail waiting.", "lane", oldest)


def _rest() -> Iterator[Metric]:
    real = clock.real_now()
    held = {
        "orders": Order.objects.filter(state=State.HELD).count(),
        "mails": Mail.objects.filter(state=Mail.State.HELD).count(),
        "jobs": Job.objects.filter(state=Job.State.HELD).count(),
    }
    yield gauge("held", "What waits for an operator.", "kind", {kind: float(number) for kind, number in held.items()})
    letters = dict(
        Letter.objects.filter(~Q(state=Letter.State.SENT)).order_by().values_list("state").annotate(Count("pk"))
    )
    states = {str(state): letters.get(state, 0) for state in (Letter.State.QUEUED, Letter.State.PRINTED)}
    yield gauge("letters_waiting", "Letters not yet in the post.", "state", states)
    oldest = Job.objects.filter(
        Q(lease_until=None) | Q(lease_until__lt=real), state=Job.State.WAITING, due_at__lte=real
    ).aggregate(oldest=Min("due_at"))["oldest"]
    family = GaugeMetricFamily("selfcare_job_lateness_seconds", "Age of the oldest job that is due and not taken.")
    family.add_metric([], _age(oldest, real))
    yield family


def _processes() -> Iterator[Metric]:
    real = clock.real_now()
    fresh = Heartbeat.objects.filter(at__gte=real - timedelta(days=1)).order_by().values_list("name")
    seen = {name: _age(at, real) for name, at in fresh.annotate(Max("at"))}
    yield gauge("process_last_seen_seconds", "Since the last sign of life of any such process.", "process", seen)
