"""What a policy is told of an incident besides itself: its grounds, and whose account it is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from alerts.incident import Incident
from alerts.policy import Grounds, Person
from alerts.rule import fold
from detectors.core.context import AccountKind
from detectors.core.event import Event, SignIn
from detectors.core.finding import Finding, Theme
from detectors.core.identity import Subject
from detectors.core.place import NetworkKind
from monitor.directory.account import Account, Mfa, account_id
from monitor.store import tables
from monitor.store.directory import DirectoryTable

MOST: Final = 500
"""Events of an incident that are looked at for their networks, the latest."""
_AT_ONCE: Final = 500

_decode_finding = msgspec.msgpack.Decoder(Finding).decode
_decode_event = msgspec.msgpack.Decoder(Event).decode


def circumstances(
    connection: Connection,
    incident: Incident,
    at: int,
    kinds: Mapping[Subject, AccountKind] | None = None,
) -> tuple[Grounds, Person]:
    """Both as they are stored, at `at` (ms); `kinds` are the settings' word on accounts."""
    findings = _findings(connection, incident.findings)
    cited = sorted({one for found in findings for one in found.event_ids})[-MOST:]
    grounds = grounds_of(findings, _events(connection, cited))
    subject = incident.subject
    account = account_of(connection, subject)
    return grounds, person_of(account, at, (kinds or {}).get(subject))


def grounds_of(findings: Iterable[Finding], events: Iterable[Event]) -> Grounds:
    """What these findings come to as grounds; `events` are those that they name.

    A finding is one by itself when no model says so and nobody only told it, when events show it,
    and when it speaks for anything but one person at work.
    """
    return Grounds(unlearned=any(_is_ground(one) for one in findings), networks=networks_of(events))


def networks_of(events: Iterable[Event]) -> frozenset[NetworkKind]:
    """The kinds of networks that sign-ins came from."""
    return frozenset(
        one.network.kind for one in events if isinstance(one, SignIn) and one.network is not None
    )


def person_of(account: Account | None, at: int, kind: AccountKind | None = None) -> Person:
    """Whose account it is at `at` (ms); `kind` is what stands before the directory's word."""
    if account is None:
        return Person(kind=kind or AccountKind.PERSON)
    return Person(
        kind=kind or account.kind_at(at),
        privileged=account.privileged,
        tags=frozenset(fold(tag) for tag in account.tags),
        roles=frozenset(fold(role) for role in account.roles),
        mfa=None if account.mfa is Mfa.UNKNOWN else account.mfa is not Mfa.NONE,
    )


def account_of(connection: Connection, subject: Subject) -> Account | None:
    """What the directory says of an account, or of the one that has this for another name."""
    table = DirectoryTable(connection)
    stored = table.account(account_id(subject.tenant, subject.uid))
    if stored is None:
        known = table.by_names(subject.tenant, [subject.uid])
        stored = table.account(next(iter(known.values()))) if known else None
    return None if stored is None else stored.account


def _is_ground(finding: Finding) -> bool:
    evidence = finding.evidence
    weights = evidence.weights
    speaks = max(weights.shared, weights.taken_over, weights.attack) > 0
    # A stranger's word is never why somebody's sessions end.
    is_own = not evidence.learned and finding.theme is not Theme.REPORT
    return is_own and speaks and bool(finding.event_ids)


def _findings(connection: Connection, identifiers: Sequence[bytes]) -> list[Finding]:
    table = tables.findings
    return [
        _decode_finding(body)
        for some in _parts(identifiers)
        for (body,) in connection.execute(
            select(table.c.body).where(table.c.id.in_(some), table.c.withdrawn.is_(False))
        )
    ]


def _events(connection: Connection, identifiers: Sequence[bytes]) -> list[Event]:
    """Those that are stored, or kept as evidence."""
    found: dict[bytes, Event] = {}
    for table in (tables.events, tables.evidence):
        missing = [one for one in identifiers if one not in found]
        for some in _parts(missing):
            query = select(table.c.body).where(table.c.id.in_(some))
            for (body,) in connection.execute(query):
                event = _decode_event(body)
                found[event.id] = event
    return [found[one] for one in sorted(found)]


def _parts(values: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
    return [values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE)]
