"""Campaigns, changes and sums that the person is a part of lose the name, and nothing else."""

import msgspec
from sqlalchemy import Engine as Database
from sqlalchemy import select

from detectors.core.event import FailureReason, Outcome, SignIn
from detectors.core.identity import Subject, SubjectKind
from detectors.credential_stuffing import CredentialStuffing
from detectors.password_spraying import PasswordSpraying
from monitor.erasing.others import _decode_event, _saved, _source
from monitor.store import erasures, tables
from monitor.store.reading import Reading
from tests.monitor.erasing.leaving import (
    AGENT,
    NAME,
    WHO,
    count,
    dumped,
    erase,
    fill,
    is_named,
)
from tests.monitor.test_engine import START, intake, new_engine, sign_in

ATTACKER = "198.51.100.66"
DETECTORS = (PasswordSpraying(), CredentialStuffing())


def attack(names: int = 40) -> list[SignIn]:
    """Somebody tries many accounts from one address, and gets in as the person."""
    failed = {"outcome": Outcome.FAILURE, "failure_reason": FailureReason.BAD_PASSWORD}
    tried = [sign_in(START + 1_000 * n, f"u{n}", ATTACKER, n, **failed) for n in range(names)]
    hit = sign_in(START + 1_000 * names, WHO, ATTACKER, 500, account_name=NAME, user_agent=AGENT)
    missed = sign_in(START + 500, WHO, ATTACKER, 501, **failed)
    return sorted([*tried, missed, hit], key=lambda event: event.id)


def sources(database: Database) -> list[tuple[int, int]]:
    """How many accounts every source's ledger knows."""
    table = tables.ledgers
    with database.begin() as connection:
        bodies = connection.execute(select(table.c.body).where(table.c.kind == "source"))
        ledgers = [_source(_saved(row[0]).ledger) for row in bodies]
    return [(len(x.users), sum(len(d.tries) for d in x.days.values())) for x in ledgers]


def campaign(database: Database) -> list[tuple[bytes, int, tuple[bytes, ...], int]]:
    reading = Reading(database)
    table = tables.incidents
    with database.begin() as connection:
        query = select(table.c.id).where(table.c.campaign_key.is_not(None))
        ids = [bytes(i) for i in connection.execute(query).scalars()]
    found = [stored.incident for i in ids if (stored := reading.incident(i)) is not None]
    return [(i.id, int(i.severity), i.findings, len(i.others)) for i in found]


def test_a_campaign_stands_as_it_stood_without_the_name(database: Database) -> None:
    engine = new_engine(database, DETECTORS)
    engine.process([intake(attack())])
    engine.stop()
    before, known = campaign(database), sources(database)
    assert before
    assert known == [(2, 41)]  # the account and its name, and all that failed
    assert is_named(database)
    erase(database)
    assert not is_named(database)
    assert campaign(database) == before
    assert sources(database) == known


def test_what_is_told_of_the_campaign_later_names_nobody(database: Database) -> None:
    engine = new_engine(database, DETECTORS)
    engine.process([intake(attack())])
    engine.stop()
    erase(database)
    engine = new_engine(database, DETECTORS, pepper=b"p" * 32)
    failed = {"outcome": Outcome.FAILURE, "failure_reason": FailureReason.BAD_PASSWORD}
    more = [sign_in(START + 90_000 + n, f"v{n}", ATTACKER, 600 + n, **failed) for n in range(60)]
    engine.process([intake(more)])
    engine.stop()
    assert not is_named(database)
    with database.begin() as connection:
        [one] = erasures.every(connection)
        hidden = Subject(SubjectKind.ACCOUNT, "t", one.pseudonym)
        table = tables.findings
        assert (
            connection.execute(select(table.c.id).where(table.c.subject_key == hidden.key())).all()
            == []
        )


def test_evidence_of_a_campaign_is_kept_and_says_of_nobody_whose_it_is(
    database: Database,
) -> None:
    engine = new_engine(database, DETECTORS)
    engine.process([intake(attack())])
    engine.stop()
    with database.begin() as connection:
        rows = connection.execute(select(tables.findings.c.body)).scalars().all()
    from detectors.core.finding import Finding

    cited = {i for body in rows for i in msgspec.msgpack.decode(body, type=Finding).event_ids}
    own = {event.id for event in attack() if event.account == WHO}
    counts = erase(database)
    if cited & own:
        assert counts["evidence disguised"] >= 1
        with database.begin() as connection:
            bodies = connection.execute(select(tables.evidence.c.body)).scalars().all()
        kept = [_decode_event(body) for body in bodies]
        assert {event.account for event in kept if event.id in own} <= {
            event.account for event in kept if event.account.startswith("erased:")
        }
    assert count(database, tables.events) == 40


def test_a_change_that_the_person_made_stays_a_change(database: Database) -> None:
    fill(database)
    assert NAME.encode() in dumped(database)
    counts = erase(database)
    assert counts["changes disguised"] == 1
    with database.begin() as connection:
        events = [
            _decode_event(body)
            for body in connection.execute(select(tables.events.c.body)).scalars()
        ]
    [changed] = [event for event in events if not isinstance(event, SignIn)]
    assert changed.account == "a1"
    assert getattr(changed, "actor", "").startswith("erased:")
