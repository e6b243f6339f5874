"""What Vigie measures of itself, in the text format of Prometheus; no label tells of a person."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from detectors.core.event import SECOND
from monitor.backup.noted import TAKEN, taken
from monitor.health import responding
from monitor.health.pulse import BUCKETS, PULSE, Pulse, decode, our_version, resident
from monitor.health.waiting import PREFIX, alive
from monitor.retention.noted import NOTE as RETENTION
from monitor.retention.noted import noted
from monitor.store.watching import SourceRow, Watching
from monitor.web.gate_metrics import gate_metrics
from monitor.web.measure_metrics import measure_metrics
from monitor.web.outbox_metrics import outbox_metrics

CONTENT_TYPE = CONTENT_TYPE_LATEST
MOST_SOURCES = 100
"""Sources that are told apart, those that sent something last; the others are one."""
OTHERS = "(others)"
_TOTALS = {
    "events": "Events stored",
    "duplicates": "Events that were stored already",
    "late": "Events too late to change anything",
    "refolded": "Accounts folded again from stored events",
    "findings": "Findings put, new or changed",
    "withdrawn": "Findings withdrawn",
    "incidents": "Incidents opened",
}
_COUNTERS = {
    "lines": "Lines read",
    "events": "Events stored",
    "duplicates": "Events that were stored already",
    "skipped": "Lines about something else",
    "rejected": "Lines that could not be read",
    "late": "Events too late to change anything",
}


def exposition(watching: Watching, now: Callable[[], int]) -> bytes:
    """All metrics as they stand; `now` gives ms since 1970 UTC."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(watching, now()))
    return generate_latest(registry)


class _Collector(Collector):
    def __init__(self, watching: Watching, now: int) -> None:
        self._watching = watching
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Every metric, read from the tables in this moment."""
        pulse = decode(self._watching.note(PULSE))
        info = GaugeMetricFamily("vigie_build_info", "This version", labels=["version"])
        info.add_metric([our_version()], 1)
        yield info
        is_up = pulse is not None and pulse.is_alive(self._now)
        yield _gauge("vigie_engine_up", "Whether an engine tells of itself", float(is_up))
        waiting = len(alive(self._watching.notes(PREFIX), self._now))
        yield _gauge("vigie_engines_waiting", "Engines that wait to take over", waiting)
        yield _gauge("vigie_web_resident_bytes", "Memory of the answering process", resident())
        yield _gauge("vigie_database_bytes", "Size of the database", self._watching.size())
        yield from self._sources()
        yield from self._inbox()
        yield from self._syslog()
        yield from self._keeping()
        standing = GaugeMetricFamily("vigie_health_findings", "What is not well", labels=["kind"])
        for trouble in self._watching.standing():
            standing.add_metric([trouble.kind], trouble.count)
        yield standing
        if pulse is not None:
            yield from _engine(pulse)
        told = responding.decode(self._watching.note(responding.NOTE))
        if told is not None:
            yield from _responding(told, self._now)
        yield from outbox_metrics(self._watching, self._now)
        yield from measure_metrics(self._watching)
        yield from gate_metrics(self._watching, self._now)

    def _sources(self) -> Iterator[Metric]:
        rows = self._watching.sources()
        named = [(row.name, [row]) for row in rows[:MOST_SOURCES]]
        if rows[MOST_SOURCES:]:
            named.append((OTHERS, rows[MOST_SOURCES:]))
        for counter, told in _COUNTERS.items():
            family = CounterMetricFamily(f"vigie_source_{counter}", told, labels=["source"])
            for name, some in named:
                family.add_metric([name], sum(getattr(row, counter) for row in some))
            yield family
        for metric, told, value in (
            ("last_event_timestamp", "Time of the latest event", _last_event),
            ("received_timestamp", "When its last line was committed", _received),
            ("lag", "How far its events were behind the clock", _lag),
        ):
            gauge = GaugeMetricFamily(f"vigie_source_{metric}_seconds", told, labels=["source"])
            for name, some in named:
                known = [one for row in some if (one := value(row)) is not None]
                if known:
                    gauge.add_metric([name], max(known) / 1000)
            yield gauge

    def _inbox(self) -> Iterator[Metric]:
        rows = self._watching.inbox()[:MOST_SOURCES]
        for metric, told, values in (
            ("inbox_requests", "Requests that wait to be read", [r.requests for r in rows]),
            ("inbox_lines", "Lines that wait to be read", [r.lines for r in rows]),
            ("inbox_bytes", "Bytes that wait to be read", [r.size for r in rows]),
            (
                "inbox_oldest_seconds",
                "How long the oldest has waited",
                [max(0, self._now - r.oldest) / 1000 for r in rows],
            ),
        ):
            gauge = GaugeMetricFamily(f"vigie_{metric}", told, labels=["source"])
            for row, value in zip(rows, values, strict=True):
                gauge.add_metric([row.source], value)
            yield gauge

    def _keeping(self) -> Iterator[Metric]:
        """What was forgotten, and when retention and backups last came to their end."""
        known = noted(self._watching.note(RETENTION))
        rows = CounterMetricFamily("vigie_retention_rows", "Rows forgotten", labels=["kind"])
        for kind, done in known.done.items():
            rows.add_metric([kind], done.rows)
        yield rows
        last = taken(self._watching.note(TAKEN))
        for metric, told, at in (
            ("retention_finished", "End of the last round of forgetting", known.finished),
            ("backup_taken", "Moment of the last backup", 0 if last is None else last.made),
        ):
            if at:
                yield _gauge(f"vigie_{metric}_timestamp_seconds", told, at / SECOND)

    def _syslog(self) -> Iterator[Metric]:
        taken = CounterMetricFamily("vigie_syslog_messages", "Messages taken", labels=["source"])
        is_open = GaugeMetricFamily("vigie_syslog_connections", "Open ones", labels=["source"])
        refused = CounterMetricFamily(
            "vigie_syslog_refused", "Datagrams or connections refused", labels=["source", "reason"]
        )
        for source, receipts in sorted(self._watching.receipts().items()):
            taken.add_metric([source], receipts.messages)
            is_open.add_metric([source], receipts.connections)
            for reason, count in sorted(receipts.refused.items()):
                refused.add_metric([source, reason], count)
        yield from (taken, is_open, refused)


def _engine(pulse: Pulse) -> Iterator[Metric]:
    state = pulse.state
    for metric, told, value in (
        ("heartbeat_timestamp_seconds", "When it told of itself", pulse.time / 1000),
        ("start_timestamp_seconds", "When its process began", pulse.who.started / 1000),
        ("caught_up_timestamp_seconds", "When nothing waited last", pulse.caught_up / 1000),
        ("watermark_timestamp_seconds", "Latest event time", pulse.watermark / 1000),
        ("resident_bytes", "Memory of its process", pulse.resident),
        ("cells", "Accounts in memory", state.cells),
        ("cells_as_objects", "Accounts in memory that are not packed", state.objects),
        ("cells_bytes", "What they take, about", state.size),
        ("cells_unsaved", "Accounts changed since their snapshot", state.unsaved),
    ):
        yield _gauge(f"vigie_engine_{metric}", told, value)
    for counter, told in _TOTALS.items():
        yield CounterMetricFamily(
            f"vigie_engine_{counter}", told, value=getattr(pulse.totals, counter)
        )
    yield _durations(pulse)
    seconds = CounterMetricFamily(
        "vigie_detector_sampled_seconds", "Time in the batches measured", labels=["detector"]
    )
    events = CounterMetricFamily(
        "vigie_detector_sampled_events", "Events in the batches measured", labels=["detector"]
    )
    for name, spent in sorted(pulse.detectors.items()):
        seconds.add_metric([name], spent.time / 1e9)
        events.add_metric([name], spent.events)
    yield from (seconds, events)
    yield from _fed(pulse)


def _responding(pulse: responding.Pulse, now: int) -> Iterator[Metric]:
    for metric, told, value in (
        ("up", "Whether incidents are responded to", float(pulse.is_alive(now))),
        ("acts", "Whether the policy acts, and does not only tell", float(pulse.mode == "act")),
        ("heartbeat_timestamp_seconds", "When it told of itself", pulse.time / 1000),
        ("caught_up_timestamp_seconds", "When nothing waited last", pulse.caught_up / 1000),
        ("changes_waiting", "Changes of incidents that wait", pulse.waiting),
        ("troubles", "Duties that cannot be done now", len(pulse.troubles)),
    ):
        yield _gauge(f"vigie_responding_{metric}", told, value)
    done = CounterMetricFamily(
        "vigie_responding_done", "What was done since its process began", labels=["kind"]
    )
    for kind, count in sorted(pulse.counts.items()):
        done.add_metric([kind], count)
    yield done


def _durations(pulse: Pulse) -> Metric:
    counted = 0
    buckets: list[tuple[str, float]] = []
    bounds = chain((str(bound) for bound in BUCKETS), ["+Inf"])
    for bound, count in zip(bounds, pulse.batches.counts, strict=False):
        counted += count
        buckets.append((bound, counted))
    family = HistogramMetricFamily("vigie_engine_batch_seconds", "What a batch took")
    family.add_metric([], buckets=buckets, sum_value=pulse.batches.total)
    return family


def _fed(pulse: Pulse) -> Sequence[Metric]:
    rejects = CounterMetricFamily(
        "vigie_source_rejects_by_reason",
        "Lines that could not be read, since the engine began",
        labels=["source", "reason"],
    )
    trouble = GaugeMetricFamily(
        "vigie_source_in_trouble", "Whether it cannot be read now", labels=["source"]
    )
    for source, fed in sorted(pulse.sources.items())[:MOST_SOURCES]:
        trouble.add_metric([source], float(fed.trouble is not None))
        for kind, count in sorted(fed.rejects.items()):
            rejects.add_metric([source, kind], count)
    return trouble, rejects


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value=value)


def _last_event(row: SourceRow) -> int | None:
    return row.last_event or None


def _received(row: SourceRow) -> int | None:
    return row.received


def _lag(row: SourceRow) -> int | None:
    return row.lag
