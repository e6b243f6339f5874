"""What a subscriber sees of their own account: sign-ins, sessions that may still be open, devices.

Only what their own log says: nothing of other accounts, and nothing of what detectors made of it.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, Engine

from alerts.responders.gate import REVOKED
from detectors.core.event import DAY, LOGOFF, SUCCESS, FailureReason, SignIn, is_attempt, is_use
from detectors.core.identity import as_uuid
from detectors.core.place import Device, Network, Place
from detectors.core.profile import SESSION_MEMORY, session_key
from monitor.clock import now_ms
from monitor.services import assurance
from monitor.services.picture import Spot, picture
from monitor.services.subscriber import Subscriber
from monitor.services.subscriber_sessions import SubscriberVisit
from monitor.store.connection import reading
from monitor.store.gate_list import entries
from monitor.store.reading import MAXIMUM_EVENTS, Reading

SHOWN: Final = 30 * DAY
"""How far back sign-ins are shown, in ms; details of older ones are not kept."""
PER_PAGE: Final = 25
_PROVEN_PASSWORD: Final = frozenset((FailureReason.MFA_DENIED, FailureReason.MFA_TIMEOUT))


class OwnSession(Struct, kw_only=True):
    """A session that nothing says is over. `handle` names it in forms; `session` is what the
    application calls it, None where its log does not say: such a one cannot be ended alone. Times
    are event times in ms."""

    handle: str
    session: str | None
    began: int
    last: int
    ip: str | None
    place: Place | None
    network: Network | None
    device: Device | None
    is_here: bool = False
    """It is the one in which the subscriber looks at this."""


class OwnSignIn(Struct, frozen=True, kw_only=True):
    """An attempt to sign in; `handle` names it in forms."""

    handle: str
    event: SignIn
    may_deny: bool
    """Whether somebody was let in by it, or knew the password."""


class OwnDevice(Struct, kw_only=True):
    """A program on a machine that was used; `places` are at most four, the latest first."""

    device: Device
    first: int
    last: int
    places: list[Place]
    is_here: bool = False


class Activity(Struct, frozen=True, kw_only=True):
    """All of it. `older` is the sign-in to go on behind, None where there is nothing more; `name`
    is what the log calls the account beside its id, None where it does not."""

    sessions: Sequence[OwnSession]
    sign_ins: Sequence[OwnSignIn]
    devices: Sequence[OwnDevice]
    older: str | None
    name: str | None = None


class OwnActivity:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(self, engine: Engine, now: Callable[[], int] = now_ms) -> None:
        self._reading = reading(engine)
        self._events = Reading(engine)
        self._now = now

    def of(self, visit: SubscriberVisit, before: bytes | None = None) -> Activity:
        """What a subscriber sees; of sign-ins those from before one, where its id is given."""
        met = self._met(visit.subscriber)
        attempts = [event for event in met if is_attempt(event)][::-1]
        if before is not None:
            attempts = [event for event in attempts if event.id < before]
        shown = attempts[:PER_PAGE]
        sessions = self._open(visit, met)
        here = next((one.device for one in sessions if one.is_here), None)
        return Activity(
            sessions=sessions,
            sign_ins=[_sign_in(event) for event in shown],
            devices=_devices(met, here),
            older=as_uuid(shown[-1].id) if len(attempts) > PER_PAGE else None,
            name=_name(met),
        )

    def spots(self, subscriber: Subscriber) -> list[Spot]:
        """Where the sign-ins came from, for the map."""
        now = self._now()
        used = [event for event in self._met(subscriber) if is_attempt(event) or is_use(event)]
        return picture(used, [], {}, (now - SHOWN, now)).spots

    def session(self, visit: SubscriberVisit, handle: str) -> OwnSession | None:
        """One of the sessions that may be open, by its name."""
        found = self._open(visit, self._met(visit.subscriber))
        return next((one for one in found if one.handle == handle), None)

    def sign_in(self, subscriber: Subscriber, handle: str) -> SignIn | None:
        """One of the sign-ins that are shown, by its name, if it can be said not to have been
        them."""
        for event in self._met(subscriber):
            if event.id.hex() == handle and _may_deny(event):
                return event
        return None

    def _met(self, subscriber: Subscriber) -> list[SignIn]:
        now = self._now()
        return self._events.sign_ins(subscriber.subject, now - SHOWN, now, MAXIMUM_EVENTS)

    def _open(self, visit: SubscriberVisit, met: Iterable[SignIn]) -> list[OwnSession]:
        subscriber, now = visit.subscriber, self._now()
        with self._reading.begin() as connection:
            listed = entries(connection, subscriber.tenant, subscriber.account, now)
            since = max((one.since for one in listed if one.verdict == REVOKED), default=0)
            found = [
                one
                for one in _sessions(met, visit.app_session)
                if now - one.last <= SESSION_MEMORY
                and one.began >= since
                and not _is_ended(connection, subscriber, one.session, now)
            ]
        return sorted(found, key=lambda one: (not one.is_here, -one.last, one.handle))


def _name(met: Sequence[SignIn]) -> str | None:
    # Of what somebody typed to get in it may be anybody's.
    names = (event.account_name for event in reversed(met) if is_use(event))
    return next((name for name in names if name), None)


def handle_of(session: str) -> str:
    """What a session is called in forms: what the application calls it is not shown about."""
    told = b"session\0" + session.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, digest_size=16).hexdigest()


def _is_ended(
    connection: Connection, subscriber: Subscriber, session: str | None, now: int
) -> bool:
    if session is None:
        return False
    found = assurance.demands(connection, subscriber, session, now)
    return any(one.verdict == assurance.REVOKED for one in found)


def _sessions(met: Iterable[SignIn], here: str | None) -> list[OwnSession]:
    """Those that nothing says are over, by what the log says of them."""
    found: dict[str, OwnSession] = {}
    for event in met:
        key = session_key(event)
        if event.activity is LOGOFF:
            if event.outcome is SUCCESS:
                found.pop(key, None)
        elif is_use(event):
            known = found.setdefault(key, _began(event, key))
            known.last = event.time
            if event.ip is not None:
                known.ip, known.place, known.network = event.ip, event.place, event.network
            known.device = event.device or known.device
    for one in found.values():
        one.is_here = here is not None and one.session == here
    return list(found.values())


def _began(event: SignIn, key: str) -> OwnSession:
    return OwnSession(
        handle=handle_of(key),
        session=event.session,
        began=event.time,
        last=event.time,
        ip=event.ip,
        place=event.place,
        network=event.network,
        device=event.device,
    )


def _sign_in(event: SignIn) -> OwnSignIn:
    return OwnSignIn(handle=event.id.hex(), event=event, may_deny=_may_deny(event))


def _may_deny(event: SignIn) -> bool:
    if not is_attempt(event):
        return False
    return event.outcome is SUCCESS or event.failure_reason in _PROVEN_PASSWORD


def _devices(met: Iterable[SignIn], here: Device | None) -> list[OwnDevice]:
    found: dict[str, OwnDevice] = {}
    for event in met:
        device = event.device
        if device is None or not is_use(event):
            continue
        known = found.get(device.fingerprint)
        if known is None:
            known = OwnDevice(device=device, first=event.time, last=event.time, places=[])
            found[device.fingerprint] = known
        known.last = event.time
        if event.place is not None:
            _note_place(known.places, event.place)
    for one in found.values():
        one.is_here = here is not None and one.device.fingerprint == here.fingerprint
    return sorted(found.values(), key=lambda one: (not one.is_here, -one.last))


def _note_place(places: list[Place], place: Place) -> None:
    same = [one for one in places if (one.country, one.city) == (place.country, place.city)]
    for one in same:
        places.remove(one)
    places.insert(0, place)
    del places[4:]
