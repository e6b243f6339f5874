"""The owner at the usual desk around a stranger's visit: nobody is at two desks."""

from collections.abc import Iterable

from detectors.core.event import DAY, HOUR, MINUTE, Activity, SignIn
from detectors.core.finding import Finding, Weights
from detectors.core.identity import Subject
from detectors.core.place import NetworkKind
from detectors.core.population import MASKED, Line, Newness
from detectors.core.presence import WORKING_DAY, desk_of
from detectors.core.profile import Profile
from detectors.core.program import version_of
from detectors.core.travel import is_handheld, is_one_operator, network_label
from detectors.takeover.stranger import (
    CAP_ALONE,
    LEAST,
    LOUDER,
    Intruder,
    State,
    is_far,
    is_other_desk,
    is_other_family,
)
from detectors.takeover.telling import (
    BACK,
    NOVELTY,
    OWNER,
    PRESENT_,
    STILL,
    facts_of,
    speak,
    weights_of,
)

OTHER_MACHINE = 1.8
"""Nats for a program that the owner's own device turns out not to have: it is another machine."""
AT_WORK = 3.0
AT_WORK_AGAIN = 1.0
AT_WORK_CAP = 5.5
"""Nats for the owner at work elsewhere in between, and for every further time."""
LIKE_ALIKE, LIKE_ALIKE_HOSTED, LIKE_ALIKE_FAR = 1.8, 2.8, 2.8
"""Nats for the same between two ends that run the same program."""
ALIKE_CAP = 5.9
AS_HIDDEN, HIDDEN_CAP = 0.8, 3.5
"""The same behind what the owner may be at as well as at the desk, a VPN or the company's own
desktops: for each time, and at most."""
PRESENT = ((15 * MINUTE, 2.8), (30 * MINUTE, 2.2), (HOUR, 1.8), (3 * HOUR, 1.0))
"""Nats for a stranger's computer that comes so soon after a gesture of the owner at the usual
desk: of a hundred honest first days of a new computer on a new line one came within half an hour,
of strangers one in four."""
PRESENT_FAR_KM = 60.0
"""From so far away also the last of these counts: nearby it may be an evening at home."""
PRESENT_TWIN = 2.3
"""The same at most for the owner's own sort of device behind a server, and for a sign-on only."""
PRESENT_ALIKE = ((15 * MINUTE, 3.1), (45 * MINUTE, 1.8))
"""The same for the owner's sort of computer that signs on from another fixed line so far away."""
PRESENT_ON_THE_WAY = 1.5
"""The same at most where it is also too far to have been reached: much of that says this, too."""
VISIT, AFTER_VISIT = 4 * HOUR, 6 * HOUR
COPIED, COPIED_PROXIED = (2.0, 1.2, 4.4), (1.2, 1.1, 4.4)
"""Nats for a visit from far off by a computer like the owner's, between two gestures of the owner
at the desk so long before and after at most, for each further day with one, and at most; and from
a line of its own while the owner is behind a company's proxy, which may fail for a while."""
COPIED_QUICK = 1.2
"""Nats more where all of it is within 45 minutes."""
STILL_ON, STILL_LEAST = 1.2, 1.2
"""Nats for the usual desk, far off, that is on before and after a visit within an hour each, and
the least that the visitor's first sign-in is worth."""
STILL_COPIED = (3.2, 1.2, 5.6)
"""The same for a sign-on of the owner's sort of computer on a new fixed line, for each further day
with one, and at most: of some nine thousand honest accounts none had one, of the taken over eight
in two hundred and fifty."""
CAME_BACK = 6 * HOUR
WAY_TO_WORK = 20 * MINUTE
"""Whoever was at home nearby, and not at the desk before, needs no longer to come in."""
CAME_BACK_NEAR, CAME_BACK_FAR, BETWEEN = 2.0, 2.6, 2.8
"""Nats for the owner back at the usual desk so soon after a stranger's visit from another
computer, on the same day: from nearby sooner than a way to work takes, from far, or when the owner
was there before it as well."""


def present_at_desk(
    event: SignIn, subject: Subject, profile: Profile, intruder: Intruder
) -> Iterable[Finding]:
    """The stranger's computer so soon after the owner's own gesture at the usual desk."""
    worth = _present_worth(event, profile, intruder)
    if intruder.spoken_reach and intruder.newness != Newness.KNOWN.value:
        worth = min(worth, PRESENT_ON_THE_WAY)
    if worth < LEAST:
        return ()
    return _tell(PRESENT_, event, subject, profile, intruder, worth)


def came_back(
    event: SignIn, subject: Subject, profile: Profile, intruder: Intruder, before: int
) -> Iterable[Finding]:
    """The owner at the usual desk hours after a stranger's visit, and perhaps before it."""
    if _is_copied(intruder):
        intruder.owner = before
        found = came_back_alike(event, subject, profile, intruder, proxied=False)
        intruder.owner = event.time
        return found
    strange = intruder.worth >= LEAST and is_other_desk(intruder) and not intruder.hosted
    if before > intruder.last or not strange:
        return ()
    far = is_far(event.place, intruder, PRESENT_FAR_KM)
    worth = CAME_BACK_FAR if far else CAME_BACK_NEAR
    if before and intruder.last - before <= WORKING_DAY - CAME_BACK:
        worth = BETWEEN
    elif event.time - intruder.first > CAME_BACK:
        # Whoever has two homes does so on any other day.
        return ()
    elif not far and event.time - intruder.last > WAY_TO_WORK:
        # A look at home, by night on call or before work.
        return ()
    if intruder.spoken_reach:
        worth = min(worth, PRESENT_ON_THE_WAY)
    return _tell(BACK, event, subject, profile, intruder, worth)


def still_on(
    event: SignIn, subject: Subject, profile: Profile, intruder: Intruder, before: int
) -> Iterable[Finding]:
    """The usual desk on before and after a visit of another computer from far off, though nobody's
    hand is seen there: few people travel and leave it on, and begin with a new computer there, or
    sign on there with one of the same sort."""
    visited = intruder.last
    if not before <= visited <= event.time or event.time - visited > HOUR:
        return ()
    if not is_far(event.place, intruder, PRESENT_FAR_KM):
        return ()
    worth = _still_worth(event, intruder)
    return _tell(STILL, event, subject, profile, intruder, worth)


def _still_worth(event: SignIn, intruder: Intruder) -> float:
    """What the usual desk, on all the while, is worth beside another computer or a copied one."""
    if is_other_desk(intruder):
        said = intruder.worth >= STILL_LEAST and not is_other_family(event, intruder)
        return STILL_ON if said else 0.0
    if not _is_copied(intruder) or intruder.line != Line.NEW.value:
        return 0.0
    if is_one_operator(network_label(event.network), intruder.network):
        return 0.0
    if intruder.between_at // DAY != event.time // DAY:
        intruder.between_at = event.time
        intruder.between += 1
    first, each, most = STILL_COPIED
    return min(most, first + each * (intruder.between - 1))


def came_back_alike(
    event: SignIn, subject: Subject, profile: Profile, intruder: Intruder, *, proxied: bool
) -> Iterable[Finding]:
    """The owner at the desk before and after a visit of the same sort of computer from far off.

    Or from a line of its own, while the owner is behind a company's proxy.
    """
    at = event.time
    before = intruder.proxied if proxied else intruder.owner
    if not _is_between(before, intruder, at) or not _is_copied(intruder):
        return ()
    elsewhere = (
        _is_relayed(event) and intruder.line == Line.NEW.value
        if proxied
        else is_far(event.place, intruder, PRESENT_FAR_KM)
    )
    if not elsewhere or is_other_family(event, intruder):
        return ()
    intruder.between_at = at
    intruder.between += 1
    first, each, most = COPIED_PROXIED if proxied else COPIED
    if proxied and at - before <= PRESENT_ALIKE[-1][0]:
        first += COPIED_QUICK
    worth = min(most, first + each * (intruder.between - 1))
    if worth < LEAST:
        return ()
    return _tell(BACK, event, subject, profile, intruder, worth)


def _is_between(before: int, intruder: Intruder, at: int) -> bool:
    """Whether the owner acted shortly before and after the visit, for the first time today."""
    visited = intruder.last
    around = before > 0 and 0 < visited - before <= VISIT and 0 < at - visited <= AFTER_VISIT
    return around and intruder.between_at // DAY != at // DAY


def _is_relayed(event: SignIn) -> bool:
    """Whether it comes through a company's proxy; a desktop that is a server's is another place."""
    return event.network is not None and event.network.kind is NetworkKind.RELAY


def _is_copied(intruder: Intruder) -> bool:
    """Whether it is a computer like the owner's on another fixed line of a usual country."""
    nearby = intruder.line in (Line.NEW.value, Line.ELSEWHERE.value)
    known = intruder.newness == Newness.KNOWN.value
    return nearby and known and not intruder.handheld and not intruder.mobile


def overlapped(
    event: SignIn, subject: Subject, profile: Profile, intruder: Intruder
) -> Iterable[Finding]:
    worth = _overlap_worth(event, intruder)
    if worth < LEAST:
        return ()
    return _tell(OWNER, event, subject, profile, intruder, worth)


def _tell(
    what: str,
    event: SignIn,
    subject: Subject,
    profile: Profile,
    intruder: Intruder,
    worth: float,
) -> Iterable[Finding]:
    """Say so where it is louder, for a takeover or for sharing, than what was said of the owner."""
    weights = weights_of(what, intruder, worth)
    is_louder = weights.taken_over >= intruder.spoken_owner + LOUDER
    if not is_louder and weights.shared < intruder.shared_owner + LOUDER:
        return ()
    intruder.spoken_owner = max(intruder.spoken_owner, weights.taken_over)
    intruder.shared_owner = max(intruder.shared_owner, weights.shared)
    facts = facts_of(what, event, intruder, profile, not intruder.alike, 0.0)
    return speak(what, event, subject, intruder, weights, facts)


def unmasked(event: SignIn, subject: Subject, state: State, profile: Profile) -> Iterable[Finding]:
    """The owner's device has an older program than one that passed for it: it was another."""
    version = version_of(event.user_agent)
    device = event.device.fingerprint if event.device else ""
    for name in sorted(state.intruders):
        intruder = state.intruders[name]
        older = 0 < version < intruder.version
        if not (older and intruder.alike and name.startswith(f"{device}@")):
            continue
        if event.time - intruder.last > DAY or intruder.worth < LEAST:
            continue
        intruder.alike, intruder.newness = False, Newness.TWIN.value
        intruder.worth = intruder.spoken = min(CAP_ALONE, intruder.worth + OTHER_MACHINE)
        facts = facts_of(NOVELTY, event, intruder, profile, True, 0.0)
        weights = Weights(taken_over=intruder.worth)
        return speak(NOVELTY, event, subject, intruder, weights, facts)
    return ()


def _present_worth(event: SignIn, profile: Profile, intruder: Intruder) -> float:
    """What the owner's presence at the usual desk so shortly before is worth."""
    if not intruder.owner or intruder.handheld or intruder.mobile:
        return 0.0
    if intruder.switched or intruder.hosted:
        # A VPN is switched on and off in the middle of work, and a company's desktop is opened.
        return 0.0
    gap = event.time - intruder.owner
    within, worth = next(((w, n) for w, n in PRESENT if gap <= w), (0, 0.0))
    if is_other_desk(intruder):
        nearby = within == PRESENT[-1][0] and not is_far(
            desk_of(profile, event.time), intruder, PRESENT_FAR_KM
        )
        return 0.0 if nearby else worth
    alike = intruder.newness == Newness.KNOWN.value
    if not alike or event.activity is not Activity.LOGON:
        return 0.0
    return _present_alike(event, profile, intruder, min(PRESENT_TWIN, worth))


def _present_alike(event: SignIn, profile: Profile, intruder: Intruder, hosted: float) -> float:
    """The same for the owner's sort of computer; `hosted` nats where it is behind a server."""
    if intruder.line == Line.HOSTING.value:
        return hosted
    if intruder.line not in (Line.NEW.value, Line.ELSEWHERE.value):
        return 0.0
    gap = event.time - intruder.owner
    if is_far(desk_of(profile, event.time), intruder, PRESENT_FAR_KM):
        return next((nats for within, nats in PRESENT_ALIKE if gap <= within), 0.0)
    return PRESENT_TWIN if intruder.line == Line.NEW.value and gap <= PRESENT[0][0] else 0.0


def _overlap_worth(event: SignIn, intruder: Intruder) -> float:
    """What the owner's work meanwhile is worth: more of another desk, little of a pocket."""
    line = Line(intruder.line)
    if line in (Line.UNSAID, Line.RELAY) or (line is Line.SAME and intruder.worth < LEAST):
        return 0.0
    if line is Line.ELSEWHERE and intruder.newness == Newness.UNSAID.value:
        # A telephone, whose operator has fixed lines as well, is located here and there.
        return 0.0
    further = AT_WORK_AGAIN * (intruder.turns - 1)
    first, each, most = AT_WORK, 1.0, AT_WORK_CAP
    if intruder.handheld or is_handheld(event.device):
        first, most = LIKE_ALIKE, 2.0 if line in MASKED or line is Line.ABROAD else 0.0
    elif intruder.mobile and line is Line.CARRIER:
        first, each, most = AS_HIDDEN, AS_HIDDEN, 2.0
    elif intruder.hosted or (intruder.alike and (line is Line.VPN or intruder.switched)):
        first, each, most = AS_HIDDEN, AS_HIDDEN, HIDDEN_CAP
    elif intruder.alike and line is Line.HOSTING:
        first, each = LIKE_ALIKE_HOSTED, 1.2
    elif intruder.alike and intruder.spoken_reach:
        first, most = LIKE_ALIKE_FAR, AT_WORK_CAP
    elif intruder.alike:
        first, most = LIKE_ALIKE, ALIKE_CAP if line is Line.NEW else AT_WORK_CAP
    return min(most, first + each * further)


def is_within(before: int, between: int, at: int, span: int) -> bool:
    """Whether the owner acted on both sides of the stranger's act, within `span` ms in all."""
    return 0 < before <= between and at - before <= span and at - between <= span
