"""What others hold of the account: findings and incidents, changes that it made, sums."""

from collections.abc import Callable

import msgspec
from msgspec import Raw, Struct
from sqlalchemy import Table

from detectors.core.census import CENSUS_VERSION
from detectors.core.event import Event
from detectors.core.finding import Finding
from detectors.core.identity import SubjectKind
from detectors.core.ledger import LEDGER_VERSION, Ledger, TenantLedger
from detectors.sharing.leaning import LEANING_VERSION
from monitor.erasing.own import STANDING, keep_evidence
from monitor.erasing.work import Work
from monitor.leanings import LEANING, USUAL, SavedLeaning
from monitor.populations import SavedCensus, SavedTally
from monitor.protection.pseudonyms import Digests
from monitor.store import erasing, tables

_FINDINGS = 200
_INCIDENTS = 500
_EVENTS = 2_000
_LEDGERS = 500
_START = bytes(16)

_decode_event = msgspec.msgpack.Decoder(Event).decode
_encode = msgspec.msgpack.Encoder().encode


class _Saved(Struct, array_like=True):
    """A source's or a tenant's ledger, as campaigns are stored."""

    tenant: str
    uid: str
    ledger: Raw


_saved = msgspec.msgpack.Decoder(_Saved).decode
_census = msgspec.msgpack.Decoder(SavedCensus).decode
_tally = msgspec.msgpack.Decoder(SavedTally).decode
_leaning = msgspec.msgpack.Decoder(SavedLeaning).decode
_source = msgspec.msgpack.Decoder(Ledger).decode
_tenant = msgspec.msgpack.Decoder(TenantLedger).decode


def findings(work: Work) -> bool:
    """Put the pseudonym into what was found about others, and keep the events that it stands on."""
    erasure, connection = work.erasure, work.connection
    rows = erasing.next_findings(connection, erasure.cursor or _START, _FINDINGS)
    standing = erasing.is_standing(connection, {i for _, i in rows if i is not None}, STANDING)
    cited = {i for finding, _ in rows for i in finding.event_ids}
    own = {event.id for event in erasing.own_among(connection, work.subject, cited)}
    for finding, incident in rows:
        if incident in standing and own.intersection(finding.event_ids):
            work.count("evidence disguised", keep_evidence(work, finding))
        _disguise(work, finding)
    erasure.cursor = rows[-1][0].id if rows else None
    return len(rows) < _FINDINGS


def incidents(work: Work) -> bool:
    """Put it into their incidents."""
    erasure = work.erasure
    rows = erasing.next_incidents(work.connection, erasure.cursor or _START, _INCIDENTS)
    for incident in rows:
        disguised = work.disguise.incident(incident)
        if disguised != incident:
            erasing.put_incident(work.connection, disguised)
            work.count("incidents disguised", 1)
    erasure.cursor = rows[-1].id if rows else None
    return len(rows) < _INCIDENTS


def evidence(work: Work) -> bool:
    """Put it into the events of the account that are kept for findings about others."""
    rows = erasing.evidence_of(work.connection, work.subject, _INCIDENTS)
    for finding, event in rows:
        key = work.disguise.instead.key()
        erasing.put_evidence(work.connection, finding, [work.disguise.event(event)], key)
    work.count("evidence disguised", len(rows))
    return len(rows) < _INCIDENTS


def changes(work: Work) -> bool:
    """Put it into changes of other accounts that this one made."""
    return _actors(work, tables.events)


def kept_changes(work: Work) -> bool:
    """The same in what is kept as evidence."""
    return _actors(work, tables.evidence)


def ledgers(work: Work) -> bool:
    """Put it into the sums by source and tenant, which stay what they are."""
    erasure = work.erasure
    after = None
    if erasure.cursor is not None:
        after = msgspec.msgpack.decode(erasure.cursor, type=tuple[str, int])
    rows = erasing.next_ledgers(work.connection, after, _LEDGERS)
    digests = Digests(work.disguise)
    # Texts and numbers stand in MessagePack as they are: most ledgers need not be read.
    needles = [_encode(one) for one in digests.known]
    needles.append(work.subject.uid.encode("utf-8", "surrogatepass"))
    for row in rows:
        if any(needle in row.body for needle in needles):
            _change(work, row, digests)
    # What is in memory is saved again before the next step.
    work.memory.forget_ledgers()
    last = rows[-1] if rows else None
    erasure.cursor = None if last is None else _encode((last.kind, last.subject_key))
    return len(rows) < _LEDGERS


def _disguise(work: Work, finding: Finding) -> None:
    disguised = work.disguise.finding(finding)
    if disguised != finding:
        erasing.put_finding(work.connection, disguised)
        work.count("findings disguised", 1)


def _actors(work: Work, table: Table) -> bool:
    erasure, disguise = work.erasure, work.disguise
    words = [word.encode("utf-8", "surrogatepass") for word in disguise.words]
    rows = erasing.next_bodies(work.connection, table, erasure.cursor or _START, _EVENTS)
    for _, body in rows:
        if any(word in body for word in words):
            event = _decode_event(body)
            disguised = disguise.event(event)
            # The account's own, from after its erasure, are another person's.
            if disguised != event and event.account != disguise.account:
                erasing.put_body(work.connection, table, disguised)
                work.count("changes disguised", 1)
    erasure.cursor = rows[-1][0] if rows else None
    return len(rows) < _EVENTS


def _change(work: Work, row: erasing.StoredLedger, digests: Digests) -> None:
    """A ledger of another version is of no use to anybody, and goes."""
    reading = _READING.get(row.kind)
    if reading is None or row.version != reading[0]:
        erasing.delete_ledger(work.connection, row)
        work.count("sums", 1)
        return
    body = reading[1](work.subject.tenant, row.body, digests)
    if body is not None:
        erasing.put_ledger(work.connection, row, body)
        work.count("sums disguised", 1)


def _source_changed(tenant: str, body: bytes, digests: Digests) -> bytes | None:
    saved = _saved(body)
    ledger = _source(saved.ledger)
    if saved.tenant != tenant or not digests.of_source(ledger):
        return None
    return _encode((saved.tenant, saved.uid, ledger))


def _tenant_changed(tenant: str, body: bytes, digests: Digests) -> bytes | None:
    saved = _saved(body)
    ledger = _tenant(saved.ledger)
    if saved.tenant != tenant or not digests.of_tenant(ledger):
        return None
    return _encode((saved.tenant, saved.uid, ledger))


def _census_changed(tenant: str, body: bytes, digests: Digests) -> bytes | None:
    saved = _census(body)
    if saved.tenant != tenant or not digests.of_census(saved.census):
        return None
    return _encode(saved)


def _tally_changed(tenant: str, body: bytes, digests: Digests) -> bytes | None:
    saved = _tally(body)
    if saved.tenant != tenant or not digests.of_tally(saved.tally):
        return None
    return _encode(saved)


def _leaning_changed(tenant: str, body: bytes, digests: Digests) -> bytes | None:
    saved = _leaning(body)
    if saved.tenant != tenant or not digests.of_leaning(saved.leaning):
        return None
    return _encode(saved)


def _nothing(_tenant: str, _body: bytes, _digests: Digests) -> bytes | None:
    """What several accounts come to, and nobody's."""
    return None


_Change = Callable[[str, bytes, Digests], bytes | None]
_READING: dict[str, tuple[int, _Change]] = {
    SubjectKind.SOURCE.value: (LEDGER_VERSION, _source_changed),
    SubjectKind.TENANT.value: (LEDGER_VERSION, _tenant_changed),
    "census": (CENSUS_VERSION, _census_changed),
    "tally": (CENSUS_VERSION, _tally_changed),
    LEANING: (LEANING_VERSION, _leaning_changed),
    USUAL: (LEANING_VERSION, _nothing),
}
