"""Keycloak's sign-ins and account changes: its server log, and its events in JSON."""

from datetime import UTC, tzinfo
from typing import ClassVar

from detectors.core.event import AccountChange, Event, Outcome, SignIn
from monitor.formats.address import address
from monitor.formats.format import MalformedLine, Origin
from monitor.formats.identity import line_id, native_id
from monitor.formats.limits import LEADING, bounded, trimmed
from monitor.formats.quarkus import Record, is_continued, record
from monitor.formats.realm import AdminEvent, RealmEvent, is_told, of_fields, of_message
from monitor.formats.realm_change import Alteration, administered, alteration_of
from monitor.formats.realm_sign_in import Use, use_of
from monitor.formats.syslog import is_journal, yearless_day

LOGGER = "org.keycloak.events"
_MARKS = (b"] (", b"] {", b'"loggerName"', b'"log.logger"', b'"logger"')
_EVENT_MARKS = (b'"type"', b'"operationType"')


class Keycloak:
    """The server log with the `jboss-logging` event listener (plain, JSON, in any envelope), and
    EventRepresentation and AdminEventRepresentation in JSON, one a line.

    The account is the user's id, the tenant the realm unless the source has one of its own. `zone`
    is that of the log's stamps where no envelope has a better one.
    """

    name: ClassVar[str] = "keycloak"
    title: ClassVar[str] = "Keycloak (server log, events in JSON)"

    def __init__(self, zone: tzinfo = UTC) -> None:
        self.zone = zone
        self._zone = None if zone is UTC else zone

    def in_zone(self, zone: tzinfo) -> "Keycloak":
        """The same with bare stamps taken in this zone."""
        return Keycloak(zone)

    def claims(self, line: bytes) -> bool:
        """Whether it is a line of the server log, of whatever logger, or an event in JSON."""
        start = line.lstrip(LEADING)[:1]
        if start == b"{" and _is_event(line):
            return True
        if start == b"{" and b'"class_uid"' in line:
            return False
        if not any(mark in line for mark in _MARKS) and not is_journal(line):
            return is_continued(line)
        try:
            found = record(trimmed(line))
        except MalformedLine:
            return LOGGER.encode() in line and (start != b"{" or not is_journal(line))
        return is_continued(line) if found is None else found.fields is None

    def parse(self, line: bytes, origin: Origin) -> list[Event]:
        """The sign-in or the change that a line tells of; none for other messages and events.

        Raises MalformedLine for what is neither a line of the log nor one that continues it, and
        for an event that breaks off, has no readable time, or is about nobody and nothing.
        """
        line = trimmed(line)
        if not line or line.startswith(b"-- "):
            return []
        found = record(line)
        if found is None:
            return []
        told = _told(found)
        if isinstance(told, AdminEvent):
            return _changed(told, administered(told), found, line, origin, self._zone)
        if told is None:
            return []
        use = use_of(told)
        if use is not None:
            return _used(told, use, found, line, origin, self._zone)
        return _changed(told, alteration_of(told), found, line, origin, self._zone)

    def day_without_year(self, line: bytes) -> tuple[int, int] | None:
        """(month, day) of a traditional syslog stamp around the log's line."""
        return yearless_day(line.lstrip(LEADING))


def _is_event(line: bytes) -> bool:
    if b'"realmId"' not in line or b'"class_uid"' in line or is_journal(line):
        return False
    return any(mark in line for mark in _EVENT_MARKS)


def _told(found: Record) -> RealmEvent | AdminEvent | None:
    if found.fields is not None:
        told = of_fields(found.fields)
        if told is None:
            raise MalformedLine("JSON, but no event of Keycloak")
        return told
    if found.logger != LOGGER or not is_told(found.message):
        return None
    return of_message(found.message)


def _used(
    told: RealmEvent, use: Use, found: Record, line: bytes, origin: Origin, zone: tzinfo | None
) -> list[Event]:
    ip = None if told.ip is None else address(told.ip)
    account, name = use.account, None if use.name is None else bounded(use.name)
    if account is None and name is None:
        if use.outcome is Outcome.SUCCESS:
            raise MalformedLine("a success of no account")
        if ip is None:
            raise MalformedLine("neither an account nor an address")
    time = _time(told, found, origin, zone)
    tenant = _tenant(told, origin)
    uid = _uid(told, found)
    return [
        SignIn(
            id=_id(time, tenant, uid, line, origin),
            time=time,
            tenant=tenant,
            account=account or name or "",
            account_name=name,
            account_by_name=account is None and name is not None,
            source=origin.source,
            uid=uid,
            activity=use.activity,
            outcome=use.outcome,
            failure_reason=use.reason,
            session=None if use.session is None else bounded(use.session),
            ip=ip,
            mfa=use.mfa,
            mfa_method=None if use.method is None else bounded(use.method),
            corroborating=use.corroborating,
        )
    ]


def _changed(
    told: RealmEvent | AdminEvent,
    change: Alteration | None,
    found: Record,
    line: bytes,
    origin: Origin,
    zone: tzinfo | None,
) -> list[Event]:
    if change is None or (change.account is None and change.name is None):
        return []
    name = None if change.name is None else bounded(change.name)
    account = None if change.account is None else bounded(change.account)
    time = _time(told, found, origin, zone)
    tenant = _tenant(told, origin)
    uid = _uid(told, found)
    return [
        AccountChange(
            id=_id(time, tenant, uid, line, origin),
            time=time,
            tenant=tenant,
            account=account or name or "",
            account_name=name,
            account_by_name=account is None,
            source=origin.source,
            uid=uid,
            change=change.change,
            outcome=change.outcome,
            actor=None if change.actor is None else bounded(change.actor),
            ip=None if told.ip is None else address(told.ip),
            session=told.session if isinstance(told, RealmEvent) else None,
        )
    ]


def _time(told: RealmEvent | AdminEvent, found: Record, origin: Origin, zone: tzinfo | None) -> int:
    return found.time(origin.year_of, zone) if told.time is None else told.time


def _tenant(told: RealmEvent | AdminEvent, origin: Origin) -> str:
    return origin.tenant if told.realm is None or origin.is_of_tenant else told.realm


def _uid(told: RealmEvent | AdminEvent, found: Record) -> str | None:
    uid = told.uid or found.uid
    return None if uid is None else bounded(uid)


def _id(time: int, tenant: str, uid: str | None, line: bytes, origin: Origin) -> bytes:
    if uid is not None:
        return native_id(time, origin.source, tenant, uid)
    count = origin.occurrence(time // 1_000, line)
    return line_id(time, origin.source, tenant, line, count)
