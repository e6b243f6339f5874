"""One draft at a time for each person: theirs alone, told truly, and never more than bear it."""

from collections.abc import Callable

import msgspec
import pytest
from sqlalchemy import Engine, select

from alerts.document import PolicyError
from alerts.incident import Category
from alerts.outlook import Example, Outlook, Pair
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.services.actor import Role
from monitor.services.refusal import NotAllowedError, NotFreshError
from monitor.services.rehearsals import AT_ONCE, SILENT, BusyError, Rehearsals
from monitor.store import policies, rehearsals, tables
from monitor.store.rehearsals import State
from tests.monitor.services.people import person

NOW = 1_800_000_000_000
ADA = person(Role.ADMINISTRATOR, authenticated=NOW, uid="ada")
BOB = person(Role.ADMINISTRATOR, authenticated=NOW, uid="bob")
DRAFT = "mode = 'act'\n"
OUTLOOK = Outlook(
    since=0,
    until=1,
    history=0,
    findings=Pair(1, 1),
    incidents=Pair(1, 0),
    called=Pair(1, 0),
    accounts=Pair(0, 0),
    kinds=(),
    steps=(),
    same=0,
)
EXAMPLE = Example(
    incident=bytes(16),
    subject=Subject(SubjectKind.ACCOUNT, "acme", "u-1"),
    category=Category.CREDENTIAL_SHARING,
    before=Severity.HIGH,
    after=None,
    reached=5,
)


class Started:
    """Remembers what it was to begin."""

    def __init__(self) -> None:
        self.given: list[tuple[str, str]] = []

    def __call__(self, owner: str, attempt: str) -> None:
        self.given.append((owner, attempt))


def service(
    database: Engine, launch: Callable[[str, str], object] | None = None, now: int = NOW
) -> Rehearsals:
    return Rehearsals(database, launch or Started(), lambda: now)


def test_it_is_begun_told_of_and_kept(database: Engine) -> None:
    started = Started()
    begun = service(database, started).begin(ADA, DRAFT)
    assert begun.state is State.RUNNING
    ((owner, attempt),) = started.given
    assert owner == ADA.reference
    with database.begin() as connection:
        rehearsals.tell(connection, owner, attempt, NOW, done=25, total=100)
    found = service(database).own(ADA)
    assert found is not None
    assert (found.share, found.document, found.is_current) == (0.25, DRAFT, True)
    assert service(database).own(BOB) is None
    encode = msgspec.msgpack.encode
    with database.begin() as connection:
        told = {"body": encode(OUTLOOK), "examples": [(7, encode(EXAMPLE))]}
        rehearsals.end(connection, owner, attempt, NOW, State.DONE, **told)
    found = service(database).own(ADA)
    assert found is not None
    assert (found.outlook, found.examples, found.trouble) == (OUTLOOK, (EXAMPLE,), None)
    with database.begin() as connection:
        audited = connection.execute(select(tables.audit.c.subject)).scalars().all()
        who = {"actor": "operator:bo", "actor_name": "bo", "reason": "newer"}
        policies.add(connection, 0, "mode = 'shadow'\n", now=1, **who)
    assert "policy:dry-run" in audited
    found = service(database).own(ADA)
    assert found is not None
    assert not found.is_current


def test_another_one_ends_the_former_and_cancelling_ends_it_too(database: Engine) -> None:
    started = Started()
    desk = service(database, started)
    desk.begin(ADA, DRAFT)
    desk.begin(ADA, "mode = 'shadow'\n")
    (first, second) = started.given
    with database.begin() as connection:
        assert not rehearsals.tell(connection, *first, NOW, done=1, total=2)
        assert rehearsals.tell(connection, *second, NOW, done=1, total=2)
    assert desk.cancel(ADA)
    assert not desk.cancel(ADA)
    assert not desk.cancel(BOB)
    found = desk.own(ADA)
    assert found is not None
    assert found.state is State.CANCELLED


def test_no_more_than_a_few_are_tried_at_once(database: Engine) -> None:
    desk = service(database)
    for number in range(AT_ONCE):
        desk.begin(person(Role.ADMINISTRATOR, authenticated=NOW, uid=f"r{number}"), DRAFT)
    with pytest.raises(BusyError, match="others"):
        desk.begin(BOB, DRAFT)
    # Whoever has one already may try another in its place.
    desk.begin(person(Role.ADMINISTRATOR, authenticated=NOW, uid="r0"), DRAFT)
    # One that is not heard of any more keeps nobody waiting.
    later = person(Role.ADMINISTRATOR, authenticated=NOW + SILENT + 1, uid="bob")
    service(database, now=NOW + SILENT + 1).begin(later, DRAFT)


def test_one_that_is_silent_is_said_to_be_broken_off(database: Engine) -> None:
    service(database).begin(ADA, DRAFT)
    found = service(database, now=NOW + SILENT + 1).own(ADA)
    assert found is not None
    assert found.state is State.FAILED
    assert found.trouble is not None
    assert "broken off" in found.trouble.en


def test_what_is_no_policy_and_who_may_not_are_refused(database: Engine) -> None:
    desk = service(database)
    with pytest.raises(PolicyError):
        desk.begin(ADA, "then = 1")
    with pytest.raises(NotAllowedError):
        desk.begin(person(Role.APPROVER, authenticated=NOW), DRAFT)
    with pytest.raises(NotFreshError):
        desk.begin(person(Role.ADMINISTRATOR), DRAFT)
    with pytest.raises(BusyError, match="command line"):
        Rehearsals(database, None, lambda: NOW).begin(ADA, DRAFT)
