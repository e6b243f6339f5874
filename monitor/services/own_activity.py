"""What a subscriber sees of their own account: sign-ins, sessions that may still be open, devices.

Only what their own log says: nothing of other accounts, and nothing of what detectors made of it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, Engine

from alerts.responders.gate import REVOKED
from detectors.core.event import DAY, SUCCESS, FailureReason, SignIn, is_attempt, is_use
from detectors.core.identity import as_uuid
from detectors.core.profile import SESSION_MEMORY
from monitor.clock import now_ms
from monitor.services import assurance
from monitor.services.activity import SeenDevice, SeenSession, devices_of, sessions_of
from monitor.services.picture import picture
from monitor.services.spots import Spot
from monitor.services.subscriber import Subscriber
from monitor.services.subscriber_sessions import SubscriberVisit
from monitor.store.connection import reading
from monitor.store.gate_list import entries
from monitor.store.reading import MAXIMUM_EVENTS, Reading

SHOWN: Final = 30 * DAY
"""How far back sign-ins are shown, in ms; details of older ones are not kept."""
PER_PAGE: Final = 25
_PROVEN_PASSWORD: Final = frozenset((FailureReason.MFA_DENIED, FailureReason.MFA_TIMEOUT))


class OwnSignIn(Struct, frozen=True, kw_only=True):
    """An attempt to sign in; `handle` names it in forms."""

    handle: str
    event: SignIn
    may_deny: bool
    """Whether somebody was let in by it, or knew the password."""


class Activity(Struct, frozen=True, kw_only=True):
    """All of it. `older` is the sign-in to go on behind, None where there is nothing more; `name`
    is what the log calls the account beside its id, None where it does not."""

    sessions: Sequence[SeenSession]
    sign_ins: Sequence[OwnSignIn]
    devices: Sequence[SeenDevice]
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
            devices=devices_of(met, here),
            older=as_uuid(shown[-1].id) if len(attempts) > PER_PAGE else None,
            name=_name(met),
        )

    def spots(self, subscriber: Subscriber) -> list[Spot]:
        """Where the sign-ins came from, for the map."""
        now = self._now()
        used = [event for event in self._met(subscriber) if is_attempt(event) or is_use(event)]
        return picture(used, [], {}, (now - SHOWN, now)).spots

    def session(self, visit: SubscriberVisit, handle: str) -> SeenSession | None:
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

    def _open(self, visit: SubscriberVisit, met: Iterable[SignIn]) -> list[SeenSession]:
        subscriber, now = visit.subscriber, self._now()
        with self._reading.begin() as connection:
            listed = entries(connection, subscriber.tenant, subscriber.account, now)
            since = max((one.since for one in listed if one.verdict == REVOKED), default=0)
            found = [
                one
                for one in sessions_of(met, visit.app_session)
                if now - one.last <= SESSION_MEMORY
                and one.began >= since
                and not _is_ended(connection, subscriber, one.session, now)
            ]
        return sorted(found, key=lambda one: (not one.is_here, -one.last, one.handle))


def _name(met: Sequence[SignIn]) -> str | None:
    # Of what somebody typed to get in it may be anybody's.
    names = (event.account_name for event in reversed(met) if is_use(event))
    return next((name for name in names if name), None)


def _is_ended(
    connection: Connection, subscriber: Subscriber, session: str | None, now: int
) -> bool:
    if session is None:
        return False
    found = assurance.demands(connection, subscriber, session, now)
    return any(one.verdict == assurance.REVOKED for one in found)


def _sign_in(event: SignIn) -> OwnSignIn:
    return OwnSignIn(handle=event.id.hex(), event=event, may_deny=_may_deny(event))


def _may_deny(event: SignIn) -> bool:
    if not is_attempt(event):
        return False
    return event.outcome is SUCCESS or event.failure_reason in _PROVEN_PASSWORD
