"""What is measured of measures: how many there are in each state; no label tells of a person."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from monitor.store.watching import Watching


def measure_metrics(watching: Watching) -> Iterator[Metric]:
    """Every metric of them, read from the tables in this moment."""
    family = GaugeMetricFamily("vigie_measures", "Measures about accounts", labels=["state"])
    for state, count in sorted(watching.measures().items()):
        family.add_metric([state.value], count)
    yield family
