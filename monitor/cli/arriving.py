"""A restored database's audit: proved before it is there, held to what was signed, and told."""

from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from monitor import clock
from monitor.chain.entry import Mark
from monitor.chain.sealing import Seal, Statement
from monitor.chain.verification import Verdict
from monitor.cli.console import stderr
from monitor.services.actor import operator
from monitor.services.audit import record, signed_outside
from monitor.settings import Settings
from monitor.signing import checkpoints_of, sealer_of
from monitor.store import trail
from monitor.store.connection import reading


class Arrival:
    """What a restore means for the audit: entries after the backup are lost, and that is signed,
    so that the places signed before are no fault."""

    def __init__(self, settings: Settings, made: int) -> None:
        """`made` is the backup's moment (ms). Raises InstanceKeyError and OSError."""
        self._sealer = sealer_of(settings)
        self._files = checkpoints_of(settings)
        self._made = made
        seals, _ = signed_outside(self._files)
        public = None if self._sealer is None else self._sealer.public
        ours = [seal for seal in seals if seal.signer == public and seal.is_genuine()]
        self._last: Seal | None = ours[-1] if ours else None
        self._head: Mark | None = None
        self._verdict: Verdict | None = None
        self._has_left = False

    def look(self, database: Database) -> None:
        """Prove the audit of a database that is not in its place yet."""
        with reading(database).begin() as connection:
            self._head = trail.head(connection)
            if self._sealer is not None:
                self._verdict = trail.verify(connection, self._sealer.public, [])
            self._has_left = self._last is not None and not _holds(connection, self._last)

    def enter(self, database: Database) -> None:
        """Enter that it was restored, as the first thing after what the backup has."""
        told = {"made": self._made, "entries": self._head.number if self._head else 0}
        lost = self._last.number if self._has_left and self._last is not None else None
        with database.begin() as connection:
            record(
                connection,
                operator(),
                "database:restore",
                "database",
                content=told | ({} if lost is None else {"signed_until": lost}),
            )

    def sign(self) -> None:
        """It is in its place: sign that it is, where something else was signed before."""
        if self._sealer is not None and self._head is not None and self._has_left:
            seal = self._sealer.seal(Statement.RESTORED, self._head, clock.now_ms())
            for file in self._files:
                file.add(seal)

    def tell(self) -> None:
        """What the operator is to know of it."""
        last, head, verdict = self._last, self._head, self._verdict
        if self._has_left and last is not None and head is not None:
            stderr.print(
                f"The audit in it has {head.number:,} entries and is behind the last checkpoint, "
                f"of {clock.utc(last.time)} at number {last.number:,}: what was entered since the "
                "backup is not in it. That is entered and signed now; the database that was there "
                "before, or an export, still has the rest.",
                style="bold yellow",
            )
        if verdict is not None and not verdict.is_whole:
            stderr.print(
                f"The audit in it is not whole ({verdict.count:,} faults): `vigie audit verify`.",
                style="bold red",
            )


def _holds(connection: Connection, last: Seal) -> bool:
    """Whether a chain still comes to a place that was signed."""
    anchor = trail.anchor(connection)
    if anchor is not None and last.number <= anchor.number:
        return True
    return trail.digest_at(connection, last.number) == last.digest
