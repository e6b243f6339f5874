"""A session that somebody signed off from, and that goes on elsewhere: who has only a copy of its
cookie does not know that it is over."""

from typing import Protocol

from msgspec import Struct, structs

from detectors.core.event import HOUR, LOGON, SECOND, Activity, Outcome, SignIn, is_use
from detectors.core.place import Network, Place
from detectors.core.profile import Session
from detectors.core.travel import is_handheld

MAXIMUM_ENDED = 4
OUTLIVED = 3 * HOUR
"""How long after it a use without a new sign-on tells (ms): what wakes on the next day may be a
page that the application keeps for its device."""
LAST_REQUESTS = 30 * SECOND
"""What a page still asks for, or a log writes late (ms)."""


class Ended(Struct, array_like=True):
    """Where and when (ms) somebody signed off from a session, and the event that says so."""

    at: int
    event: bytes
    ip: str
    place: Place | None
    network: Network | None


class Endings(Protocol):
    """What remembers them: by session, at most `MAXIMUM_ENDED`. `outlives`: a session of this
    account went on after its sign-off on the line that it was signed off on, so that none ends."""

    ended: dict[str, Ended]
    outlives: bool


def note_end(state: Endings, event: SignIn) -> None:
    """Remember a sign-off by somebody at an address; a new sign-on takes it back. What a server
    closes by itself comes from nowhere."""
    session = event.session
    if session is None or event.outcome is not Outcome.SUCCESS:
        return
    if event.activity is LOGON:
        state.ended.pop(session, None)
    if event.activity is not Activity.LOGOFF or event.ip is None:
        return
    ended = state.ended
    if len(ended) >= MAXIMUM_ENDED and session not in ended:
        del ended[min(ended, key=lambda name: (ended[name].at, name))]
    ended[session] = Ended(event.time, event.id, event.ip, event.place, event.network)


def outlived(state: Endings, event: SignIn, before: Session | None) -> Session | None:
    """The session as it was signed off from, where this use of it comes from another network and
    without a new sign-on; None for anything else. A telephone goes from one to the other by
    itself, and signs off by whichever it has."""
    ended = state.ended.get(event.session or "")
    if ended is None or before is None or not is_use(event) or event.activity is LOGON:
        return None
    here, there = event.network, ended.network
    if here is None or there is None or event.ip is None:
        return None
    after = event.time - ended.at
    if here.asn == there.asn:
        state.outlives = state.outlives or after > LAST_REQUESTS
        return None
    if state.outlives or not LAST_REQUESTS < after <= OUTLIVED or is_handheld(event.device):
        return None
    if is_handheld(before.device) or (":" in event.ip) != (":" in ended.ip):
        return None
    return structs.replace(
        before,
        ip=ended.ip,
        place=ended.place,
        network=ended.network,
        last=ended.at,
        last_event=ended.event,
    )
