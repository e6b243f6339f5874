"""The ledgers of sources and tenants in memory, saved with every batch that changed them."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from detectors.core.context import Context
from detectors.core.detector import Detector
from detectors.core.event import DAY, SignIn
from detectors.core.identity import Subject, SubjectKind
from detectors.core.ledger import LEDGER_VERSION, Ledger, TenantLedger
from detectors.core.standing import Campaigns, Standing
from detectors.core.through import Wrap
from monitor.store.writing import LedgerRow, Writing

_DROPPED_AT_ONCE = 500
_SOURCE = SubjectKind.SOURCE
_TENANT = SubjectKind.TENANT

K = TypeVar("K")
L = TypeVar("L", Ledger, TenantLedger)


class _Saved(Struct, array_like=True):
    """A ledger with whom it is of: two subjects may share a key."""

    tenant: str
    uid: str
    ledger: msgspec.Raw


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Saved).decode
_decode_source = msgspec.msgpack.Decoder(Ledger).decode
_decode_tenant = msgspec.msgpack.Decoder(TenantLedger).decode


class StoredCampaigns:
    """Folds attempts by source and by tenant. A kill loses nothing: what a batch changed is saved
    in its own transaction."""

    def __init__(
        self,
        detectors: Sequence[Detector[Any]],
        context: Context,
        *,
        sources: int = 50_000,
        tenants: int = 5_000,
    ) -> None:
        """`sources` and `tenants` are how many ledgers stay in memory."""
        self._campaigns = Campaigns(detectors, context)
        self._most_sources = sources
        self._most_tenants = tenants
        self._ttl = max(
            (d.about.state_ttl for d in detectors if d.about.name in self._campaigns.names),
            default=0,
        )
        self._key = lru_cache(maxsize=2 * sources)(_key)
        self.names = self._campaigns.names

    def __bool__(self) -> bool:
        return bool(self._campaigns)

    def through(self, wrap: Wrap) -> AbstractContextManager[None]:
        """Call the detectors through what `wrap` makes of them, while in the block."""
        return self._campaigns.through(wrap)

    def use_context(self, context: Context) -> None:
        """Judge by this context from now on; what was found of days that are over stays."""
        self._campaigns.context = context

    def forget(self) -> None:
        """Drop what is in memory; the table is the truth."""
        self._campaigns.forget()

    def fold(self, writing: Writing, attempts: Sequence[SignIn]) -> Standing:
        """Take in attempts that are new, in any order, and save what they changed."""
        campaigns = self._campaigns
        self._load(writing, attempts)
        standing = campaigns.fold(attempts)
        self._save(writing, standing)
        _trim(campaigns.sources, self._most_sources)
        _trim(campaigns.tenants, self._most_tenants)
        return standing

    def drop_quiet(self, writing: Writing, now: int) -> int:
        """Forget some ledgers that had no event for their detectors' time to live, at event time
        `now` (ms); how many."""
        if not self._ttl:
            return 0
        kinds = (_SOURCE.value, _TENANT.value)
        return writing.drop_ledgers(kinds, (now - self._ttl) // DAY, _DROPPED_AT_ONCE)

    def _load(self, writing: Writing, attempts: Iterable[SignIn]) -> None:
        campaigns = self._campaigns
        sources: set[tuple[str, str]] = set()
        tenants: set[tuple[str, str]] = set()
        for event in attempts:
            if event.ip is not None:
                sources.add((event.tenant, event.ip))
            tenants.add((event.tenant, ""))
        _use(campaigns.sources, sources)
        _use(campaigns.tenants, (tenant for tenant, _ in tenants))
        missing = [name for name in sources if name not in campaigns.sources]
        for (tenant, ip), body in self._read(writing, _SOURCE, missing):
            campaigns.sources[tenant, ip] = _decode_source(body)
        absent = [name for name in tenants if name[0] not in campaigns.tenants]
        for (tenant, _), body in self._read(writing, _TENANT, absent):
            campaigns.tenants[tenant] = _decode_tenant(body)

    def _save(self, writing: Writing, standing: Standing) -> None:
        """In the order of their keys, so that rows of one page are written one after the other."""
        campaigns = self._campaigns
        sources = [
            self._row(_SOURCE, tenant, ip, campaigns.sources[tenant, ip])
            for tenant, ip in standing.sources
        ]
        writing.save_ledgers(_SOURCE.value, LEDGER_VERSION, sorted(sources))
        tenants = [
            self._row(_TENANT, tenant, "", campaigns.tenants[tenant]) for tenant in standing.tenants
        ]
        writing.save_ledgers(_TENANT.value, LEDGER_VERSION, sorted(tenants))

    def _read(
        self, writing: Writing, kind: SubjectKind, names: Sequence[tuple[str, str]]
    ) -> Iterable[tuple[tuple[str, str], msgspec.Raw]]:
        if not names:
            return
        keys = {self._key(kind, *name): name for name in names}
        for key, body in writing.ledgers(kind.value, keys, LEDGER_VERSION).items():
            saved = _decode(body)
            if (saved.tenant, saved.uid) == keys[key]:
                yield keys[key], saved.ledger

    def _row(
        self, kind: SubjectKind, tenant: str, uid: str, ledger: Ledger | TenantLedger
    ) -> LedgerRow:
        body = _encode((tenant, uid, ledger))
        return LedgerRow(self._key(kind, tenant, uid), ledger.latest // DAY, body)


def _key(kind: SubjectKind, tenant: str, uid: str) -> int:
    return Subject(kind, tenant, uid).key()


def _use(ledgers: dict[K, L], names: Iterable[K]) -> None:
    """Let those of these names that are in memory be the last to be let go of."""
    for name in names:
        ledger = ledgers.pop(name, None)
        if ledger is not None:
            ledgers[name] = ledger


def _trim(ledgers: dict[K, L], most: int) -> None:
    excess = len(ledgers) - most
    if excess > 0:
        for name in list(ledgers)[:excess]:
            del ledgers[name]
