"""Metrics are read by Prometheus' own parser, say what the tables say, and are bounded."""

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine as Database
from sqlalchemy import insert

from monitor.backup import noted as backup_noted
from monitor.backup.noted import TAKEN, Taken
from monitor.engine import Outcome
from monitor.health import responding
from monitor.health.pulse import PULSE, Durations, Fed, Pulse, Spent, State, encode, ourselves
from monitor.retention import noted as retention_noted
from monitor.retention.noted import NOTE, Done, Noted
from monitor.store import tables
from monitor.store.receipts import Receipts, SenderReceipts, note_receipts
from monitor.store.watching import Watching
from monitor.store.writing import Writing
from monitor.web.metrics import MOST_SOURCES, OTHERS, exposition

NOW = 1_800_000_000_000
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(database: Database) -> Samples:
    text = exposition(Watching(database), lambda: NOW).decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(name: str, **labels: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return name, tuple(sorted(labels.items()))


def beat(database: Database, pulse: Pulse) -> None:
    with database.begin() as connection:
        Writing(connection).set_note(PULSE, encode(pulse))


def put_sources(database: Database, *rows: dict[str, object]) -> None:
    with database.begin() as connection:
        connection.execute(insert(tables.sources), [{"format": "sshd", **row} for row in rows])


def test_without_an_engine_there_are_still_metrics(database: Database) -> None:
    found = samples(database)
    assert found[of("vigie_engine_up")] == 0
    assert found[of("vigie_database_bytes")] > 0
    assert found[of("vigie_web_resident_bytes")] > 1 << 20


def test_the_engine_tells_its_numbers(database: Database) -> None:
    durations = Durations()
    for seconds in (0.001, 0.2, 99.0):
        durations.add(seconds)
    pulse = Pulse(
        time=NOW - 1000,
        who=ourselves(NOW),
        watermark=NOW - 5000,
        totals=Outcome(events=7, refolded=2),
        batches=durations,
        detectors={"brute_force": Spent(2_500_000, 10)},
        state=State(5, 3, 4096, 1),
        sources={"ssh": Fed("gone", {"not JSON": 4})},
    )
    beat(database, pulse)
    found = samples(database)
    assert found[of("vigie_engine_up")] == 1
    assert found[of("vigie_engine_refolded_total")] == 2
    assert found[of("vigie_engine_batch_seconds_bucket", le="0.25")] == 2
    assert found[of("vigie_engine_batch_seconds_bucket", le="+Inf")] == 3
    assert found[of("vigie_engine_batch_seconds_sum")] == 99.201
    assert found[of("vigie_detector_sampled_seconds_total", detector="brute_force")] == 0.0025
    assert found[of("vigie_engine_watermark_timestamp_seconds")] == NOW / 1000 - 5
    assert found[of("vigie_source_in_trouble", source="ssh")] == 1
    assert found[of("vigie_source_rejects_by_reason_total", source="ssh", reason="not JSON")] == 4


def test_an_engine_that_is_gone_is_not_up(database: Database) -> None:
    beat(database, Pulse(time=NOW - 60_000, who=ourselves(NOW)))
    assert samples(database)[of("vigie_engine_up")] == 0


def test_sources_say_their_counters_and_how_far_behind_they_are(database: Database) -> None:
    put_sources(
        database,
        {"name": "ssh", "lines": 9, "rejected": 2, "last_event": NOW - 90_000, "lag": -2_000},
    )
    found = samples(database)
    assert found[of("vigie_source_lines_total", source="ssh")] == 9
    assert found[of("vigie_source_rejected_total", source="ssh")] == 2
    assert found[of("vigie_source_lag_seconds", source="ssh")] == -2
    assert found[of("vigie_source_last_event_timestamp_seconds", source="ssh")] == NOW / 1000 - 90
    assert of("vigie_source_received_timestamp_seconds", source="ssh") not in found


def test_syslog_says_what_was_taken_and_what_was_refused_and_by_whom_not(
    database: Database,
) -> None:
    receipts = Receipts(
        "x",
        1,
        messages=7,
        connections=2,
        refused={"kernel": 3},
        senders=[SenderReceipts("192.0.2.7", 1)],
    )
    with database.begin() as connection:
        note_receipts(connection, {"gate": receipts})
    found = samples(database)
    assert found[of("vigie_syslog_messages_total", source="gate")] == 7
    assert found[of("vigie_syslog_connections", source="gate")] == 2
    assert found[of("vigie_syslog_refused_total", source="gate", reason="kernel")] == 3
    assert "192.0.2.7" not in str(found)


def test_however_many_sources_there_are_labels_are_few(database: Database) -> None:
    rows = [{"name": f"ingest:/log/{n}", "lines": 1, "received": n} for n in range(250)]
    put_sources(database, *rows)
    found = samples(database)
    lines = {labels: v for (name, labels), v in found.items() if name == "vigie_source_lines_total"}
    assert len(lines) == MOST_SOURCES + 1
    assert lines[(("source", OTHERS),)] == 250 - MOST_SOURCES
    assert sum(lines.values()) == 250
    assert (("source", "ingest:/log/249"),) in lines


def test_a_name_cannot_make_up_metrics(database: Database) -> None:
    put_sources(database, {"name": 'x"} 1\nvigie_engine_up 1\n#', "lines": 3})
    found = samples(database)
    assert found[of("vigie_engine_up")] == 0
    assert found[of("vigie_source_lines_total", source='x"} 1\nvigie_engine_up 1\n#')] == 3


def test_what_waits_and_what_is_not_well_is_counted(database: Database) -> None:
    with database.begin() as connection:
        row = {"source": "crm", "lines": 5, "size": 70, "body": b"", "received": NOW - 3000}
        connection.execute(insert(tables.inbox), [row])
        row = {"subject": "ssh", "kind": "silent", "since": 1, "until": None, "facts": b""}
        connection.execute(insert(tables.health), [row])
    found = samples(database)
    assert found[of("vigie_inbox_lines", source="crm")] == 5
    assert found[of("vigie_inbox_oldest_seconds", source="crm")] == 3
    assert found[of("vigie_health_findings", kind="silent")] == 1


def test_keeping_tells_what_went_and_when_it_last_ended(database: Database) -> None:
    assert of("vigie_backup_taken_timestamp_seconds") not in samples(database)
    told = Noted(began=1, finished=NOW - 1000, done={"events": Done(7, 2, NOW)})
    backup = Taken(path="/b", size=1, rows=1, made=NOW - 5000)
    with database.begin() as connection:
        writing = Writing(connection)
        writing.set_note(NOTE, retention_noted.encode(told))
        writing.set_note(TAKEN, backup_noted.encode(backup))
    found = samples(database)
    assert found[of("vigie_retention_rows_total", kind="events")] == 7
    assert found[of("vigie_retention_finished_timestamp_seconds")] == NOW / 1000 - 1
    assert found[of("vigie_backup_taken_timestamp_seconds")] == NOW / 1000 - 5


def test_what_responds_tells_whether_it_is_there_and_what_it_did(database: Database) -> None:
    assert of("vigie_responding_up") not in samples(database)
    pulse = responding.Pulse(
        time=NOW, who=ourselves(NOW), mode="act", waiting=3, counts={"step.act": 2}
    )
    with database.begin() as connection:
        Writing(connection).set_note(responding.NOTE, responding.encode(pulse))
    found = samples(database)
    assert found[of("vigie_responding_up")] == 1
    assert found[of("vigie_responding_acts")] == 1
    assert found[of("vigie_responding_changes_waiting")] == 3
    assert found[of("vigie_responding_done_total", kind="step.act")] == 2
