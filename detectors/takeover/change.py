"""Passwords and factors that a stranger changes, or sets anew just before signing in."""

from collections.abc import Iterable

from detectors.core.event import DAY, HOUR, MINUTE, AccountChange, Change, Outcome
from detectors.core.finding import Fact, Finding, Weights
from detectors.core.identity import Subject
from detectors.core.population import MASKED, Line
from detectors.core.profile import Profile
from detectors.core.travel import is_somewhere
from detectors.takeover.stranger import LEAST, NEARBY, Intruder, State
from detectors.takeover.telling import ANSWER, CHANGE, facts_of, speak, weights_of

CHANGED = {True: 3.8, False: 2.0}
"""Nats for a new password or factor from the stranger's address, in the first hour or later."""
CHANGED_NEARBY = 0.7
"""The same later, from a line in a usual country, or with a device like the owner's abroad:
people see to their passwords at home, and on journeys."""
CHANGED_ALIKE = {Line.NEW: 3.0, Line.ELSEWHERE: 2.0}
"""In the first hour with a device like the owner's on another line of a usual country; a known
provider has lines elsewhere."""
CHANGED_BY_ANOTHER = 0.5
"""Nats more where the device is not the owner's, or a server's address hides it."""
ANSWERED, ANSWERED_WITHIN, ANSWERED_LEAST = 2.0, 2 * DAY, 1.5
"""Nats for a password that the owner sets anew from the usual line so long after a visit by a
stranger whose first sign-in is worth so much: the stranger changed it, or the owner found out."""
LOCKED_OUT = 5 * DAY
"""The same after a stranger who changed it, whoever that was: a weekend later the owner finds that
the password does not do, and sets it anew or has the help desk do so."""
UNADDRESSED = 20 * MINUTE
"""A change that no address is known of is whoever's who acted last, so recently."""
_FACTORS = (Change.PASSWORD, Change.FACTOR_ADDED, Change.FACTOR_REMOVED)


def changed_by_stranger(
    event: AccountChange, subject: Subject, state: State, profile: Profile, aftermath: int
) -> Iterable[Finding]:
    """What a change of password or factor tells of a stranger seen within `aftermath` (ms)."""
    if event.change not in _FACTORS or event.outcome is not Outcome.SUCCESS:
        return ()
    intruder = _changer(event, state, profile)
    if intruder is None:
        _note_reset(event, state, profile)
        return _answered(event, subject, state, profile)
    since = event.time - intruder.last
    soon = event.time - intruder.first <= HOUR
    if intruder.changed or since > aftermath or not (soon or intruder.worth >= LEAST):
        return ()
    if intruder.handheld and (Line(intruder.line) in NEARBY or intruder.worth < LEAST):
        # A new phone is enrolled as a factor.
        return ()
    intruder.changed = True
    far = Line(intruder.line) in MASKED or intruder.line == Line.ABROAD.value
    intruder.tampered = soon or far
    travels = intruder.alike and intruder.line == Line.ABROAD.value
    worth = CHANGED[soon] if soon or (far and not travels) else CHANGED_NEARBY
    if intruder.alike and Line(intruder.line) in NEARBY:
        worth = CHANGED_ALIKE.get(Line(intruder.line), CHANGED_NEARBY) if soon else CHANGED_NEARBY
    if not intruder.alike or intruder.line == Line.HOSTING.value:
        worth += CHANGED_BY_ANOTHER
    weights = weights_of(CHANGE, intruder, worth)
    facts: dict[str, Fact] = facts_of(CHANGE, event, intruder, profile, not intruder.alike, 0.0)
    return speak(CHANGE, event, subject, intruder, weights, facts)


def _changer(event: AccountChange, state: State, profile: Profile) -> Intruder | None:
    """The stranger who changed it, by device and network, by address, else as the last to act."""
    device = event.device.fingerprint if event.device else ""
    network = event.network.asn if event.network else None
    intruder = state.intruders.get(f"{device}@{network}")
    if intruder is not None:
        return intruder
    if event.ip is None:
        return _last_to_act(event, state, profile)
    for name in sorted(state.intruders):
        if state.intruders[name].ip == event.ip:
            return state.intruders[name]
    return None


def _last_to_act(event: AccountChange, state: State, profile: Profile) -> Intruder | None:
    if event.actor not in (None, event.account, event.account_name):
        return None
    for name in sorted(state.intruders):
        intruder = state.intruders[name]
        recent = event.time - intruder.last <= UNADDRESSED
        if recent and intruder.last == profile.last_use:
            return intruder
    return None


def _answered(
    event: AccountChange, subject: Subject, state: State, profile: Profile
) -> Iterable[Finding]:
    """The owner sets the password anew from the usual line, and a stranger was there before."""
    at = event.time
    by_owner = _is_owners(event, profile)
    if event.change is not Change.PASSWORD or not (by_owner or _is_by_another(event)):
        return ()
    recent = [
        one
        for _, one in sorted(state.intruders.items())
        if not one.handheld
        and (
            (by_owner and at - one.last <= ANSWERED_WITHIN and one.worth >= ANSWERED_LEAST)
            or (one.changed and at - one.last <= LOCKED_OUT)
        )
    ]
    if not recent:
        return ()
    stranger = max(recent, key=lambda one: (one.worth, one.last, one.name))
    facts = facts_of(ANSWER, event, stranger, profile, not stranger.alike, 0.0)
    return speak(ANSWER, event, subject, stranger, Weights(taken_over=ANSWERED), facts)


def _is_owners(event: AccountChange, profile: Profile) -> bool:
    """Whether this comes from the account's usual line and from no device that is new to it."""
    at, device = event.time, event.device
    known = profile.knows_place(event.place, at) or not is_somewhere(event.network)
    if event.ip is None or not (known and profile.knows_network(event.network, at)):
        return False
    return device is None or profile.knows_device(device, at)


def _is_by_another(event: AccountChange) -> bool:
    """Whether somebody else set it, as a help desk does for whom the password shuts out."""
    own = {name.casefold() for name in (event.account, event.account_name) if name}
    return bool(event.actor) and (event.actor or "").casefold() not in own


def _note_reset(event: AccountChange, state: State, profile: Profile) -> None:
    """A password set anew from where the account never was: whoever signs in from there next."""
    if event.ip is None or profile.is_young(event.time):
        return
    if profile.knows_network(event.network, event.time) or event.network is None:
        return
    if event.ip != state.reset_ip or event.time - state.reset_at > HOUR:
        state.reset_of = 0
    state.reset_of |= 1 if event.change is Change.PASSWORD else 2
    state.reset_ip, state.reset_at = event.ip, event.time
