"""The audit: what anybody did or looked at, written down in the transaction that does it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine

from monitor import clock
from monitor.chain import file
from monitor.chain.checkpoints import Checkpoints
from monitor.chain.entry import Content, Entry
from monitor.chain.sealing import Seal, Sealer, Statement
from monitor.chain.verification import Verdict
from monitor.services.actor import Actor, ActorKind
from monitor.services.authority import Operation, allowed
from monitor.store import audit, trail
from monitor.store.connection import reading
from monitor.store.trail import Filter


def record(
    connection: Connection,
    actor: Actor,
    operation: Operation | str,
    subject: str,
    *,
    tenant: str | None = None,
    reason: str = "",
    content: Mapping[str, Any] | None = None,
) -> None:
    """Write down that `actor` did `operation` to `subject`: it is there when the open transaction
    commits, and not otherwise.

    `subject` is a reference that names nobody and stays: `account:<key>`, `reviewer:<id>`,
    `key:<name>`, `database`. What may name people, `reason` and `content` (JSON, up to 64 KiB), can
    be erased later, and so can the actor's name; their reference stays. Raises ValueError and
    TypeError for content that cannot be kept.
    """
    erasable: dict[str, Any] = {"name": actor.name, "reason": reason, **(content or {})}
    audit.append(
        connection,
        time=clock.now_ms(),
        actor=actor.reference,
        operation=operation if isinstance(operation, str) else operation.scope,
        subject=subject,
        tenant=tenant,
        content={name: value for name, value in erasable.items() if value not in (None, "")},
    )


def sign_anew(
    connection: Connection, sealer: Sealer, now: Callable[[], int] = clock.now_ms
) -> None:
    """Let the chain's beginning be signed by another key, where the one that signed it is lost."""
    anchor = trail.anchor(connection)
    if anchor is not None:
        audit.set_anchor(connection, sealer.seal(Statement.ANCHOR, anchor.mark, now()))


class EntryView(Struct, frozen=True, kw_only=True):
    """One entry as people and programs read it: what `record` was told. `name` is that of who did
    it; `is_erased`: what could name people, `name`, `reason` and `content`, was erased. Times in ms
    since 1970 UTC, `digest` in hexadecimal."""

    number: int
    time: int
    actor: str
    operation: str
    subject: str
    tenant: str | None
    digest: str
    is_erased: bool
    name: str
    reason: str
    content: dict[str, Any]


class Proof(Struct, frozen=True, kw_only=True):
    """What came of proving the audit: the verdict, at what time (ms), by which public key, and how
    many lines of the files outside could not be read."""

    verdict: Verdict
    time: int
    signer: bytes
    unreadable: int


class Audit:
    """The audit of one database, for those who may read it. Safe to share between threads."""

    def __init__(
        self,
        database: Engine,
        sealer: Sealer,
        checkpoints: Sequence[Checkpoints] = (),
        now: Callable[[], int] = clock.now_ms,
    ) -> None:
        """`sealer` signs for the instance, `checkpoints` are the files of signed places outside;
        `now` gives ms."""
        self._database = database
        self._reading = reading(database)
        self._sealer = sealer
        self._checkpoints = checkpoints
        self._now = now

    @allowed(Operation.AUDIT_READ)
    def page(
        self, actor: Actor, wanted: Filter, before: int | None = None, most: int = trail.MOST
    ) -> list[EntryView]:
        """The newest entries of those wanted, with numbers less than `before`. That a person looked
        at the first of them is an entry too."""
        with self._reading.begin() as connection:
            found = trail.newest(connection, wanted, before, most)
        if before is None and actor.kind is ActorKind.REVIEWER:
            asked = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value}
            with self._database.begin() as connection:
                record(connection, actor, Operation.AUDIT_READ, "audit", content={"filter": asked})
        return [view(entry, content) for entry, content in found]

    @allowed(Operation.AUDIT_READ)
    def size(self, actor: Actor) -> int:
        """How many entries there are."""
        with self._reading.begin() as connection:
            return trail.count(connection)

    @allowed(Operation.AUDIT_READ)
    def head(self, actor: Actor) -> Seal:
        """The signed head: whoever keeps it can show later that the audit was shortened."""
        with self._reading.begin() as connection:
            mark = trail.head(connection)
        return self._sealer.seal(Statement.HEAD, mark, self._now())

    @allowed(Operation.AUDIT_READ)
    def verify(self, actor: Actor, told: Callable[[int], object] = lambda _: None) -> Proof:
        """Prove the audit whole, entry by entry; `told` hears of how many more were looked at."""
        # First: a place that is signed meanwhile is behind the moment that is looked at.
        seals, unreadable = signed_outside(self._checkpoints)
        with self._reading.begin() as connection:
            verdict = trail.verify(connection, self._sealer.public, seals, told)
        return Proof(
            verdict=verdict, time=self._now(), signer=self._sealer.public, unreadable=unreadable
        )

    @allowed(Operation.AUDIT_EXPORT)
    def export(self, actor: Actor, *, contents: bool = True) -> Iterator[bytes]:
        """The lines of a file that proves itself; without `contents` it names nobody. That it was
        made is the last entry in it."""
        with self._database.begin() as connection:
            told = {"contents": contents}
            record(connection, actor, Operation.AUDIT_EXPORT, "audit", content=told)
        return self._lines(contents)

    def _lines(self, contents: bool) -> Iterator[bytes]:
        with self._reading.begin() as connection:
            seal = self._sealer.seal(Statement.HEAD, trail.head(connection), self._now())
            entries = trail.entries(connection)
            yield from file.lines(seal, trail.anchor(connection), entries, contents=contents)


def signed_outside(checkpoints: Iterable[Checkpoints]) -> tuple[list[Seal], int]:
    """The signed places of files, in the order in which they were made, and how many lines of them
    cannot be read. Raises OSError."""
    seals: list[Seal] = []
    unreadable = 0
    for one in checkpoints:
        found = one.read()
        seals += found.seals
        unreadable += found.unreadable
    return sorted(dict.fromkeys(seals), key=lambda seal: seal.time), unreadable


def view(entry: Entry, content: Content | None) -> EntryView:
    """An entry as it is shown."""
    told = {} if content is None else content.told()
    name, reason = (told.pop(key, "") for key in ("name", "reason"))
    return EntryView(
        number=entry.number,
        time=entry.time,
        actor=entry.actor,
        operation=entry.operation,
        subject=entry.subject,
        tenant=entry.tenant,
        digest=entry.digest.hex(),
        is_erased=content is None,
        name=str(name),
        reason=str(reason),
        content=told,
    )
