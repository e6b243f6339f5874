"""What the engine may not do with accounts: those that were erased, and those that are restricted.

An event of an erased account from before its erasure is dropped, whoever sends it again. Events of
a restricted account, or of one that is being erased, are kept and never judged. In memory of the
tables, and read again when a note says that they changed.
"""

from functools import lru_cache

from detectors.core.event import Event
from detectors.core.identity import Subject
from monitor.protection.tombstones import Named, tombstone
from monitor.protection.traces import words_in
from monitor.store import erasures, restrictions
from monitor.store.writing import Writing

_REMEMBERED = 50_000


class Shield:
    """The accounts that are not to be judged, and those that are not to be known."""

    def __init__(self, pepper: bytes | None = None) -> None:
        """`pepper` is what erased accounts are digested with; None: none is known again."""
        self._pepper = pepper
        self._read: bytes | None = None
        self._withheld: frozenset[tuple[str, str]] = frozenset()
        self._pseudonyms: frozenset[str] = frozenset()
        self._buried: dict[bytes, int] = {}
        self._latest = -1
        self.released: frozenset[tuple[str, str]] = frozenset()
        """The (tenant, account) that the last `refresh` found withheld no more."""
        self._until = lru_cache(maxsize=_REMEMBERED)(self._look_up)

    def refresh(self, writing: Writing) -> set[tuple[str, str]] | None:
        """Take up what changed; the (tenant, account) that are withheld only since now, None where
        nothing has changed."""
        noted = writing.note(erasures.CHANGED) or b""
        if noted == self._read:
            return None
        before, connection = self._withheld, writing.connection
        self._withheld = frozenset(erasures.at_work(connection) | restrictions.standing(connection))
        self._pseudonyms = frozenset(erasures.pseudonyms(connection))
        self._buried = {} if self._pepper is None else erasures.buried(connection)
        self._latest = max(self._buried.values(), default=-1)
        self._until.cache_clear()
        self._read = noted
        self.released = before - self._withheld
        return set(self._withheld - before)

    def forget(self) -> None:
        """Read everything again next time."""
        self._read = None

    def drops(self, event: Event) -> bool:
        """Whether an event is of somebody who was erased after it."""
        if event.time > self._latest or not event.account:
            return False
        return event.time <= self._until(event.tenant, event.account, event.account_by_name)

    def tells(self, raw: bytes) -> bool:
        """Whether a line that cannot be read names somebody who was erased, as a whole word."""
        if self._pepper is None or not self._buried:
            return False
        pepper = self._pepper
        return any(tombstone(pepper, Named.WORD, "", w) in self._buried for w in words_in(raw))

    def withholds(self, tenant: str, account: str) -> bool:
        """Whether this account's events are kept and not judged."""
        return (tenant, account) in self._withheld

    def hides(self, subject: Subject) -> bool:
        """Whether nothing new is found of a subject: it is withheld, or nobody any more."""
        return (subject.tenant, subject.uid) in self._withheld or subject.uid in self._pseudonyms

    @property
    def is_idle(self) -> bool:
        """Whether there is nobody to shield."""
        return not self._withheld and not self._pseudonyms and self._latest < 0

    def _look_up(self, tenant: str, account: str, by_name: bool) -> int:
        if self._pepper is None:
            return -1
        ways = (Named.ACCOUNT, Named.NAME) if by_name else (Named.ACCOUNT,)
        digests = (tombstone(self._pepper, way, tenant, account) for way in ways)
        return max(self._buried.get(one, -1) for one in digests)
