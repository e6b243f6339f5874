"""The audit as it is stored: entries in one unbroken chain, whoever of many processes adds to it.

An entry is put into the chain when its transaction commits, as the last thing before: so the head
of the chain, which one writer at a time may hold, is held for the commit alone, and is always the
last that a transaction waits for. No two can wait for each other by it.
"""

from collections.abc import Callable, Collection, Mapping
from secrets import token_bytes
from typing import Any
from weakref import WeakKeyDictionary

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, event, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from monitor.chain.entry import (
    BEGINNING,
    SALT_BYTES,
    Content,
    Entry,
    Mark,
    cleaned,
    next_entry,
    written,
)
from monitor.chain.sealing import Seal
from monitor.chain.verification import ERASE, naming
from monitor.store import tables, trail
from monitor.store.trail import ANCHOR, HEAD


class Deed(Struct, frozen=True, kw_only=True):
    """What an entry is to say: see `Entry`; `content` is JSON."""

    time: int
    actor: str
    operation: str
    subject: str
    tenant: str | None
    content: bytes


_AT_ONCE = 500

# Made once: that takes longer than running them.
_MARKS = tables.audit_marks
_HOLD = select(_MARKS.c.number, _MARKS.c.digest).where(_MARKS.c.name == HEAD).with_for_update()
_ADD = insert(tables.audit)
_ADD_CONTENT = insert(tables.audit_contents)
_MOVE = (
    update(_MARKS)
    .where(_MARKS.c.name == HEAD)
    .values(number=bindparam("to"), digest=bindparam("its_digest"))
)

_waiting: "WeakKeyDictionary[Connection, list[Deed]]" = WeakKeyDictionary()


def append(
    connection: Connection,
    *,
    time: int,
    actor: str,
    operation: str,
    subject: str,
    tenant: str | None = None,
    content: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry, which is there when the open transaction of `connection` commits, and not
    otherwise.

    `time` is ms since 1970 UTC; `actor` and `subject` are references that name nobody. Raises
    ValueError and TypeError for content that cannot be kept, and RuntimeError where no transaction
    is open. What the database says against it is raised by the commit.
    """
    if not connection.in_transaction():
        raise RuntimeError("an entry of the audit belongs to a transaction, and none is open")
    deed = Deed(
        time=time,
        actor=actor,
        operation=operation,
        subject=subject,
        tenant=tenant,
        content=written(content or {}),
    )
    if connection.in_nested_transaction():
        # It may be undone alone: the entry goes with it.
        chain(connection, [deed])
        return
    waiting = _waiting.get(connection)
    if waiting is None:
        waiting = _waiting[connection] = []
        event.listen(connection, "commit", _commit)
        event.listen(connection, "rollback", _roll_back)
    waiting.append(deed)


def chain(connection: Connection, deeds: list[Deed]) -> Mark:
    """Put deeds into the chain at once, and hold its head until the transaction ends."""
    before = hold(connection)
    entries: list[dict[str, Any]] = []
    contents: list[dict[str, Any]] = []
    for deed in deeds:
        content = Content(token_bytes(SALT_BYTES), deed.content)
        entry = next_entry(
            before,
            content,
            time=deed.time,
            actor=deed.actor,
            operation=deed.operation,
            subject=deed.subject,
            tenant=deed.tenant,
        )
        entries.append(_row(entry))
        contents.append({"number": entry.number, "salt": content.salt, "body": content.body})
        before = entry.mark
    connection.execute(_ADD, entries)
    connection.execute(_ADD_CONTENT, contents)
    connection.execute(_MOVE, {"to": before.number, "its_digest": before.digest})
    return before


def erase(
    connection: Connection,
    subjects: Collection[str],
    *,
    time: int,
    actor: str,
    content: Mapping[str, Any] | None = None,
) -> int:
    """Erase the contents of all entries on these subjects; how many. An entry for each of which
    there were any says so: without it they would be missed when the chain is proved."""
    table, contents = tables.audit, tables.audit_contents
    erased = 0
    for subject in sorted(subjects):
        mine = select(table.c.number).where(table.c.subject == cleaned(subject))
        gone = connection.execute(delete(contents).where(contents.c.number.in_(mine))).rowcount
        if gone:
            append(
                connection,
                time=time,
                actor=actor,
                operation=ERASE,
                subject=subject,
                content=content,
            )
        erased += gone
    return erased


def erase_numbers(
    connection: Connection, numbers: Collection[int], *, time: int, actor: str
) -> int:
    """Erase the contents of the entries of these numbers; how many. Entries say so, as of
    `erase`."""
    contents = tables.audit_contents
    gone = sorted(numbers)
    erased = 0
    for start in range(0, len(gone), _AT_ONCE):
        mine = contents.c.number.in_(gone[start : start + _AT_ONCE])
        erased += connection.execute(delete(contents).where(mine)).rowcount
    for subject in naming(gone):
        append(connection, time=time, actor=actor, operation=ERASE, subject=subject)
    return erased


def forget(connection: Connection, before: int, most: int, sign: Callable[[Mark], Seal]) -> int:
    """Take away the oldest entries, `most` of them at most, up to the first that is of a time (ms)
    not before `before`; how many. What is left begins after a place that is signed.

    What is not as it was written stays, and all behind it: whoever looks into it must find it.
    """
    known = trail.anchor(connection)
    start = last = BEGINNING if known is None else known.mark
    for entry, _ in trail.entries(connection, 0, most):
        if entry.time >= before or not entry.follows(last):
            break
        last = entry.mark
    if last != start:
        set_anchor(connection, sign(last))
        for table in (tables.audit_contents, tables.audit):
            connection.execute(delete(table).where(table.c.number <= last.number))
    return last.number - start.number


def set_anchor(connection: Connection, seal: Seal) -> None:
    """Let the chain begin after a signed place."""
    values = {
        "number": seal.number,
        "digest": seal.digest,
        "time": seal.time,
        "signer": seal.signer,
        "signature": seal.signature,
    }
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = dialect.insert(tables.audit_marks).values(name=ANCHOR, **values)
    connection.execute(made.on_conflict_do_update(index_elements=["name"], set_=values))


def hold(connection: Connection) -> Mark:
    """The head of the chain, which nobody else moves before this transaction ends."""
    marks = tables.audit_marks
    found = connection.execute(_HOLD).first()
    if found is None:
        row = {"name": HEAD, "number": BEGINNING.number, "digest": BEGINNING.digest}
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(marks).values(row).on_conflict_do_nothing())
        found = connection.execute(_HOLD).one()
    return Mark(int(found.number), bytes(found.digest))


def _row(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__struct_fields__}


def _commit(connection: Connection) -> None:
    deeds = _waiting.get(connection)
    if deeds:
        chain(connection, deeds)
        deeds.clear()


def _roll_back(connection: Connection) -> None:
    _waiting.get(connection, []).clear()
