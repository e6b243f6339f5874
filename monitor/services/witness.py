"""Keeps signed places of the audit outside of the database, each when all up to it proved whole."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Engine

from monitor import clock
from monitor.chain.checkpoints import Checkpoints
from monitor.chain.entry import BEGINNING, Mark
from monitor.chain.sealing import Seal, Sealer, Statement
from monitor.chain.verification import Fault, Wrong
from monitor.store import trail
from monitor.store.connection import reading

PORTION = 5_000
"""Entries that are looked at in one go."""


class Witness:
    """Looks at what was entered since it last signed. Of one thread.

    While something is wrong it signs nothing, so that the last place before stays the last.
    """

    def __init__(
        self,
        database: Engine,
        sealer: Sealer,
        files: Sequence[Checkpoints],
        now: Callable[[], int] = clock.now_ms,
    ) -> None:
        """`files`: where signed places are kept; the first is what it goes by. `now` gives ms."""
        self._reading = reading(database)
        self._sealer = sealer
        self._files = files
        self._now = now
        self._at: Mark | None = None
        self._owed: dict[int, Seal] = {}
        self.fault: Fault | None = None
        """What is wrong with the chain, as far as it was looked at."""

    def look(self) -> Seal | None:
        """Look at a portion, and sign the head when it was come to and has moved; what was signed.

        Raises OSError and sqlalchemy.exc.DBAPIError. What could not be put into one of the files is
        put there the next time.
        """
        signed = self._last()
        with self._reading.begin() as connection:
            head = trail.head(connection)
            known = trail.anchor(connection)
            begins = BEGINNING if known is None else known.mark
            self.fault = _departed(connection, begins, head, signed)
            if self.fault is None:
                self._go_on(connection, head, self._start(connection, begins, signed))
        is_moved = self._at == head and (signed is None or signed.mark != head)
        seal = None
        if self.fault is None and is_moved and head != BEGINNING:
            seal = self._sealer.seal(Statement.HEAD, head, self._now())
            self._owed = dict.fromkeys(range(len(self._files)), seal)
        self._keep()
        return seal

    def _keep(self) -> None:
        failure: OSError | None = None
        for at, seal in list(self._owed.items()):
            try:
                self._files[at].add(seal)
                del self._owed[at]
            except OSError as error:
                failure = error
        if failure is not None:
            raise failure

    def _last(self) -> Seal | None:
        """The last place that this instance signed."""
        ours = [s for s in self._files[0].read().seals if s.signer == self._sealer.public]
        return next((seal for seal in reversed(ours) if seal.is_genuine()), None)

    def _start(self, connection: Connection, begins: Mark, signed: Seal | None) -> Mark:
        """Where to go on: whatever is the farthest of what was looked at, signed, or taken away."""
        places = [begins, *([] if signed is None else [signed.mark])]
        # Not where a backup was restored meanwhile.
        at = self._at
        if at is not None and trail.digest_at(connection, at.number) == at.digest:
            places.append(at)
        return max(places, key=lambda place: place.number)

    def _go_on(self, connection: Connection, head: Mark, at: Mark) -> None:
        for entry, content in trail.entries(connection, at.number, PORTION):
            is_right = content is None or content.digest == entry.content
            if not entry.follows(at) or not is_right:
                self.fault = Fault(Wrong.ALTERED if is_right else Wrong.CONTENT, entry.number)
                return
            at = entry.mark
        self._at = at
        if at.number >= head.number and at != head:
            self.fault = Fault(Wrong.HEAD, head.number)
            self._at = None


def _departed(
    connection: Connection, begins: Mark, head: Mark, signed: Seal | None
) -> Fault | None:
    """Whether the chain has left a place that was signed."""
    if signed is None or signed.number < begins.number or signed.mark in (BEGINNING, begins):
        return None
    if signed.number > head.number:
        return Fault(Wrong.CUT, signed.number)
    if trail.digest_at(connection, signed.number) != signed.digest:
        return Fault(Wrong.FORKED, signed.number)
    return None
