"""A session that somebody signed off from, and that goes on elsewhere: who has only a copy of its
cookie does not know that it is over."""

from typing import Protocol

from msgspec import Struct, structs

from detectors.core.address import are_two_families
from detectors.core.event import DAY, HOUR, LOGON, MINUTE, SECOND, Activity, Outcome, SignIn, is_use
from detectors.core.place import Network, Place
from detectors.core.profile import Session
from detectors.core.travel import is_handheld

MAXIMUM_ENDED = 4
OUTLIVED = 3 * HOUR
"""How long after it a use without a new sign-on tells (ms): what wakes on the next day may be a
page that the application keeps for its device."""
LAST_REQUESTS = 30 * SECOND
"""What a page still asks for, or a log writes late (ms)."""
MOMENT = 10 * MINUTE
"""Beyond which no line is just late (ms): the session went on."""
REMEMBERED = 14 * DAY
"""For so long a session that went on at its own line tells of the account's others (ms)."""


class Ended(Struct, array_like=True):
    """Where and when (ms) somebody signed off from a session, and the event that says so."""

    at: int
    event: bytes
    ip: str
    place: Place | None
    network: Network | None


class Endings(Protocol):
    """What remembers them: by session, at most `MAXIMUM_ENDED`. `late` is when a session of this
    account last went on for a moment after its sign-off on the line that it was signed off on (ms,
    0 for never), `outlives` when that last was more than a moment or came again: none ends."""

    ended: dict[str, Ended]
    late: int
    outlives: int


def note_end(state: Endings, event: SignIn, before: Session | None, *, is_own: bool) -> None:
    """Remember a sign-off by somebody at the session's own line, that of its use just `before` or
    one that somebody signed on at (`is_own`); a new sign-on takes it back. What a server closes by
    itself comes from nowhere, or from the server."""
    session = event.session
    if session is None or event.outcome is not Outcome.SUCCESS:
        return
    if event.activity is LOGON:
        state.ended.pop(session, None)
    if event.activity is not Activity.LOGOFF or event.ip is None:
        return
    if not is_own and (before is None or not _is_one_line(event, before)):
        return
    ended = state.ended
    if len(ended) >= MAXIMUM_ENDED and session not in ended:
        del ended[min(ended, key=lambda name: (ended[name].at, name))]
    ended[session] = Ended(event.time, event.id, event.ip, event.place, event.network)


def outlived(
    state: Endings, event: SignIn, before: Session | None, *, is_own: bool
) -> Session | None:
    """The session as it was signed off from, where this use of it comes from another network and
    without a new sign-on; None for anything else. A telephone goes from one to the other by
    itself, and signs off by whichever it has. Who has only a copy of the cookie signed on nowhere:
    a line where somebody did (`is_own`) is its owner's."""
    ended = state.ended.get(event.session or "")
    if ended is None or before is None or not is_use(event) or event.activity is LOGON:
        return None
    here, there = event.network, ended.network
    if here is None or there is None or event.ip is None:
        return None
    after = event.time - ended.at
    if here.asn == there.asn:
        if after > LAST_REQUESTS:
            _note_late(state, ended, event.time)
        return None
    if is_own or not LAST_REQUESTS < after <= OUTLIVED or _ends_nothing(state, event.time):
        return None
    if is_handheld(event.device) or is_handheld(before.device) or _is_other_family(event, ended):
        return None
    return structs.replace(
        before,
        ip=ended.ip,
        place=ended.place,
        network=ended.network,
        last=ended.at,
        last_event=ended.event,
    )


def _note_late(state: Endings, ended: Ended, at: int) -> None:
    """Note that a session went on where it was signed off. One late line may be the log's."""
    again = 0 < state.late < ended.at and at - state.late <= REMEMBERED
    if again or at - ended.at > MOMENT:
        state.outlives = at
    if state.late < ended.at:
        state.late = at


def _ends_nothing(state: Endings, at: int) -> bool:
    return state.outlives > 0 and at - state.outlives <= REMEMBERED


def _is_one_line(event: SignIn, before: Session) -> bool:
    """Whether both are one address, or one provider in one town."""
    if event.ip == before.ip:
        return True
    here, there = event.network, before.network
    if here is None or there is None or here.asn is None or here.asn != there.asn:
        return False
    one, other = event.place, before.place
    if one is None or other is None:
        return one is other
    return (one.country, one.city) == (other.country, other.city)


def _is_other_family(event: SignIn, ended: Ended) -> bool:
    """Whether one is IPv4 and the other IPv6, as a machine has both, which is in one country."""
    if not are_two_families(event.ip, ended.ip):
        return False
    here, there = event.place, ended.place
    return here is None or there is None or here.country == there.country
