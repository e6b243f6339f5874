"""What the model of sharing says of each tenant's people as a rule, kept with every batch.

A finding is measured against what was said up to some days before the use that it is about, when
nothing about it can come in time any more: by the events that the tenant itself has had, however
far others are. Once reckoned that is a row, and stays. So what is found depends neither on the
order of events nor on how many are read at once, as long as all that time has passed for was ticked
up to then (`owes`). What comes later still, as a name that turns out to be another account's,
changes findings, and not what others were measured against.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from detectors.account_sharing import AccountSharing
from detectors.core.detector import Detector
from detectors.core.event import DAY
from detectors.core.finding import Finding
from detectors.core.identity import Subject, SubjectKind, time_of
from detectors.sharing.leaning import LEANING_VERSION, MEMORY, Leaning
from monitor.populations import Headcount, StoredPopulations
from monitor.store.writing import LedgerRow, Writing

LEANING: Final = "leaning"
USUAL: Final = "usual"
_DAYS: Final = 8
"""Of fourteen days so many must have been worked before what is said of anybody is raised: in the
first ones the model is silent about everybody."""
_MOST_LEANINGS: Final = 5_000
_MOST_ACCOUNTS: Final = 50_000
_MOST_USUAL: Final = 20_000
_DROPPED_AT_ONCE: Final = 500
_MODEL: Final = AccountSharing.about.name
_encode = msgspec.msgpack.Encoder().encode


class SavedLeaning(Struct, array_like=True):
    """A tenant's, as it is stored."""

    tenant: str
    leaning: Leaning


class _SavedUsual(Struct, array_like=True):
    tenant: str
    nats: float


_decode_leaning = msgspec.msgpack.Decoder(SavedLeaning).decode
_decode_usual = msgspec.msgpack.Decoder(_SavedUsual).decode


class StoredLeanings:
    """Notes what the model says, and measures it."""

    def __init__(self, detectors: Sequence[Detector[Any]], populations: StoredPopulations) -> None:
        self._detector = next((d for d in detectors if isinstance(d, AccountSharing)), None)
        self._populations = populations
        self._leanings: dict[str, Leaning] = {}
        self._usual: dict[tuple[str, int], float] = {}

    def forget(self) -> None:
        """Drop what is in memory; the table is the truth."""
        self._leanings.clear()
        self._usual.clear()

    def owes(self, writing: Writing, found: Iterable[Finding]) -> int | None:
        """The event time (ms) up to which all must be ticked before these are measured; None where
        what they are measured against stands."""
        new = self._unreckoned(writing, self._said(found))
        return max((self._populations.closed_before(day) for _, day in new), default=None)

    def measure(
        self, writing: Writing, put: Collection[Finding], gone: Collection[Finding]
    ) -> dict[bytes, Finding]:
        """Note what is said, and what not any more; those that come out otherwise, by id."""
        said, taken_back = self._said(put), self._said(gone)
        detector = self._detector
        if detector is None or not (said or taken_back):
            return {}
        tenants = {f.subject.tenant for f in (*said, *taken_back)}
        self._load(writing, tenants)
        new = self._unreckoned(writing, said)
        heads = self._populations.people(writing, new) if new else {}
        for f in taken_back:
            self._leanings[f.subject.tenant].take_back(f.subject.uid, f.time)
        found = {}
        for f in sorted(said, key=lambda one: (one.time, one.id)):
            # Before it is noted itself, and what was said later: neither has a say.
            tenant, day = about = _about(f)
            if about not in self._usual:
                self._usual[about] = self._reckoned(tenant, day, heads[about])
            self._leanings[tenant].say(f.subject.uid, f.time, f.evidence.weights.shared)
            if usual := self._usual[about]:
                found[f.id] = detector.against(f, usual)
        rows = [
            LedgerRow(_key(*about), about[1], _encode(_SavedUsual(about[0], self._usual[about])))
            for about in sorted(new)
        ]
        writing.save_ledgers(USUAL, LEANING_VERSION, rows)
        self._save(writing, tenants)
        self._trim()
        return found

    def measured(self, writing: Writing, found: Finding) -> Finding:
        """A finding as one of its tenant and day was measured; noted nowhere."""
        if self._detector is None or found.detector != _MODEL:
            return found
        self._load_usual(writing, {_about(found)})
        usual = self._usual.get(_about(found))
        return self._detector.against(found, usual) if usual else found

    def drop_old(self, writing: Writing, folded: int) -> int:
        """Forget some that no event from `folded` (ms) on can need; how many."""
        oldest = (folded - MEMORY) // DAY - 1
        return writing.drop_ledgers((LEANING, USUAL), oldest, _DROPPED_AT_ONCE)

    def _said(self, found: Iterable[Finding]) -> list[Finding]:
        return [] if self._detector is None else [f for f in found if f.detector == _MODEL]

    def _unreckoned(self, writing: Writing, said: Iterable[Finding]) -> set[tuple[str, int]]:
        asked = {_about(f) for f in said}
        self._load_usual(writing, asked)
        return asked - self._usual.keys()

    def _reckoned(self, tenant: str, day: int, head: Headcount) -> float:
        if self._detector is None or head.people < self._detector.parameters.usual_from:
            return 0.0
        until = self._populations.closed_before(day)
        leaning = self._leanings[tenant]
        return leaning.beyond(until, head.people, may_raise=head.days >= _DAYS)

    def _load(self, writing: Writing, tenants: Iterable[str]) -> None:
        missing: dict[int, str] = {}
        for tenant in tenants:
            leaning = self._leanings.pop(tenant, None)
            if leaning is not None:
                self._leanings[tenant] = leaning
            else:
                missing[Subject(SubjectKind.TENANT, tenant, "").key()] = tenant
        bodies = writing.ledgers(LEANING, missing, LEANING_VERSION) if missing else {}
        for key, tenant in missing.items():
            saved = _decode_leaning(bodies[key]) if key in bodies else None
            is_own = saved is not None and saved.tenant == tenant
            self._leanings[tenant] = saved.leaning if saved is not None and is_own else Leaning()

    def _load_usual(self, writing: Writing, asked: Iterable[tuple[str, int]]) -> None:
        missing = {_key(*one): one for one in asked if one not in self._usual}
        bodies = writing.ledgers(USUAL, missing, LEANING_VERSION) if missing else {}
        for key, body in bodies.items():
            saved = _decode_usual(body)
            if saved.tenant == missing[key][0]:
                self._usual[missing[key]] = saved.nats

    def _save(self, writing: Writing, tenants: Iterable[str]) -> None:
        rows = []
        for tenant in sorted(tenants):
            leaning = self._leanings[tenant]
            latest = leaning.prune()
            key = Subject(SubjectKind.TENANT, tenant, "").key()
            rows.append(LedgerRow(key, latest // DAY, _encode(SavedLeaning(tenant, leaning))))
        writing.save_ledgers(LEANING, LEANING_VERSION, rows)

    def _trim(self) -> None:
        accounts = sum(len(leaning.said) for leaning in self._leanings.values())
        for tenant in list(self._leanings):
            if accounts <= _MOST_ACCOUNTS and len(self._leanings) <= _MOST_LEANINGS:
                break
            accounts -= len(self._leanings.pop(tenant).said)
        if len(self._usual) > _MOST_USUAL:
            self._usual.clear()


def _about(found: Finding) -> tuple[str, int]:
    """The tenant, and the day (since 1970) of the last use that is spoken of."""
    return found.subject.tenant, max(map(time_of, found.event_ids)) // DAY


def _key(tenant: str, day: int) -> int:
    return Subject(SubjectKind.TENANT, tenant, str(day)).key()
