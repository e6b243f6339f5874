"""Campaigns: what stands of sources and tenants, given their ledgers; order does not matter."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any, cast

import msgspec
from msgspec import Struct, field

from detectors.core.context import Context
from detectors.core.detector import CampaignDetector, Detector
from detectors.core.event import DAY, SignIn
from detectors.core.finding import Finding
from detectors.core.fold import failure_of
from detectors.core.identity import Subject, SubjectKind, digest, digest64, time_of
from detectors.core.ledger import (
    LEDGER_VERSION,
    Ledger,
    TenantLedger,
    suspicion,
)
from detectors.core.through import Wrap

JUDGED_DAYS = 2
"""The latest days of a ledger that are judged again; what was found of others stays."""
_ENCODE = msgspec.msgpack.Encoder(order="deterministic").encode

SourceName = tuple[str, str]
"""Tenant and address."""
_Says = Callable[[Subject, Any, int, Context], Iterable[Finding]]
"""What a detector says of a ledger and a day."""


class Standing(Struct):
    """What became of a batch: findings that are new or say something else, ids of those that do
    not stand any more, and whose ledgers changed."""

    put: list[Finding] = field(default_factory=list)
    withdrawn: list[bytes] = field(default_factory=list)
    sources: set[SourceName] = field(default_factory=set)
    tenants: set[str] = field(default_factory=set)

    def add(self, later: "Standing") -> None:
        """What became of it in the end, after another batch."""
        put = {finding.id: finding for finding in self.put}
        withdrawn = dict.fromkeys(self.withdrawn)
        for identifier in later.withdrawn:
            put.pop(identifier, None)
            withdrawn[identifier] = None
        for finding in later.put:
            put[finding.id] = finding
            withdrawn.pop(finding.id, None)
        self.put = list(put.values())
        self.withdrawn = list(withdrawn)
        self.sources |= later.sources
        self.tenants |= later.tenants


class Campaigns:
    """The ledgers of sources and tenants, and the detectors that read them.

    `sources` and `tenants` are filled by the caller with what was saved of them before their
    events are observed; what is not there is new.
    """

    def __init__(self, detectors: Sequence[Detector[Any]], context: Context) -> None:
        campaigns = [cast(CampaignDetector, d) for d in detectors if is_of_campaigns(cast(Any, d))]
        self._of_source: list[tuple[CampaignDetector, _Says]] = [
            (d, d.of_source) for d in campaigns
        ]
        self._of_tenant: list[tuple[CampaignDetector, _Says]] = [
            (d, d.of_tenant)
            for d in campaigns
            if d.about.keyed_by is SubjectKind.TENANT or d.about.looks_at_tenant
        ]
        self.context = context
        self.names = frozenset(d.about.name for d in campaigns)
        self.version = digest64(
            str(LEDGER_VERSION),
            *sorted(f"{d.about.name}={d.about.state_version}" for d in campaigns),
        )
        self.sources: dict[SourceName, Ledger] = {}
        self.tenants: dict[str, TenantLedger] = {}
        self._touched: dict[SourceName, None] = {}
        self._touched_tenants: dict[str, None] = {}

    def __bool__(self) -> bool:
        return bool(self._of_source)

    @contextmanager
    def through(self, wrap: Wrap) -> Iterator[None]:
        """Call the detectors through what `wrap` makes of them, while in the block."""
        plain = self._of_source, self._of_tenant
        self._of_source, self._of_tenant = (
            [(d, wrap(d.about.name, says)) for d, says in some] for some in plain
        )
        try:
            yield
        finally:
            self._of_source, self._of_tenant = plain

    def forget(self) -> None:
        """Drop every ledger."""
        self.sources.clear()
        self.tenants.clear()
        self._touched.clear()
        self._touched_tenants.clear()

    def fold(self, attempts: Iterable[SignIn]) -> Standing:
        """Take in attempts to sign in, in whatever order, and say what stands then.

        Judged day by day, so that none passes out of a ledger unseen in a batch of many days.
        """
        standing = Standing()
        ordered = sorted(attempts, key=lambda event: event.id)
        for _, some in groupby(ordered, key=lambda event: event.time // DAY):
            for event in some:
                self._observe(event)
            standing.add(self._conclude())
        return standing

    def _observe(self, event: SignIn) -> None:
        tenant = event.tenant
        is_new = False
        if event.ip is not None:
            name = (tenant, event.ip)
            ledger = self.sources.get(name)
            if ledger is None:
                ledger = self.sources[name] = Ledger()
            ledger.observe(event)
            is_new = ledger.is_first_success(event)
            self._touched[name] = None
        whole = self.tenants.get(tenant)
        if whole is None:
            whole = self.tenants[tenant] = TenantLedger()
        whole.observe(event, is_new=is_new)
        self._touched_tenants[tenant] = None

    def _conclude(self) -> Standing:
        """What stands now, of the sources and tenants that were met since the last time."""
        standing = Standing()
        for name in self._touched:
            ledger = self.sources[name]
            tenant, ip = name
            self.tenants[tenant].suspect(ip, suspicion(ledger))
            subject = Subject(SubjectKind.SOURCE, tenant, ip)
            self._judge(subject, ledger, self._of_source, standing)
        for tenant in self._touched_tenants:
            subject = Subject(SubjectKind.TENANT, tenant, "")
            self._judge(subject, self.tenants[tenant], self._of_tenant, standing)
        standing.sources = set(self._touched)
        standing.tenants = set(self._touched_tenants)
        self._touched.clear()
        self._touched_tenants.clear()
        return standing

    def _judge(
        self,
        subject: Subject,
        ledger: Ledger | TenantLedger,
        judges: Sequence[tuple[CampaignDetector, _Says]],
        standing: Standing,
    ) -> None:
        """What the detectors say of the latest days."""
        context, found = self.context, dict[bytes, Finding]()
        judged = sorted(ledger.days)[-JUDGED_DAYS:]
        for day in judged:
            for detector, says in judges:
                try:
                    for one in says(subject, ledger, day, context):
                        found.setdefault(one.id, one)
                except Exception as error:  # noqa: BLE001 - one boundary for all detectors
                    raised = _failed(detector, subject, ledger.days[day].firsts, day, error)
                    found[raised.id] = raised
        _compare(found, ledger.said, judged, standing)


def is_of_campaigns(detector: Any) -> bool:
    """Whether a detector reads ledgers, and is not folded over an account's events."""
    return detector.about.keyed_by is not SubjectKind.ACCOUNT and hasattr(detector, "of_source")


def _compare(
    found: dict[bytes, Finding], said: dict[bytes, bytes], judged: list[int], standing: Standing
) -> None:
    """Put what is new or says something else, withdraw what does not stand any more.

    What is of a day that is not judged any more is left as it is.
    """
    if not said and not found:
        return
    for identifier, finding in found.items():
        told = digest(_ENCODE(finding), size=8)
        if said.get(identifier) != told:
            said[identifier] = told
            standing.put.append(finding)
    for identifier in [i for i in said if i not in found]:
        if not judged or time_of(identifier) // DAY >= judged[0]:
            standing.withdrawn.append(identifier)
        del said[identifier]


def _failed(
    detector: CampaignDetector, subject: Subject, events: list[bytes], day: int, error: Exception
) -> Finding:
    event = events[0] if events else bytes(16)
    return failure_of(detector.about.name, subject, day * DAY, event, error)
