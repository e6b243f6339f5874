"""What is kept of one account, record by record, with other people left out or masked."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import structs
from sqlalchemy import Connection, Table, select

from alerts.incident import Incident
from alerts.telling import describe
from detectors.core.context import Context
from detectors.core.event import AccountChange, Event
from detectors.core.finding import Finding
from detectors.core.fold import Fold, OutdatedStateError
from detectors.core.identity import Subject, SubjectKind, as_uuid
from detectors.core.profile import Profile
from monitor.directory.account import Account, account_id
from monitor.export.ocsf import event_record, finding_record, incident_record
from monitor.health.redaction import redact
from monitor.hygiene import kept
from monitor.protection.masking import mask_name, mask_subject
from monitor.protection.traces import Traces
from monitor.services.looks import looks_at
from monitor.store import account_notes, erasing, restrictions, tables
from monitor.store.directory import DirectoryTable
from monitor.store.provisioning import MemberTable, ProvisioningTable

_AT_ONCE = 500
_MOST_REJECTS = 100_000
_MOST_NOTES = 10_000
_START = bytes(16)
_END = b"\xff" * 16
_KIND = SubjectKind.ACCOUNT
_json = msgspec.json.Encoder(enc_hook=str).encode
_event = msgspec.msgpack.Decoder(Event).decode
_finding = msgspec.msgpack.Decoder(Finding).decode


def events(connection: Connection, subject: Subject) -> Iterator[Event]:
    """The account's events, oldest first, then those that are only kept as evidence; whoever else
    changed the account is masked."""
    after: bytes | None = _START
    while after is not None:
        found, after = erasing.own_events(connection, subject, after, _END, _AT_ONCE)
        yield from (_without_others(event) for event in found)
    seen: set[bytes] = set()
    for event in _kept(connection, subject):
        if event.id not in seen:
            seen.add(event.id)
            yield _without_others(event)


def event_line(event: Event, forms: Mapping[str, str]) -> bytes:
    """An event as OCSF 1.6; `forms` are formats by source."""
    return event_record(event, log_format=forms.get(event.source, "")) + b"\n"


def formats(connection: Connection) -> dict[str, str]:
    """The format of each source by its name."""
    table: Table = tables.sources
    rows = connection.execute(select(table.c.name, table.c.format)).all()
    return {str(name): str(form) for name, form in rows}


def profile(connection: Connection, subject: Subject) -> Profile | None:
    """What is known of the account's habits."""
    table = tables.snapshots
    mine = (table.c.subject_key == subject.key(), table.c.kind == _KIND.value)
    query = select(table.c.body).where(*mine).order_by(table.c.last.desc())
    fold = Fold(_KIND, (), Context())
    for body in connection.execute(query).scalars():
        try:
            cell = fold.restore_profile(bytes(body))
        except OutdatedStateError:
            continue
        if cell.subject == subject:
            return cell.profile
    return None


def profile_record(found: Profile) -> bytes:
    """It as JSON."""
    told: dict[str, Any] = {
        "first_seen": found.first_seen,
        "last_seen": found.last_seen,
        "uses": found.uses,
        "days": found.days,
        "devices": {name: _named(known) for name, known in found.devices.items()},
        "networks": {name: _named(known) for name, known in found.networks.items()},
        "places": {name: _named(known) for name, known in found.places.items()},
        "sessions": {name: _named(one) for name, one in found.sessions.items()},
        "recent_failures": [_named(one) for one in found.failures],
        "uses_by_hour_of_week": list(found.hours),
        "password_changed": found.password_changed,
        "factor_changed": found.factor_changed,
    }
    return _json(told) + b"\n"


def findings(connection: Connection, subject: Subject) -> Iterator[Finding]:
    """What was found about it, oldest first, withdrawn findings included."""
    table = tables.findings
    after = _START
    while True:
        query = (
            select(table.c.id, table.c.body)
            .where(table.c.subject_key == subject.key(), table.c.id > after)
            .order_by(table.c.id)
            .limit(_AT_ONCE)
        )
        rows = connection.execute(query).all()
        for _, body in rows:
            finding = _finding(body)
            if finding.subject == subject:
                yield finding
        if len(rows) < _AT_ONCE:
            return
        after = bytes(rows[-1][0])


def finding_lines(connection: Connection, subject: Subject) -> Iterator[bytes]:
    """The same as OCSF 1.6 with the account's own events."""
    for finding in findings(connection, subject):
        own = erasing.own_among(connection, subject, finding.event_ids)
        own += [
            event
            for event in erasing.evidence_for(connection, finding.id)
            if (event.tenant, event.account) == (subject.tenant, subject.uid)
        ]
        by_id = {event.id: _without_others(event) for event in own}
        yield finding_record(finding, by_id) + b"\n"


def incidents(connection: Connection, subject: Subject) -> list[Incident]:
    """Its incidents, oldest first."""
    return erasing.incidents_of(connection, subject)


def incident_lines(connection: Connection, subject: Subject) -> Iterator[bytes]:
    """The same as OCSF 1.6, with the assessment of each."""
    for incident in incidents(connection, subject):
        mine = erasing.findings_with(connection, incident.id)
        yield incident_record(incident, mine) + b"\n"


def reason(connection: Connection, incident: Incident, language: str) -> str:
    """Why it is an incident, in a sentence."""
    return describe(incident, erasing.findings_with(connection, incident.id), language)


def campaign_lines(connection: Connection, subject: Subject) -> Iterator[bytes]:
    """What was found about others and cites the account: of them, masked, whom it is about."""
    after = _START
    while True:
        rows = erasing.next_findings(connection, after, _AT_ONCE)
        cited = {i for finding, _ in rows for i in finding.event_ids}
        own = {event.id for event in erasing.own_among(connection, subject, cited)}
        for finding, _ in rows:
            if finding.subject == subject:
                continue
            mine = [as_uuid(i) for i in finding.event_ids if i in own]
            if mine or subject in finding.involved:
                yield _json(_campaign(finding, mine)) + b"\n"
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1][0].id


def directory_record(connection: Connection, subject: Subject) -> bytes | None:
    """Its entry in the directory; whoever answers for a shared account is masked."""
    stored = DirectoryTable(connection).account(account_id(subject.tenant, subject.uid))
    if stored is None:
        return None
    account: Account = stored.account
    if account.sharing is not None:
        sharing = structs.replace(account.sharing, owner=mask_name(account.sharing.owner))
        account = structs.replace(account, sharing=sharing)
    told = {"created": stored.created, "updated": stored.updated, "account": account}
    return _json(told) + b"\n"


def pushed_record(connection: Connection, subject: Subject) -> bytes | None:
    """What an identity provider pushed of it, and its groups there."""
    identifier = account_id(subject.tenant, subject.uid)
    table = ProvisioningTable(connection, subject.tenant, tables.provisioned_users)
    row = table.by_id(identifier)
    if row is None:
        return None
    groups = MemberTable(connection, subject.tenant).of_users((identifier,)).get(identifier, [])
    told = {
        "created": row.created,
        "updated": row.updated,
        "user": msgspec.Raw(row.body),
        "groups": [msgspec.Raw(body) for _, body in groups],
    }
    return _json(told) + b"\n"


def hygiene_record(connection: Connection, subject: Subject) -> bytes | None:
    """What is said of its hygiene."""
    table = tables.hygiene_accounts
    query = select(table.c.body).where(
        table.c.account_id == account_id(subject.tenant, subject.uid)
    )
    body = connection.execute(query).scalar()
    if body is None:
        return None
    told = [
        {"fact": one.fact.name, "since": one.since, "detail": one.detail}
        for one in kept.read(bytes(body)).said
    ]
    return _json({"facts": told}) + b"\n"


def look_lines(connection: Connection, subject: Subject) -> Iterator[bytes]:
    """Who looked at it, as what, when and why: nobody is named."""
    for look in looks_at(connection, subject):
        by = look.by.partition(":")[0]
        yield _json({"time": look.time, "by": by, "reason": look.reason}) + b"\n"


def note_lines(connection: Connection, subject: Subject) -> Iterator[bytes]:
    """What people noted about it by hand, oldest first; whoever wrote is told as what they are."""
    for one in reversed(account_notes.of_account(connection, subject, None, _MOST_NOTES)):
        by = one.actor.partition(":")[0]
        yield _json({"time": one.time, "by": by, "text": one.text}) + b"\n"


def request_lines(connection: Connection, subject: Subject) -> Iterator[bytes]:
    """Its restrictions and objections; whoever decided is told as what they are."""
    for one in restrictions.restrictions_of(connection, subject):
        told = {"kind": "restriction", "since": one.since, "until": one.until}
        yield _json(told | {"reason": one.reason, "released_for": one.released_for}) + b"\n"
    for two in restrictions.objections_of(connection, subject):
        told = {"kind": "objection", "received": two.received, "decided": two.decided}
        said = {"grounds": two.grounds, "upheld": two.upheld, "decision": two.decision}
        yield _json(told | said) + b"\n"


def unread_lines(connection: Connection, words: frozenset[str]) -> Iterator[bytes]:
    """Lines that could not be read and name it, redacted: they may tell of others too."""
    traces, after = Traces(words), 0
    for _ in range(_MOST_REJECTS // _AT_ONCE):
        rows = erasing.next_rejects(connection, after, _AT_ONCE)
        for _, raw, _ in rows:
            if traces.are_in(raw):
                yield _json({"line": redact(raw)}) + b"\n"
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1][0]


def _kept(connection: Connection, subject: Subject) -> Iterator[Event]:
    """Events that are kept as evidence and not stored any more."""
    table = tables.evidence
    after = (_START, _START)
    while True:
        behind = (table.c.id > after[0]) | (
            (table.c.id == after[0]) & (table.c.finding_id > after[1])
        )
        query = (
            select(table.c.id, table.c.finding_id, table.c.body)
            .where(table.c.account_key == subject.key(), behind)
            .order_by(table.c.id, table.c.finding_id)
            .limit(_AT_ONCE)
        )
        rows = connection.execute(query).all()
        ids = {bytes(row[0]) for row in rows}
        stored = {event.id for event in erasing.own_among(connection, subject, ids)}
        for identifier, _, body in rows:
            event = _event(body)
            is_own = (event.tenant, event.account) == (subject.tenant, subject.uid)
            if is_own and bytes(identifier) not in stored:
                yield event
        if len(rows) < _AT_ONCE:
            return
        after = (bytes(rows[-1][0]), bytes(rows[-1][1]))


def _without_others(event: Event) -> Event:
    if not isinstance(event, AccountChange) or event.actor is None:
        return event
    if event.actor in (event.account, event.account_name):
        return event
    return structs.replace(event, actor=mask_name(event.actor))


def _campaign(finding: Finding, mine: list[str]) -> dict[str, Any]:
    return {
        "finding": as_uuid(finding.id),
        "detector": finding.detector,
        "time": finding.time,
        "about": mask_subject(finding.subject),
        "events_of_yours": mine,
    }


def _named(value: Any) -> dict[str, Any]:
    """A stored array by the names of its fields."""
    told = structs.asdict(value)
    return {
        name: as_uuid(one) if isinstance(one, bytes) and len(one) == 16 else _plain(one)
        for name, one in told.items()
        if one not in (None, b"")
    }


def _plain(value: Any) -> Any:
    return structs.asdict(value) if isinstance(value, msgspec.Struct) else value
