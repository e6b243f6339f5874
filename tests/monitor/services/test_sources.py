"""What is shown of the sources is what is known of them, redacted, in the reader's language."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import insert

from alerts.wording import said
from detectors.core.event import HOUR, MINUTE
from monitor.health.pulse import PULSE, Fed, Pulse, encode, ourselves
from monitor.services.sources import HISTORY, REJECTS, Sources
from monitor.store import tables
from monitor.store.receipts import Receipts, Refusal, SenderReceipts, note_receipts
from monitor.store.watching import Watching
from monitor.store.writing import Writing
from tests.monitor.services.people import ADMINISTRATOR

NOW = 1_800_000_000_000


def put(database: Database, table: Any, *rows: dict[str, Any]) -> None:
    with database.begin() as connection:
        connection.execute(insert(table), list(rows))


def fill(database: Database) -> Sources:
    """Two sources, one of which is silent, and an engine that reads it."""
    pulse = Pulse(
        time=NOW,
        who=ourselves(NOW),
        sources={"ssh": Fed(None, {"not JSON": 1, "no time": 4}, 12.5)},
    )
    with database.begin() as connection:
        Writing(connection).set_note(PULSE, encode(pulse))
    put(
        database,
        tables.sources,
        {"id": 7, "name": "ssh", "format": "sshd", "received": NOW - HOUR, "lag": 900},
        {"id": 8, "name": "ingest:/var/log/a", "format": "auto", "received": None, "lag": None},
    )
    row = {"kind": "silent", "facts": msgspec.msgpack.encode({"quiet": HOUR})}
    put(
        database,
        tables.health,
        row | {"subject": "source:ssh", "since": NOW - MINUTE, "until": None},
        row | {"subject": "source:ssh", "since": 5, "until": 9},
        row | {"subject": "engine", "kind": "behind", "since": 6, "until": None},
    )
    return Sources(Watching(database), lambda: NOW)


def test_everything_is_there_at_a_glance(database: Database) -> None:
    view = fill(database).overview(ADMINISTRATOR, "fr")
    ssh, other = view.sources
    assert (ssh.name, ssh.id, ssh.lag, ssh.per_minute, ssh.is_read) == ("ssh", 7, 900, 12.5, True)
    assert (other.received, other.last_event, other.is_read) == (None, None, False)
    assert list(ssh.reasons) == ["no time", "not JSON"]
    (finding,) = ssh.findings
    assert finding.title == "Muette"
    assert "1 heure" in finding.sentence
    assert [one.subject for one in view.loose] == ["engine"]
    assert [one.until for one in view.past] == [9]
    assert view.troubled == 2
    assert view.engine is not None


def test_of_syslog_it_is_shown_who_sent_and_what_was_refused(database: Database) -> None:
    sources = fill(database)
    sender = SenderReceipts("192.0.2.7", NOW - HOUR, 7, refused={"too_fast": 2, "kernel": 1})
    receipts = Receipts(
        "syslog+udp://127.0.0.1:514",
        1,
        listening=["127.0.0.1:514"],
        messages=7,
        refused={"kernel": 1, "too_fast": 2, "not_known_yet": 9},
        senders=[sender],
    )
    with database.begin() as connection:
        note_receipts(connection, {"ssh": receipts})
    for language in ("en", "fr"):
        ssh, other = sources.overview(ADMINISTRATOR, language).sources
        assert other.receiving is None
        assert ssh.receiving is not None
        assert (ssh.receiving.listening, ssh.receiving.messages) == (("127.0.0.1:514",), 7)
        assert [*ssh.receiving.refused.items()] == [
            (said(Refusal.TOO_FAST.text, language), 2),
            (said(Refusal.KERNEL.text, language), 1),
        ]
        (one,) = ssh.receiving.senders
        assert (one.address, one.last, one.messages, one.refused) == ("192.0.2.7", NOW - HOUR, 7, 3)


def test_an_engine_that_is_gone_reads_nothing(database: Database) -> None:
    fill(database)
    view = Sources(Watching(database), lambda: NOW + HOUR).overview(ADMINISTRATOR, "en")
    assert view.engine is None
    assert not any(source.is_read for source in view.sources)


@pytest.mark.parametrize("which", [7, "ssh"])
def test_one_is_found_by_number_and_by_name(database: Database, which: int | str) -> None:
    view = fill(database).source(ADMINISTRATOR, which, "en")
    assert view is not None
    assert view.name == "ssh"
    assert [one.kind for one in view.findings] == ["silent"]


def test_there_is_none_of_another_name(database: Database) -> None:
    sources = fill(database)
    assert sources.source(ADMINISTRATOR, "7", "en") is None
    assert sources.source(ADMINISTRATOR, 9, "en") is None
    assert [one.until for one in sources.past(ADMINISTRATOR, "ssh", "en")] == [9]
    assert sources.standing(ADMINISTRATOR) == 2


def test_lines_are_redacted_and_come_by_the_page(database: Database) -> None:
    sources = fill(database)
    row = {"source_id": 7, "reason": "no user 'ann@acme.example'", "received": NOW}
    lines = [b"\x1b[31mpassword=hunter2 %d" % n for n in range(REJECTS + 5)]
    put(
        database,
        tables.rejects,
        *(row | {"position": f"a\n.log:{n}", "raw": raw} for n, raw in enumerate(lines)),
        row | {"source_id": 8, "position": "b", "raw": b"of another"},
    )
    first = sources.rejects(ADMINISTRATOR, 7)
    assert len(first) == REJECTS
    assert first[0].line == f"\\x1b[31mpassword=*** {REJECTS + 4}"
    assert first[0].position == f"a\\n.log:{REJECTS + 4}"
    assert "ann@" not in first[0].reason
    rest = sources.rejects(ADMINISTRATOR, 7, first[-1].id)
    assert [one.line[-1] for one in rest] == ["4", "3", "2", "1", "0"]


def test_the_past_is_told_for_a_while_only(database: Database) -> None:
    sources = fill(database)
    row = {"kind": "silent", "subject": "source:ssh", "facts": b""}
    put(database, tables.health, *(row | {"since": n, "until": n} for n in range(100, 200)))
    assert len(sources.overview(ADMINISTRATOR, "en").past) == HISTORY
