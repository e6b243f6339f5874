"""Statements of erasing look at the value, and never at the digest alone."""

from msgspec import structs
from sqlalchemy import Engine as Database

from detectors.core.event import DAY
from detectors.core.identity import Subject, SubjectKind, first_id
from monitor.store import erasing, tables
from monitor.store.writing import account_key, encode_event
from tests.monitor.retention.working import NOW, add, incident, store, visit

ZOE = Subject(SubjectKind.ACCOUNT, "t", "zoe")
START = bytes(16)
END = first_id(NOW + DAY)


def test_events_are_given_in_parts_and_only_the_accounts_own(database: Database) -> None:
    mine = [visit(3 - n, "zoe", n) for n in range(3)]
    stranger = visit(2.5, "bob", 9)
    store(database, *mine, visit(1, "eve"))
    # Of another account with the same digest, which is not impossible.
    add(
        database,
        tables.events,
        id=stranger.id,
        account_key=ZOE.key(),
        source_id=1,
        late=False,
        body=encode_event(stranger),
    )
    with database.begin() as connection:
        some, last = erasing.own_events(connection, ZOE, START, END, 2)
        assert [event.id for event in some] == [mine[0].id]
        assert last == stranger.id
        rest, end = erasing.own_events(connection, ZOE, last, END, 2)
        assert [event.id for event in rest] == [mine[1].id, mine[2].id]
        assert end == mine[2].id
        assert erasing.own_events(connection, ZOE, end, END, 2) == ([], None)
        assert erasing.newest_of(connection, ZOE) == mine[2].id
        wanted = {mine[0].id, stranger.id}
        assert [e.id for e in erasing.own_among(connection, ZOE, wanted)] == [mine[0].id]
        assert erasing.delete_events(connection, [e.id for e in mine]) == 3
        assert erasing.newest_of(connection, ZOE) == stranger.id


def test_what_was_found_can_be_anothers_afterwards(database: Database) -> None:
    found = incident(database, visit(2, "zoe"))
    other = Subject(SubjectKind.ACCOUNT, "t", "erased:1")
    with database.begin() as connection:
        [one] = erasing.incidents_of(connection, ZOE)
        assert erasing.is_standing(connection, [one.id], 3) == {one.id}
        assert erasing.is_standing(connection, [one.id], 5) == set()
        [finding] = erasing.findings_with(connection, one.id)
        assert finding.id == found.id
        assert erasing.findings_of(connection, ZOE, 5) == [found.id]
        erasing.put_finding(connection, structs.replace(finding, subject=other))
        erasing.put_incident(connection, structs.replace(one, subject=other))
        assert erasing.findings_of(connection, ZOE, 5) == []
        assert erasing.incidents_of(connection, ZOE) == []
        assert [i.subject for i in erasing.incidents_of(connection, other)] == [other]
        assert [f.subject for f, _ in erasing.next_findings(connection, START, 5)] == [other]
        assert [i.subject for i in erasing.next_incidents(connection, START, 5)] == [other]


def test_evidence_is_kept_in_place_of_what_was_kept(database: Database) -> None:
    event = visit(2, "zoe")
    disguised = structs.replace(event, account="erased:1")
    with database.begin() as connection:
        assert erasing.put_evidence(connection, b"f" * 16, [event], account_key(event)) == 1
        assert erasing.evidence_of(connection, ZOE, 5) == [(b"f" * 16, event)]
        erasing.put_evidence(connection, b"f" * 16, [disguised], account_key(disguised))
        assert erasing.evidence_of(connection, ZOE, 5) == []
        assert erasing.evidence_for(connection, b"f" * 16) == [disguised]
        assert erasing.put_evidence(connection, b"f" * 16, [], 1) == 0


def test_ledgers_and_lines_are_gone_through_in_parts(database: Database) -> None:
    for kind, key in (("census", 2), ("source", -5), ("source", 7)):
        row = {"kind": kind, "subject_key": key, "day": 1, "version": 3, "body": b"x"}
        add(database, tables.ledgers, **row)
    for n in range(3):
        add(database, tables.rejects, source_id=1, position=str(n), reason="r", raw=b"%d" % n)
    with database.begin() as connection:
        met = []
        after = None
        while rows := erasing.next_ledgers(connection, after, 2):
            met += rows
            after = (rows[-1].kind, rows[-1].subject_key)
        assert [(row.kind, row.subject_key) for row in met] == [
            ("census", 2),
            ("source", -5),
            ("source", 7),
        ]
        erasing.put_ledger(connection, met[1], b"y")
        erasing.delete_ledger(connection, met[0])
        assert [row.body for row in erasing.next_ledgers(connection, None, 9)] == [b"y", b"x"]
        first = erasing.next_rejects(connection, 0, 2)
        assert [raw for _, raw, _ in first] == [b"0", b"1"]
        assert erasing.delete_rejects(connection, [i for i, _, _ in first]) == 2
        assert erasing.count(connection, tables.rejects) == 1
