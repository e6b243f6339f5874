"""What people decided about an incident, told to the detectors as an event of its account.

It is written to the inbox of Vigie's own source in the transaction that decides, so that the engine
folds it at its time as it does everything else: the same events, the same findings.
"""

from collections.abc import Iterable
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from alerts.incident import Incident
from alerts.ticket import Disposition
from detectors.core.event import AccountChange, Answer, Event, SignIn
from detectors.core.finding import Finding
from detectors.core.identity import Subject, SubjectKind
from detectors.core.profile import network_key, place_key
from monitor.formats.own import MOST_SHOWN, answer_line
from monitor.protection.pseudonyms import PREFIX
from monitor.services.own_sign_ins import SOURCE
from monitor.store import restrictions, tables
from monitor.store.inbox import Parcel, deposit

ANSWERS: Final = {
    Disposition.TRUE_POSITIVE: Answer.TRUE_POSITIVE,
    Disposition.FALSE_POSITIVE: Answer.FALSE_POSITIVE,
    Disposition.BENIGN_EXPLAINED: Answer.BENIGN_EXPLAINED,
    Disposition.AUTHORISED: Answer.AUTHORISED,
}
"""What is said of an incident; that it is the same as another one says nothing."""
_MOST_EVENTS = 500

_incident = msgspec.msgpack.Decoder(Incident).decode
_finding = msgspec.msgpack.Decoder(Finding).decode
_event = msgspec.msgpack.Decoder(Event).decode


def decided(
    connection: Connection,
    incident: bytes,
    disposition: Disposition | None,
    reference: str,
    now: int,
) -> bool:
    """Tell what people found about an incident (its id), at `now` (ms), None for that what they
    found is not said any more; whether it is told.

    Nothing is where it says nothing of how an account is used: of a duplicate, of an incident that
    is about no account or is gone, of an account that was erased or whose data is restricted.
    `reference` tells this decision from all others. Call it last in the transaction: from then to
    its end, others who put something into the inbox wait.
    """
    answer = Answer.REOPENED if disposition is None else ANSWERS.get(disposition)
    query = select(tables.incidents.c.body).where(tables.incidents.c.id == incident)
    body = None if answer is None else connection.execute(query).scalar()
    if answer is None or body is None:
        return False
    subject = _incident(body).subject
    if subject.kind is not SubjectKind.ACCOUNT or _is_left_alone(connection, subject):
        return False
    shown = _shown(subject, _events(connection, incident))
    tell(connection, subject, answer, reference, now, about=incident, shown=shown)
    return True


def tell(
    connection: Connection,
    subject: Subject | None,
    answer: Answer,
    reference: str,
    now: int,
    *,
    about: bytes | None = None,
    shown: tuple[str, ...] = (),
    session: str | None = None,
    method: str | None = None,
) -> None:
    """Put an answer about an account, at `now` (ms), into the inbox, in the open transaction; one
    about nobody is written as well, and no event. `session` and `method` are those of a
    challenge."""
    tenant, account = ("", "") if subject is None else (subject.tenant, subject.uid)
    line = answer_line(
        reference, tenant, account, answer, now, about, shown, session=session, method=method
    )
    deposit(connection, [Parcel(SOURCE, SOURCE, [line], is_beginning=True)], now)


def _is_left_alone(connection: Connection, subject: Subject) -> bool:
    account = (subject.tenant, subject.uid)
    return subject.uid.startswith(PREFIX) or account in restrictions.standing(connection)


def _events(connection: Connection, incident: bytes) -> list[Event]:
    """The latest of the events that an incident's standing findings cite."""
    table = tables.findings
    mine = (table.c.incident_id == incident, table.c.withdrawn.is_(False))
    rows = connection.execute(select(table.c.body).where(*mine))
    cited = sorted({one for (body,) in rows for one in _finding(body).event_ids})[-_MOST_EVENTS:]
    query = select(tables.events.c.body).where(tables.events.c.id.in_(cited))
    return [_event(body) for (body,) in connection.execute(query.order_by(tables.events.c.id))]


def _shown(subject: Subject, events: Iterable[Event]) -> tuple[str, ...]:
    """What a profile knows the account's devices, networks and places by, the latest first."""
    found: dict[str, None] = {}
    for event in events:
        is_theirs = (event.tenant, event.account) == (subject.tenant, subject.uid)
        if is_theirs and isinstance(event, SignIn | AccountChange):
            for name in names_of(event):
                found.pop(name, None)
                found[name] = None
    return tuple(reversed(found))[:MOST_SHOWN]


def names_of(event: SignIn | AccountChange) -> list[str]:
    """What a profile knows the device, network and place of an event by."""
    device, network, place = event.device, event.network, event.place
    names = [
        None if place is None else place_key(place),
        None if network is None else network_key(network),
        None if device is None else device.fingerprint,
    ]
    return [name for name in names if name]
