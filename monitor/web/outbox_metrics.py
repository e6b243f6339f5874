"""What the outbox measures of itself: orders by responder and state, and how responders do."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from alerts.outbox import SETTLED, State
from monitor.store.watching import Watching

_ABOUT_ORDERS = ("responder", "state")


def outbox_metrics(watching: Watching, now: int) -> Iterator[Metric]:
    """Every metric of it, read from the tables in this moment; `now` in ms since 1970 UTC."""
    tallies, watched = watching.orders()
    orders = GaugeMetricFamily("vigie_outbox_orders", "Orders", labels=_ABOUT_ORDERS)
    oldest = GaugeMetricFamily(
        "vigie_outbox_oldest_seconds",
        "How long the oldest order has waited to be settled",
        labels=["responder"],
    )
    ages: dict[str, int] = {}
    for one in tallies:
        orders.add_metric([one.responder, one.state.value], one.count)
        if one.state not in SETTLED - {State.DEAD}:
            ages[one.responder] = max(ages.get(one.responder, 0), now - one.oldest)
    for name, age in sorted(ages.items()):
        oldest.add_metric([name], max(0, age) / 1_000)
    is_open = GaugeMetricFamily(
        "vigie_responder_open", "Whether it is left in peace", labels=["responder"]
    )
    failures = GaugeMetricFamily(
        "vigie_responder_failures", "Failures in a row", labels=["responder"]
    )
    for name, does in sorted(watched.items()):
        is_open.add_metric([name], float(does.breaker.is_open))
        failures.add_metric([name], does.breaker.failures)
    yield from (orders, oldest, is_open, failures)
