"""What somebody did is written down with the change, and names nobody where it cannot be erased."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from monitor import clock
from monitor.chain import file
from monitor.chain.checkpoints import Checkpoints
from monitor.chain.entry import Mark
from monitor.chain.sealing import Sealer, Statement
from monitor.chain.verification import Wrong
from monitor.services.actor import Actor, ActorKind, Role, operator
from monitor.services.audit import Audit, record, signed_outside
from monitor.services.authority import Operation
from monitor.services.refusal import NotAllowedError, NotFreshError
from monitor.store import audit, tables
from monitor.store.trail import Filter
from tests.monitor.services.people import person, program

NOW = 1_790_000_000_000
ALICE = Actor(kind=ActorKind.REVIEWER, uid="7", name="Alice Martin")


def test_it_says_who_did_what_to_what(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now_ms", lambda: NOW)
    with database.begin() as connection:
        record(
            connection,
            ALICE,
            Operation.KEYS_WRITE,
            "key:crm",
            tenant="acme",
            reason="Bob left",
            content={"scopes": ["events:write"], "expires": None},
        )
        record(connection, operator("sam"), "database:upgrade", "database")
    with database.connect() as connection:
        table = tables.audit
        columns = table.c.time, table.c.actor, table.c.operation, table.c.subject, table.c.tenant
        first, second = connection.execute(select(*columns).order_by(table.c.number)).all()
        bodies = connection.execute(
            select(tables.audit_contents.c.body).order_by(tables.audit_contents.c.number)
        ).scalars()
        contents = [json.loads(body) for body in bodies]
    assert tuple(first) == (NOW, "reviewer:7", "keys:write", "key:crm", "acme")
    assert tuple(second) == (NOW, "operator:sam", "database:upgrade", "database", None)
    assert contents == [
        {"name": "Alice Martin", "reason": "Bob left", "scopes": ["events:write"]},
        {"name": "sam"},
    ]


SEALER = Sealer(b"k" * 32)
APPROVER = person(Role.APPROVER)


@pytest.fixture
def kept(tmp_path: Path) -> Checkpoints:
    return Checkpoints(tmp_path / "checkpoints")


@pytest.fixture
def book(database: Engine, kept: Checkpoints) -> Audit:
    """Three entries, and a place signed at the second."""
    audited = Audit(database, SEALER, [kept], lambda: NOW)
    for name in ("a", "b", "c"):
        with database.begin() as connection:
            content = {"scopes": [name]}
            record(connection, ALICE, "keys:write", f"key:{name}", reason="why", content=content)
        if name == "b":
            kept.add(audited.head(operator()))
    return audited


def test_entries_are_shown_as_they_were_told(book: Audit, database: Engine) -> None:
    first, *_ = found = book.page(operator(), Filter())
    assert [one.number for one in found] == [3, 2, 1]
    assert (first.actor, first.name, first.reason) == ("reviewer:7", "Alice Martin", "why")
    assert (first.content, first.is_erased) == ({"scopes": ["c"]}, False)
    with database.begin() as connection:
        audit.erase(connection, ["key:c"], time=NOW, actor="operator:sam")
    shown = book.page(operator(), Filter(subject="key:c", operation="keys:write"))
    assert [(one.name, one.reason, one.content, one.is_erased) for one in shown] == [
        ("", "", {}, True)
    ]


def test_that_a_person_looked_is_an_entry_too(book: Audit) -> None:
    book.page(APPROVER, Filter(subject="key:a"))
    book.page(APPROVER, Filter(), before=2)
    book.page(program("audit:read"), Filter())
    (look, *_) = found = book.page(operator(), Filter())
    assert len(found) == 4
    assert (look.actor, look.operation) == (APPROVER.reference, "audit:read")
    assert look.content == {"filter": {"subject": "key:a"}}


def test_it_is_proved_and_held_to_what_was_signed(book: Audit) -> None:
    told: list[int] = []
    proof = book.verify(APPROVER, told.append)
    assert proof.verdict.is_whole
    assert (proof.verdict.entries, proof.verdict.held, proof.time) == (3, 1, NOW)
    assert proof.signer == SEALER.public
    assert sum(told) == 3 == book.size(APPROVER)


def test_a_place_that_is_not_come_to_any_more_is_told(
    book: Audit, database: Engine, kept: Checkpoints
) -> None:
    kept.path.write_bytes(kept.path.read_bytes() + b"no line\n")
    with database.begin() as connection:
        marks = tables.audit_marks
        for table in (tables.audit, tables.audit_contents):
            connection.execute(table.delete().where(table.c.number > 1))
        digest = connection.execute(select(tables.audit.c.digest)).scalar_one()
        connection.execute(update(marks).values(number=1, digest=digest))
    proof = book.verify(operator())
    assert [fault.wrong for fault in proof.verdict.faults] == [Wrong.CUT]
    assert proof.unreadable == 1


def test_the_head_is_signed(book: Audit) -> None:
    seal = book.head(operator())
    assert (seal.statement, seal.number, seal.signer) == (Statement.HEAD, 3, SEALER.public)
    assert seal.is_genuine()


def test_an_export_proves_itself_and_tells_of_itself(book: Audit) -> None:
    verdict, head = file.verify(book.export(operator()), SEALER.public)
    assert verdict.is_whole
    assert head.number == 4
    (last, *_) = book.page(operator(), Filter())
    assert (last.operation, last.content) == ("audit:export", {"contents": True})
    names_nobody = b"".join(book.export(operator(), contents=False))
    assert b"Alice" not in names_nobody
    assert file.verify(names_nobody.splitlines(keepends=True))[0].is_whole


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.TENANT_CONTACT])
def test_others_may_not(book: Audit, role: Role) -> None:
    for actor in (person(role), person(role, tenant="acme"), person(Role.APPROVER, tenant="acme")):
        for asked in (
            lambda who: book.page(who, Filter()),
            book.verify,
            book.head,
            book.size,
            book.export,
        ):
            with pytest.raises(NotAllowedError):
                asked(actor)
    with pytest.raises(NotAllowedError):
        book.export(APPROVER)
    with pytest.raises(NotFreshError):
        book.export(person(Role.ADMINISTRATOR))
    assert len(book.page(operator(), Filter())) == 3


def test_several_files_outside_are_read_in_the_order_of_their_signing(tmp_path: Path) -> None:
    files = [Checkpoints(tmp_path / name) for name in ("a", "b", "none")]
    mark = Mark(1, bytes(32))
    for at, one in ((3, files[0]), (1, files[1]), (2, files[0])):
        one.add(SEALER.seal(Statement.HEAD, mark, NOW + at))
    seals, unreadable = signed_outside(files)
    assert [seal.time - NOW for seal in seals] == [1, 2, 3]
    assert unreadable == 0
