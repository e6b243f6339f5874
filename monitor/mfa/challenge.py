"""A challenge: one question put to one subscriber for one session, and what may become of it.

Pure: each function takes a challenge and gives the next one. Whatever is asked of one that is over
leaves it as it is; so of two who answer at once one moves it, whoever comes first. A wrong answer
uses up this challenge, never a factor and never the account (NIST SP 800-63B-4, 3.2.2: what limits
guessing must not become a way to lock somebody out).
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct, structs

from detectors.core.detector import Text
from detectors.core.event import MINUTE

LIFETIME: Final = 10 * MINUTE
"""How long (ms) it can be answered, where the settings say nothing else."""
ATTEMPTS: Final = 5
"""Answers that it takes, where the settings say nothing else."""
DRIFT: Final = 5 * MINUTE
"""How far (ms) clocks may be apart of processes that ask and those that are answered."""


class State(StrEnum):
    """How far it is; all but OPEN are for good."""

    OPEN = "open"
    PASSED = "passed"
    LOCKED = "locked"
    """As many answers were wrong as may be."""
    DENIED = "denied"
    """The subscriber says that it was not them."""
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Reason(StrEnum):
    """Why it is asked, in words that teach an attacker nothing."""

    UNUSUAL = "unusual"
    REVIEW = "review"
    SENSITIVE = "sensitive"
    REQUIRED = "required"


class Origin(StrEnum):
    """Who asks."""

    POLICY = "policy"
    REVIEWER = "reviewer"
    API = "api"
    GATE = "gate"
    SIGN_IN = "sign_in"
    """An application, before it answers its user."""


class Challenge(Struct, frozen=True, kw_only=True):
    """Where one stands. Times are ms since 1970 UTC; `expires` is when it is over by itself.

    `browser` is a digest of what the browser shows that opened it first, `phone` of the one that
    answers for it elsewhere; None while nobody has. `attempts` counts answers that were begun,
    `wrong` those that were found wrong; `most` is how many may be begun. `ended` is when it was
    over, None while it is open.
    """

    created: int
    expires: int
    most: int = ATTEMPTS
    state: State = State.OPEN
    browser: bytes | None = None
    phone: bytes | None = None
    attempts: int = 0
    wrong: int = 0
    ended: int | None = None

    @property
    def left(self) -> int:
        """Answers that may still be begun."""
        return max(0, self.most - self.attempts) if self.state is State.OPEN else 0


def state_at(challenge: Challenge, now: int) -> State:
    """How far it is at `now` (ms), whether or not it was written down that its time is over. A
    clock that was put back by more than `DRIFT` gives nobody more time."""
    began = challenge.created - DRIFT
    if challenge.state is State.OPEN and not began <= now < challenge.expires:
        return State.EXPIRED
    return challenge.state


def is_open(challenge: Challenge, now: int) -> bool:
    """Whether it can still be answered."""
    return state_at(challenge, now) is State.OPEN


def bind(challenge: Challenge, browser: bytes, now: int) -> Challenge:
    """It, belonging to the browser that opened it; one that belongs to another stays as it is."""
    if not is_open(challenge, now) or challenge.browser is not None:
        return challenge
    return structs.replace(challenge, browser=browser)


def bind_phone(challenge: Challenge, browser: bytes, now: int) -> Challenge:
    """It, to be answered from one other browser as well; the first that comes."""
    if not is_open(challenge, now) or challenge.browser is None or challenge.phone is not None:
        return challenge
    return structs.replace(challenge, phone=browser)


def belongs(challenge: Challenge, browser: bytes) -> bool:
    """Whether a browser may answer it."""
    return browser in (challenge.browser, challenge.phone)


def begin(challenge: Challenge, now: int) -> Challenge:
    """It, with one answer more begun; the same where none may be. Written down before the answer is
    looked at: however many come at once, no more are looked at than may be."""
    if not is_open(challenge, now) or challenge.attempts >= challenge.most:
        return challenge
    return structs.replace(challenge, attempts=challenge.attempts + 1)


def settle(challenge: Challenge, now: int, *, right: bool) -> Challenge:
    """It, once an answer that was begun was looked at: passed, or locked by the last wrong one."""
    if challenge.state is not State.OPEN or challenge.attempts <= challenge.wrong:
        return challenge
    if right:
        # Begun in time is in time: looking at it may take a while.
        return _ended(challenge, State.PASSED, now)
    told = structs.replace(challenge, wrong=challenge.wrong + 1)
    return _ended(told, State.LOCKED, now) if told.wrong >= told.most else told


def give_back(challenge: Challenge) -> Challenge:
    """It, when an answer that was begun was none: nothing was shown that could be looked at."""
    if challenge.state is not State.OPEN or challenge.attempts <= challenge.wrong:
        return challenge
    return structs.replace(challenge, attempts=challenge.attempts - 1)


def deny(challenge: Challenge, now: int) -> Challenge:
    """It, when the subscriber says that it was not them."""
    return _ended(challenge, State.DENIED, now) if is_open(challenge, now) else challenge


def withdraw(challenge: Challenge, now: int) -> Challenge:
    """It, when whoever asked does not ask any more."""
    return _ended(challenge, State.WITHDRAWN, now) if is_open(challenge, now) else challenge


def expire(challenge: Challenge, now: int) -> Challenge:
    """It, when its time is over: expired, or locked where every answer was begun and none came to
    an end, as when the process died meanwhile."""
    if state_at(challenge, now) is not State.EXPIRED or challenge.state is not State.OPEN:
        return challenge
    used_up = challenge.attempts >= challenge.most
    return _ended(challenge, State.LOCKED if used_up else State.EXPIRED, now)


def _ended(challenge: Challenge, state: State, now: int) -> Challenge:
    return structs.replace(challenge, state=state, ended=now)


REASONS: Final = {
    Reason.UNUSUAL: Text(
        "This session differs from how you usually sign in, so we check that it is you.",
        "Cette session diffère de vos connexions habituelles : nous vérifions que c'est vous.",
    ),
    Reason.REVIEW: Text(
        "The security team asks you to confirm that this session is yours.",
        "L'équipe de sécurité vous demande de confirmer que cette session est la vôtre.",
    ),
    Reason.SENSITIVE: Text(
        "What you are about to do needs to be confirmed by you.",
        "Ce que vous allez faire doit être confirmé par vous.",
    ),
    Reason.REQUIRED: Text(
        "Your organisation asks for a second proof before you go on.",
        "Votre organisation demande une seconde preuve avant de continuer.",
    ),
}
"""Reasons in one honest sentence, for whoever is asked."""
STATES: Final = {
    State.OPEN: Text("open", "ouverte"),
    State.PASSED: Text("passed", "réussie"),
    State.LOCKED: Text("locked", "verrouillée"),
    State.DENIED: Text("denied: it was not them", "contestée : « ce n'était pas moi »"),
    State.EXPIRED: Text("expired", "expirée"),
    State.WITHDRAWN: Text("withdrawn", "retirée"),
}
"""States in words, as of a challenge (feminine in French)."""
