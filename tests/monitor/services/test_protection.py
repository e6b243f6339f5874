"""What people ask for by law is done by whoever may, in their own tenant, and written down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine as Database
from sqlalchemy import select

from detectors.core.event import MINUTE
from monitor.erasing.job import Erasing
from monitor.services.actor import Actor, Role, operator
from monitor.services.protection import LONGEST, Protection, ProtectionError, reason_of
from monitor.services.refusal import NotAllowedError, NotFreshError, NotThereError
from monitor.store import tables
from monitor.store.incident_filter import Filter
from monitor.store.reading import Reading
from tests.monitor.erasing.leaving import (
    NOW,
    PEPPER,
    SUBJECT,
    WHO,
    fill,
    is_named,
    later,
    own,
    work,
)
from tests.monitor.services.people import person, program
from tests.monitor.test_engine import intake, new_engine, sign_in

OPERATOR = operator("root")
FOREIGN = person(Role.ADMINISTRATOR, tenant="u", authenticated=NOW - MINUTE)
OWN = person(Role.ADMINISTRATOR, tenant="t", authenticated=NOW - MINUTE)


def desk(database: Database) -> Protection:
    return Protection(database, PEPPER, lambda: NOW)


def audited(database: Database) -> list[tuple[str, str, str | None]]:
    table = tables.audit
    with database.begin() as connection:
        rows = connection.execute(select(table).order_by(table.c.number)).all()
    return [(row.operation, row.subject, row.tenant) for row in rows]


def test_an_erasure_is_previewed_asked_for_done_and_confirmed(database: Database) -> None:
    fill(database)
    protection = desk(database)
    found = protection.preview(OPERATOR, "t", WHO)
    parts = {part.name: part for part in found.parts}
    assert parts["events"].rows == len(own())
    assert parts["incidents kept"].rows >= 1
    assert parts["incidents kept"].stays
    assert not found.at_work
    without = protection.preview(OPERATOR, "t", WHO, keeps=False)
    assert {p.name: p.rows for p in without.parts}["incidents kept"] == 0
    assert without.rows > found.rows
    made = protection.erase(OWN, "t", WHO, "ticket  88", keeps=False)
    assert (made.reason, made.stage) == ("ticket 88", "names")
    assert protection.preview(OPERATOR, "t", WHO).at_work
    assert protection.erase(OPERATOR, "t", WHO, "again").id == made.id
    engine = new_engine(database, pepper=PEPPER)
    engine.idle(NOW)
    steps = Erasing(work(), database)
    while steps.step(engine):
        pass
    engine.stop()
    done = protection.erasure(OPERATOR, made.id)
    assert done.finished == NOW
    assert done.counts["events"] == len(own())
    assert not is_named(database)
    told = audited(database)
    assert told[0] == ("person:erase", f"account:{SUBJECT.key()}", "t")
    assert told[-1] == ("person:erased", f"erasure:{made.id}", None)
    with pytest.raises(NotThereError):
        protection.preview(OPERATOR, "t", WHO)


@pytest.mark.parametrize(
    ("actor", "error"),
    [
        (person(Role.VIEWER), NotAllowedError),
        (person(Role.ANALYST, authenticated=NOW), NotAllowedError),
        (person(Role.APPROVER, authenticated=NOW), NotAllowedError),
        (person(Role.TENANT_CONTACT, tenant="t", authenticated=NOW), NotAllowedError),
        (person(Role.ADMINISTRATOR), NotFreshError),
        (person(Role.ADMINISTRATOR, authenticated=NOW - 11 * MINUTE), NotFreshError),
        (program("person:erase", "person:restrict"), None),
        (FOREIGN, NotThereError),
    ],
)
def test_nobody_else_erases_or_restricts(
    database: Database, actor: Actor, error: type[Exception] | None
) -> None:
    fill(database, own(3))
    if error is None:
        # No key can be made for these, whatever it says.
        from monitor.services.authority import Operation

        assert not Operation.PERSON_ERASE.for_keys
        assert not Operation.PERSON_RESTRICT.for_keys
        return
    protection = desk(database)
    with pytest.raises(error):
        protection.erase(actor, "t", WHO, "#1")
    with pytest.raises(error):
        protection.restrict(actor, "t", WHO, "#1")
    assert audited(database) == []


def test_another_tenant_sees_counts_and_guesses_nothing(database: Database) -> None:
    fill(database, own(3))
    protection = desk(database)
    restricted = protection.restrict(OPERATOR, "t", WHO, "#1")
    objected = protection.object_to(OPERATOR, "t", WHO, "nights")
    made = protection.erase(OPERATOR, "t", WHO, "#1")
    assert protection.erasures(FOREIGN) == []
    assert protection.restrictions(FOREIGN) == []
    assert protection.objections(FOREIGN) == []
    for ask in (
        lambda: protection.preview(FOREIGN, "t", WHO),
        lambda: protection.preview(FOREIGN, "t", "nobody"),
        lambda: protection.erasure(FOREIGN, made.id),
        lambda: protection.erasure(FOREIGN, 999),
        lambda: protection.release(FOREIGN, restricted.id, "#1"),
        lambda: protection.decide(FOREIGN, objected.id, upheld=True, decision="x"),
        lambda: protection.object_to(FOREIGN, "t", WHO, "x"),
    ):
        with pytest.raises(NotThereError):
            ask()
    assert [one.id for one in protection.erasures(OWN)] == [made.id]


def test_restricted_data_is_kept_and_not_used(database: Database) -> None:
    engine = new_engine(database, pepper=PEPPER)
    engine.process([intake(own(12))])
    reading, protection = Reading(database), desk(database)
    before = reading.incidents(Filter(), None, 10)
    assert len(before) == 1
    assert reading.counts() != {}
    made = protection.restrict(OPERATOR, "t", WHO, "ticket 9")
    assert reading.incidents(Filter(), None, 10) == []
    assert reading.count(Filter()) == 0
    assert reading.counts() == {}
    assert reading.incident(before[0].incident.id) is None
    fresh = [later(number=n, hours=1 + n / 60) for n in range(6)]
    others = [sign_in(NOW + n, "a1", number=n) for n in range(3)]
    outcome = engine.process([intake(sorted([*fresh, *others], key=lambda e: e.id))])
    assert outcome.events == 9
    assert outcome.late == 0
    engine.idle(NOW + 1_000 * MINUTE)
    with database.begin() as connection:
        from monitor.store.writing import Writing

        found = Writing(connection).findings_of(SUBJECT)
        kept = Writing(connection).known_ids([event.id for event in fresh])
        judged = Writing(connection).findings_of(type(SUBJECT)(SUBJECT.kind, "t", "a1"))
    assert len(kept) == 6
    assert max(f.time for f in found) < NOW
    assert judged
    released = protection.release(OPERATOR, made.id, "settled")
    assert released.until == NOW
    assert reading.incident(before[0].incident.id) == before[0]
    more = [later(number=20 + n, hours=20 + n / 60) for n in range(6)]
    engine.process([intake(more)])
    with database.begin() as connection:
        after = Writing(connection).findings_of(SUBJECT)
    # What came meanwhile is never judged: it goes on from where it was.
    new = [f for f in after if f.time > NOW]
    assert new
    assert {event for f in new for event in f.event_ids}.isdisjoint(e.id for e in fresh)
    engine.stop()
    with pytest.raises(ProtectionError):
        protection.release(OPERATOR, made.id, "again")
    with pytest.raises(NotThereError):
        protection.release(OPERATOR, 999, "none")


def test_it_is_restricted_once_at_a_time(database: Database) -> None:
    fill(database, own(3))
    protection = desk(database)
    protection.restrict(OPERATOR, "t", WHO, "#1")
    with pytest.raises(ProtectionError, match="already"):
        protection.restrict(OPERATOR, "t", WHO, "#1")
    assert [one.account for one in protection.restrictions(OPERATOR)] == [WHO]
    assert [op for op, _, _ in audited(database)] == ["person:restrict"]


def test_an_objection_is_decided_with_its_reason(database: Database) -> None:
    fill(database, own(3))
    protection = desk(database)
    made = protection.object_to(OPERATOR, "t", WHO, "works nights by agreement")
    assert made.decided is None
    done = protection.decide(OPERATOR, made.id, upheld=False, decision="security prevails")
    assert (done.upheld, done.decision) == (False, "security prevails")
    with pytest.raises(ProtectionError, match="decided before"):
        protection.decide(OPERATOR, made.id, upheld=True, decision="no")
    assert protection.objections(OPERATOR) == [done]


@pytest.mark.parametrize("reason", ["", "  \n", "x" * (LONGEST + 1), "a\0b"])
def test_it_is_said_why(database: Database, reason: str) -> None:
    fill(database, own(3))
    with pytest.raises(ProtectionError) as refusal:
        desk(database).erase(OPERATOR, "t", WHO, reason)
    assert refusal.value.text.fr.startswith("dites pourquoi")


@given(st.text(max_size=600))
def test_any_reason_is_one_line_or_refused(text: str) -> None:
    try:
        told = reason_of(text)
    except ProtectionError:
        return
    assert 0 < len(told) <= LONGEST
    assert "\n" not in told
    assert "\0" not in told


@pytest.mark.parametrize("account", ["", "x" * 2_000, "a\0b", "nobody"])
def test_whoever_is_not_known_is_not_there(database: Database, account: str) -> None:
    with pytest.raises(NotThereError):
        desk(database).erase(OPERATOR, "t", account, "#1")
