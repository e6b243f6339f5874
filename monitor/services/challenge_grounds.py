"""What a challenge is about: the session as the log shows it, for whoever is asked, and what of it
the answer teaches the detectors."""

from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from detectors.core.event import Event, SignIn, is_use
from monitor.formats.own import MOST_SHOWN
from monitor.services.answers import names_of
from monitor.services.challenge_views import SessionSeen, words_of
from monitor.services.subscriber import Subscriber
from monitor.store import tables
from monitor.store.challenges import Whence

_MOST_EVENTS: Final = 200
_MOST_SESSIONS: Final = 20
_event = msgspec.msgpack.Decoder(Event).decode


class Grounds(Struct, frozen=True):
    """What is known of a session: from where it is, and what it showed, the latest first."""

    whence: Whence = Whence()
    shown: tuple[str, ...] = ()


def grounds_of(connection: Connection, subscriber: Subscriber, session: str) -> Grounds:
    """Of a session; nothing of one that no log has told of yet."""
    if not session:
        return Grounds()
    found = [one for one in _events(connection, subscriber) if one.session == session]
    if not found:
        return Grounds()
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
