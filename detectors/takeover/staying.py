"""What days of visits say: brief looks add up, days of ordinary work take back."""

from collections.abc import Iterable

from detectors.core.event import DAY, SignIn
from detectors.core.finding import CAP, Finding, Weights
from detectors.core.identity import Subject
from detectors.core.novelty import hours_apart
from detectors.core.population import MASKED, Line, Newness
from detectors.core.profile import Profile
from detectors.takeover.stranger import (
    CAP_ALONE,
    GRAVE,
    LEAST,
    OTHERS,
    Intruder,
    State,
    is_home,
    is_near_home,
    is_unnamed_server,
)
from detectors.takeover.telling import (
    LOOKS,
    NOVELTY,
    REACH,
    STAY,
    facts_of,
    speak,
    weights_of,
)

LOOKED, LOOKED_AGAIN, LOOKED_CAP = 0.6, 0.1, 0.8
LOOKED_FAR, LOOKED_FAR_AGAIN, LOOKED_FAR_CAP = 0.8, 0.4, 1.6
"""Nats for brief looks on several days, for each further day, and at most; of another computer
from where the account knows no place."""
BY_NIGHT, BY_NIGHT_CAP = 1.6, 3.2
"""Nats more for each further visit by night, by the account's own hours, and at most; not from a
line in a town that the account knows, for its owner lives there, and is on call."""
OUT_OF_REACH = 2
"""Times beyond the owner's reach from which brief looks tell of the owner's sort of computer, too:
whose home is located wrongly works there."""
NOT_SHARED = 0.5
"""Nats for brief looks on several days, and against sharing: whoever shares an account works."""
BRIEF_USES, BRIEF_SHARE = 6, 0.4
"""Uses a day below which a look is brief, and the share of the account's own that is, if less."""
STAGES = ((3, 14, 0.35), (4, 20, 0.6), (5, 28, 0.8), (8, 40, 1.0))
"""Days and hours of ordinary work by strangers, and the share of what spoke for a takeover that
is taken back: whoever comes to work every day shares the account, or moved house."""
BESIDE = 3.0
"""Nats for sharing at the last stage, where the owner works there as well."""
LONG_STAY, DAYS_OF_STAY, CROWD = 6, 3, 3
"""Hours and days of work from which a stranger is no passer-by, and how many are a crowd."""
TRAVELLED, TRAVELLED_ALIKE = 5.5, 2.0
"""What a stranger's journeys may have been worth besides, where they are another detector's; with
the owner's own sort of device, or where the log names none, they are never worth much."""
WORST_OF_IT = 0.3
"""Share that is taken back of one who changed the password or a factor."""
ANEW = 1.5
"""A stranger so much stranger (nats) than one who stayed is a matter of its own."""
REMINDED = 5 * DAY
"""What comes so long after the first sign-in is told together with it again: brief looks that are
a week apart add up as well."""


def stayed(
    event: SignIn, subject: Subject, state: State, profile: Profile, intruder: Intruder
) -> Iterable[Finding]:
    """Days of ordinary work: what spoke for a takeover is taken back by stages."""
    days, hours = _work(state)
    stage = max((s for d, h, s in STAGES if days >= d and hours >= h), default=0.0)
    if not stage:
        return ()
    back = stage * _spoken(state)
    if any(one.tampered for one in state.intruders.values()):
        back *= WORST_OF_IT
    if back < state.back + LEAST:
        return ()
    state.stage, state.back = stage, back
    turns = sum(one.turns for one in state.intruders.values() if not one.alike)
    beside = turns >= days
    # The owner's own laptop in one hotel after another is no crowd.
    others = [one for one in state.intruders.values() if not one.alike]
    crowd = sum(_has_stayed(one) for one in others) >= CROWD
    shared = stage * BESIDE if beside or crowd else 0.0
    facts = facts_of(STAY, event, intruder, profile, not intruder.alike, 0.0)
    facts["days"] = days
    weights = Weights(shared=shared, taken_over=-min(CAP, back))
    found = tuple(speak(STAY, event, subject, intruder, weights, facts))
    if back <= CAP:
        return found
    weights = Weights(taken_over=-min(CAP, back - CAP))
    return (*found, *speak(STAY, event, subject, intruder, weights, facts, 1))


def _work(state: State) -> tuple[int, int]:
    """The days and hours of strangers' work; the owner's own behind a VPN are none of those of a
    stranger who is behind no VPN."""
    others = [
        one
        for one in state.intruders.values()
        if one.worth >= GRAVE and Line(one.line) not in MASKED
    ]
    if not others or not any(one.switched for one in state.intruders.values()):
        return state.days, state.hours
    return sum(one.visits for one in others), sum(one.hours for one in others)


def looked(
    event: SignIn, subject: Subject, profile: Profile, intruder: Intruder
) -> Iterable[Finding]:
    """A stranger on another day: brief looks add up."""
    by_hand_held = intruder.handheld and Line(intruder.line) not in MASKED
    intruder.nights += (
        not (by_hand_held or intruder.mobile or _may_be_the_owners(intruder))
        and hours_apart(event.time, profile).is_night
    )
    brief = intruder.total < _brief(profile) * intruder.visits
    told = intruder.spoken_reach or intruder.spoken_owner or intruder.shared_owner
    said = (intruder.worth >= LEAST or told) and not intruder.housed
    if not brief or by_hand_held or not said:
        return ()
    worth = min(BY_NIGHT_CAP, BY_NIGHT * intruder.nights)
    apart = intruder.beyond >= OUT_OF_REACH and intruder.newness == Newness.KNOWN.value
    # A line that a copied browser vouched for is not the account's by night, or out of its reach.
    settled = is_home(event, profile) and not (intruder.alike and (intruder.nights or apart))
    if settled:
        return ()
    unnamed = is_unnamed_server(intruder) and not intruder.switched
    if apart or unnamed or not (intruder.alike or _may_be_the_owners(intruder)):
        worth += _looks_worth(intruder)
    if worth < intruder.spoken_looks + 2 * LOOKED_AGAIN:
        return ()
    intruder.spoken_looks = worth
    weights = Weights(shared=-NOT_SHARED, taken_over=worth)
    facts = facts_of(LOOKS, event, intruder, profile, not intruder.alike, 0.0)
    return speak(LOOKS, event, subject, intruder, weights, facts)


def _may_be_the_owners(intruder: Intruder) -> bool:
    """Whether it is on a line of a usual country, and near one of the account's places or like the
    owner's: who looks in from there is at home, or on call."""
    return is_near_home(intruder) and (intruder.alike or not intruder.far)


def _looks_worth(intruder: Intruder) -> float:
    """What so many days with brief looks are worth."""
    again = intruder.visits - 2
    if intruder.beyond >= OUT_OF_REACH or (intruder.far and not intruder.alike):
        return min(LOOKED_FAR_CAP, LOOKED_FAR + LOOKED_FAR_AGAIN * again)
    return min(LOOKED_CAP, LOOKED + LOOKED_AGAIN * again)


def reminded(
    event: SignIn, subject: Subject, state: State, profile: Profile, intruder: Intruder
) -> Iterable[Finding]:
    """What its first sign-in was worth, once more: another incident would not know of it."""
    if not intruder.said or event.time - intruder.said < REMINDED:
        return ()
    intruder.said = event.time
    worth = min(CAP_ALONE, intruder.spoken)
    facts = facts_of(NOVELTY, event, intruder, profile, not intruder.alike, 0.0)
    weights = Weights(taken_over=worth)
    return speak(NOVELTY, event, subject, intruder, weights, facts, state.anew)


def _brief(profile: Profile) -> float:
    """The uses a day below which a visit is brief: fewer where the log tells little of anybody."""
    return max(2.0, min(BRIEF_USES, BRIEF_SHARE * profile.uses / max(1, profile.days)))


def _has_stayed(intruder: Intruder) -> bool:
    return intruder.hours >= LONG_STAY and intruder.visits >= DAYS_OF_STAY


def _is_thief(intruder: Intruder) -> bool:
    """Whether somebody came in behind a server or a VPN, in a way that is nobody's habit."""
    hidden = Line(intruder.line) in MASKED and not intruder.switched
    return hidden and intruder.worth >= GRAVE and not intruder.handheld


def is_anew(state: State, intruder: Intruder, worth: float) -> bool:
    """Whether one has stayed who was no great stranger, and another comes who is."""
    before = [one for one in state.intruders.values() if one is not intruder and _has_stayed(one)]
    if not state.stage or intruder.handheld or not 0 < len(before) < CROWD:
        return False
    return worth >= max(one.spoken for one in before) + ANEW


def _travelled(intruder: Intruder) -> float:
    """What its journeys may have been worth to another detector."""
    if intruder.line != Line.ABROAD.value:
        return 0.0
    return TRAVELLED if intruder.newness in OTHERS else TRAVELLED_ALIKE


def _spoken(state: State) -> float:
    """What was said for a takeover, less what a passer-by who did not stay is worth alone."""
    everybody = list(state.intruders.values())
    stayed = [one for one in everybody if _has_stayed(one)]
    if not stayed:
        return 0.0
    # A thief who looks in while the owner is on a journey is none of those who stayed.
    thieves = [one for one in everybody if _is_thief(one) and one not in stayed]
    counted = [one for one in everybody if one not in thieves] if len(stayed) >= CROWD else stayed
    passing = [one for one in everybody if one not in counted]
    of_novelty = max(min(CAP_ALONE, one.spoken) for one in counted)
    of_novelty -= max((min(CAP_ALONE, one.spoken) for one in passing), default=0.0)
    of_owner = max(one.spoken_owner for one in counted)
    of_looks = max(one.spoken_looks for one in counted)
    of_journeys = max(_travelled(one) for one in counted)
    of_reach = max(weights_of(REACH, one, one.spoken_reach).taken_over for one in counted)
    of_travel = max(of_reach, 0.0 if thieves else of_journeys)
    lines = state.lines if len(stayed) >= CROWD and not thieves else 0.0
    return max(0.0, of_novelty) + of_owner + of_looks + of_travel + lines
