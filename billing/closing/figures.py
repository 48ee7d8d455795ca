"""What the metrics tell of closing: runs that have stopped, and how many days the oldest one is late."""

from collections.abc import Iterable

from prometheus_client.metrics_core import Metric

from billing.closing import running
from billing.models import ClosingRun
from selfcare import calendar, clock
from selfcare.shell import metrics


def figures() -> Iterable[Metric]:
    today = calendar.today(clock.now())
    stopped = dict.fromkeys(map(str, ClosingRun.Kind.values), 0.0)
    late = dict(stopped)
    for run in ClosingRun.objects.filter(finished_at=None):
        stopped[run.kind] += bool(run.trouble)
        if run.closed_at is None:
            late[run.kind] = max(late[run.kind], float((today - running.since(run)).days))
    yield metrics.gauge("closing_stopped", "Closings that wait for an operator.", "kind", stopped)
    yield metrics.gauge("closing_late_days", "Days since the oldest open one was due.", "kind", late)
