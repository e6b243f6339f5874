"""What a challenge is about: the session as the log shows it, for whoever is asked, and what of it
the answer teaches the detectors."""

from typing import Final

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, select

from detectors.core.event import Event, SignIn, is_use
from monitor.formats.own import MOST_SHOWN, Asked
from monitor.services.answers import names_of
from monitor.services.challenge_views import SessionSeen, words_of
from monitor.services.subscriber import Subscriber
from monitor.store import tables
from monitor.store.challenges import Whence

_MOST_EVENTS: Final = 200
_MOST_SESSIONS: Final = 20
_event = msgspec.msgpack.Decoder(Event).decode


_QUESTION: Final = "question."
"""What the key of a challenge begins with that an application's question is answered by
(`monitor.deciding.desk.key_of`)."""


class Grounds(Struct, frozen=True):
    """What is known of a session: from where it is, and what it showed, the latest first. `ip` and
    `user_agent` are those that an application told of a sign-in that waits."""

    whence: Whence = Whence()
    shown: tuple[str, ...] = ()
    ip: str = ""
    user_agent: str = ""


class _Kept(Struct, array_like=True):
    """What is kept of a question (`monitor.deciding.desk.Kept`), as far as it is read here."""

    told: msgspec.Raw
    asked: Asked
    seen: SignIn | None = None


_kept = msgspec.msgpack.Decoder(_Kept).decode


def grounds_of(
    connection: Connection, subscriber: Subscriber, session: str, key: str = ""
) -> Grounds:
    """Of a session, or of the sign-in that an application asked about where a challenge stands on
    that (`key`); nothing of one that no log has told of yet."""
    if key.startswith(_QUESTION):
        return _of_question(connection, subscriber, key.removeprefix(_QUESTION))
    if not session:
        return Grounds()
    found = [one for one in _events(connection, subscriber) if one.session == session]
    return _grounds(found) if found else Grounds()


def _of_question(connection: Connection, subscriber: Subscriber, handle: str) -> Grounds:
    table = tables.sign_in_questions
    query = select(table.c.event_id, table.c.met_by, table.c.time, table.c.body).where(
        table.c.handle == handle,
        table.c.tenant == subscriber.tenant,
        table.c.account == subscriber.account,
    )
    row = connection.execute(query).first()
    if row is None:
        return Grounds()
    kept, events = _kept(row.body), tables.events
    # The log's own record may have taken its place, or the engine may not have read it yet.
    query = select(events.c.body).where(events.c.id == (row.met_by or row.event_id))
    body = connection.execute(query).scalar()
    known = kept.seen if body is None else _event(body)
    found = _grounds([known]) if isinstance(known, SignIn) else Grounds(Whence(time=row.time))
    asked = kept.asked
    return structs.replace(found, ip=asked.ip or "", user_agent=asked.user_agent or "")


def is_on_its_way(connection: Connection, key: str) -> bool:
    """Whether a challenge stands on an application's question that is not stored yet."""
    handle, table = key.removeprefix(_QUESTION), tables.sign_in_questions
    query = select(table.c.id).where(table.c.handle == handle)
    return key.startswith(_QUESTION) and connection.execute(query).first() is None


def _grounds(found: list[SignIn]) -> Grounds:
    shown = dict.fromkeys(name for one in found for name in names_of(one))
    return Grounds(_whence(found), tuple(shown)[:MOST_SHOWN])


def sessions_of(connection: Connection, subscriber: Subscriber) -> list[SessionSeen]:
    """The sessions of an account of late, the last used first; those that the log names."""
    by_session: dict[str, list[SignIn]] = {}
    for one in _events(connection, subscriber):
        if one.session:
            by_session.setdefault(one.session, []).append(one)
    return [_seen(session, found) for session, found in by_session.items()][:_MOST_SESSIONS]


def _seen(session: str, found: list[SignIn]) -> SessionSeen:
    device, place = words_of(_whence(found))
    return SessionSeen(session=session, last=found[0].time, device=device, place=place)


def _events(connection: Connection, subscriber: Subscriber) -> list[SignIn]:
    """The latest uses of an account, the latest first."""
    table = tables.events
    query = select(table.c.body).where(table.c.account_key == subscriber.key)
    rows = connection.execute(query.order_by(table.c.id.desc()).limit(_MOST_EVENTS))
    whose = (subscriber.tenant, subscriber.account)
    found = (_event(body) for (body,) in rows)
    return [
        one
        for one in found
        if isinstance(one, SignIn) and is_use(one) and (one.tenant, one.account) == whose
    ]


def _whence(found: list[SignIn]) -> Whence:
    device = next((one.device for one in found if one.device is not None), None)
    place = next((one.place for one in found if one.place is not None), None)
    return Whence(
        time=found[-1].time,
        program="" if device is None else device.family,
        system="" if device is None else device.os,
        city="" if place is None else place.city or "",
        country="" if place is None else place.country,
    )
