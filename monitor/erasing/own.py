"""What is the account's own: its names, what is known of it, its findings and its events."""

from detectors.core.finding import Finding, Severity
from detectors.core.identity import first_id
from monitor.directory.account import account_id
from monitor.erasing.work import Work
from monitor.naming import name_key
from monitor.protection.tombstones import Named, tombstone
from monitor.protection.traces import LEAST, LEAST_TOLD
from monitor.store import erasing, erasures, forgetting, outbox, tickets
from monitor.store.directory import DirectoryTable

_EVENTS = 1_000
_FINDINGS = 500
_MOST_NAMES = 200
_MOST_TOLD = 500
_MOST_EVIDENCE = 500
_START = bytes(16)
STANDING = int(Severity.MEDIUM)
"""Incidents from this severity up that stand are kept where they are to be."""


def names(work: Work) -> bool:
    """Gather the names that it was told by, then see that none of them brings it back."""
    erasure = work.erasure
    after, before = erasure.cursor or _START, first_id(erasure.until + 1)
    found, last = erasing.own_events(work.connection, work.subject, after, before, _EVENTS)
    told = {event.account_name for event in found if event.account_name is not None}
    if erasure.cursor is None:
        told |= _directory_names(work) | _told_names(work)
    kept = [*erasure.names, *sorted(told - set(erasure.names))][:_MOST_NAMES]
    erasure.names, erasure.cursor = kept, last
    if last is not None:
        return False
    _bury(work)
    return True


def known(work: Work) -> bool:
    """Delete what is known of it: an engine begins with nothing, should it come again."""
    rows = forgetting.delete_snapshots(work.connection, [work.subject.key()])
    work.count("snapshots", rows)
    return True


def findings(work: Work) -> bool:
    """Delete its incidents with their findings, one at a time; those that stand are kept under
    the pseudonym where they are to be."""
    connection, subject = work.connection, work.subject
    incidents = erasing.incidents_of(connection, subject)
    if incidents:
        first = incidents[0]
        stands = erasing.is_standing(connection, [first.id], STANDING)
        if work.erasure.keeps and stands:
            _keep(work, first.id)
            erasing.put_incident(connection, work.disguise.incident(first))
            work.count("incidents kept", 1)
        else:
            work.count("incidents", 1)
            work.count("findings", forgetting.delete_incidents(connection, [first.id]) - 1)
        return False
    lone = erasing.findings_of(connection, subject, _FINDINGS)
    work.count("findings", forgetting.delete_findings(connection, lone))
    return len(lone) < _FINDINGS


def events(work: Work) -> bool:
    """Delete its events of up to the erasure."""
    erasure = work.erasure
    after, before = erasure.cursor or _START, first_id(erasure.until + 1)
    found, last = erasing.own_events(work.connection, work.subject, after, before, _EVENTS)
    gone = erasing.delete_events(work.connection, [event.id for event in found])
    work.count("events", gone)
    erasure.cursor = last
    return last is None


def _directory_names(work: Work) -> set[str]:
    """What the directory calls it: a word of another's row is not deleted by one of few letters."""
    entry = DirectoryTable(work.connection).account(
        account_id(work.subject.tenant, work.subject.uid)
    )
    if entry is None:
        return set()
    account = entry.account
    told = {*account.aliases, *account.external.values(), account.display_name, account.email}
    return {name for name in told if len(name) >= LEAST}


def _told_names(work: Work) -> set[str]:
    """What its tickets and the orders about it call it, which outlive its events."""
    connection, subject = work.connection, work.subject
    told = {one.details.account_name for one in tickets.about(connection, subject, 0, _MOST_TOLD)}
    for row in outbox.of_account(connection, subject)[:_MOST_TOLD]:
        target = row.order.target
        if target is not None and (target.tenant, target.account) == (subject.tenant, subject.uid):
            told |= {*target.names, target.email or "", *target.ids.values()}
    return {name for name in told if len(name) >= LEAST}


def _bury(work: Work) -> None:
    """Names that stand for somebody else by now stay that person's."""
    erasure, tenant = work.erasure, work.subject.tenant
    keys = {name_key(tenant, name): name for name in erasure.names}
    stands = work.writing.names(keys)
    others = {keys[k] for k, row in stands.items() if row.account != work.subject.uid}
    erasure.names = [name for name in erasure.names if name not in others]
    digests = [tombstone(work.pepper, Named.NAME, tenant, name) for name in erasure.names]
    digests += [
        tombstone(work.pepper, Named.WORD, "", name)
        for name in erasure.names
        if len(name) >= LEAST_TOLD
    ]
    erasures.bury(work.connection, digests, erasure.until, erasure.id)
    gone = erasing.names_of(work.connection, work.subject)
    work.count("names", forgetting.delete_names(work.connection, gone))


def _keep(work: Work, incident: bytes) -> None:
    """Keep an incident's findings, and its events beside them."""
    connection, disguise = work.connection, work.disguise
    for finding in erasing.findings_with(connection, incident):
        kept = keep_evidence(work, finding)
        work.count("evidence kept", kept)
        erasing.put_finding(connection, disguise.finding(finding))


def keep_evidence(work: Work, finding: Finding) -> int:
    """Keep the account's events that a finding stands on under the pseudonym; how many."""
    connection, disguise = work.connection, work.disguise
    cited = erasing.own_among(connection, work.subject, finding.event_ids[:_MOST_EVIDENCE])
    held = {event.id: event for event in cited}
    held |= {event.id: event for event in erasing.evidence_for(connection, finding.id)}
    changed = [new for old in held.values() if (new := disguise.event(old)) != old]
    return erasing.put_evidence(connection, finding.id, changed, disguise.instead.key())
