"""What is measured of gates, of all processes together; no label tells of a person."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from monitor.health.gate import PREFIX, alive
from monitor.store.watching import Watching


def gate_metrics(watching: Watching, now: int) -> Iterator[Metric]:
    """Every metric of them, as processes noted it; none where nothing is guarded. `now` is in
    ms."""
    found = alive(watching.notes(PREFIX), now)
    if not found:
        return
    answers: Counter[str] = Counter()
    for one in found:
        answers.update(one.answers)
    family = CounterMetricFamily(
        "vigie_gate_answers", "Answers since the processes began", labels=["answer"]
    )
    for word, count in sorted(answers.items()):
        family.add_metric([word], count)
    yield family
    for name, told, value in (
        ("processes", "Processes that answer at the gate", len(found)),
        ("blind", "Those that have no news from the database", sum(o.is_blind for o in found)),
        ("accounts", "Accounts of which anything is known", max(one.known for one in found)),
    ):
        yield GaugeMetricFamily(f"vigie_gate_{name}", told, value=value)
