"""When an order is tried again, when it is given up, and when a responder is left in peace.

Pure: no clock and no chance. Waits are spread by the order's own key, so that a hundred orders that
failed together do not come back together.
"""

import hashlib
from enum import StrEnum
from typing import Final

from msgspec import Struct, structs

from alerts.ports import AccountState, Action, Order
from detectors.core.detector import Text
from detectors.core.event import DAY, HOUR, MINUTE, SECOND


class State(StrEnum):
    """Where an order is."""

    WAITING = "waiting"
    """It is delivered when it is due."""
    LEASED = "leased"
    """Somebody is at it; when their lease ends without a word, it is waiting again."""
    DONE = "done"
    DEAD = "dead"
    """It was given up: only a person drives it again."""
    PARKED = "parked"
    """It came back with a backup, and may have been done: only a person lets it go."""
    CANCELLED = "cancelled"
    """It is not wanted any more, and was never known to be done."""


SETTLED: Final = frozenset((State.DONE, State.DEAD, State.CANCELLED))
"""Nothing more comes of these by itself."""
STANDING: Final = frozenset((State.WAITING, State.LEASED))
"""These are delivered by themselves."""
LONGEST_ASKED: Final = 6 * HOUR
"""How long a responder may ask us to wait, in ms; after that it is tried whatever it asked."""


class Patience(Struct, frozen=True, kw_only=True):
    """How often an order is tried and how long; times in ms.

    After the first failure about `first` is waited, twice that after each further one, and `most`
    at most. It is given up after so many `attempts`, or when it is older than `lifetime`: what is
    done about somebody a day late is for a person to look at.
    """

    first: int = 2 * SECOND
    most: int = 30 * MINUTE
    attempts: int = 20
    lifetime: int = DAY


class Next(Struct, frozen=True, kw_only=True):
    """What becomes of an order that failed: waiting until `due` (ms), or dead."""

    state: State
    due: int


def after_failure(
    key: str,
    attempts: int,
    since: int,
    now: int,
    patience: Patience,
    asked: int | None = None,
) -> Next:
    """What becomes of an order that was tried `attempts` times and is to be tried again if it can.

    `since` is when it was asked for, or driven again by a person; `asked` is how long the responder
    asks us to wait. Times in ms.
    """
    due = now + max(wait(key, attempts, patience), min(asked or 0, LONGEST_ASKED))
    is_over = attempts >= patience.attempts or due - since > patience.lifetime
    return Next(state=State.DEAD, due=now) if is_over else Next(state=State.WAITING, due=due)


def wait(key: str, attempts: int, patience: Patience) -> int:
    """How long (ms) an order waits after so many attempts (1 and more): at least half of the whole
    step, the rest as the key has it."""
    step = min(patience.most, patience.first << min(max(attempts, 1) - 1, 40))
    return step - int(step // 2 * _share(key, attempts))


def _share(key: str, attempts: int) -> float:
    """A number of [0, 1) that looks like chance and is the same every time."""
    told = hashlib.blake2b(f"{attempts}:{key}".encode("utf-8", "surrogatepass"), digest_size=6)
    return int.from_bytes(told.digest()) / (1 << 48)


class Fuse(Struct, frozen=True, kw_only=True):
    """When a responder is left in peace: after so many `failures` in a row, for `rest` (ms), twice
    as long each further time, `most` at most."""

    failures: int = 5
    rest: int = 30 * SECOND
    most: int = 15 * MINUTE


LONGEST_REST: Final = HOUR
"""No rest is as long (ms): one that has longer to go was noted by a clock that went ahead."""


class Breaker(Struct, frozen=True, kw_only=True):
    """How a responder did lately: how often in a row it failed, and until when it is left in peace
    (ms; 0: it is not)."""

    failures: int = 0
    until: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it has failed too often, and did not answer since."""
        return self.until > 0

    def room(self, now: int) -> int | None:
        """How many orders it may be given at once: None for as many as there are, none while it is
        left in peace, and one to try it after that."""
        if not self.is_open:
            return None
        return 1 if now >= self.until or self.until - now > LONGEST_REST else 0


CLOSED: Final = Breaker()


def failed(breaker: Breaker, now: int, fuse: Fuse) -> Breaker:
    """After an order that the responder did not answer."""
    if 0 < breaker.until - now <= LONGEST_REST:
        # It was on its way before the others failed, and says nothing new.
        return breaker
    failures = breaker.failures + 1
    beyond = failures - fuse.failures
    until = 0 if beyond < 0 else now + min(fuse.most, fuse.rest << min(beyond, 40))
    return Breaker(failures=failures, until=until)


_FURTHEST: Final = 5 * MINUTE


class Pace(Struct, frozen=True):
    """How many orders a minute a responder is given, and a few at once after a rest (GCRA).

    `at` is when the next one would come by the pace alone (ms).
    """

    per_minute: int
    at: int = 0

    @property
    def _ahead(self) -> int:
        return min(10 * SECOND, max(0, self.per_minute - 1) * self._step)

    @property
    def _step(self) -> int:
        return MINUTE // self.per_minute

    def is_free(self, now: int) -> bool:
        """Whether it may be given one now; also where a clock went ahead when the last was."""
        return self.at - now <= self._ahead or self.at - now > _FURTHEST

    def given(self, now: int) -> "Pace":
        """After it was given one."""
        at = self.at if self.at - now <= _FURTHEST else now
        return structs.replace(self, at=max(at, now) + self._step)


LEASE_MARGIN: Final = 30 * SECOND
"""How much longer than its time-out an order is leased for."""
LONGEST_TIMEOUT: Final = HOUR


def leased_until(now: int, timeout: int) -> int:
    """Until when (ms) an order that may take `timeout` ms is nobody else's."""
    return now + min(timeout, LONGEST_TIMEOUT) + LEASE_MARGIN


LANED: Final = frozenset(
    (
        Action.CHALLENGE,
        Action.RELEASE,
        Action.REVOKE,
        Action.RENEW,
        Action.DISABLE,
        Action.ENABLE,
    )
)
"""What changes an account: orders of one responder about one account go one after the other, in
the order in which they were given."""
OPPOSITE: Final = {
    Action.CHALLENGE: Action.RELEASE,
    Action.RELEASE: Action.CHALLENGE,
    Action.DISABLE: Action.ENABLE,
    Action.ENABLE: Action.DISABLE,
}
"""What makes an earlier order one that must not be carried out any more."""
GIVING_BACK: Final = frozenset((Action.RELEASE, Action.ENABLE))
"""What takes a measure back: it is done whatever else holds."""
WANTED: Final = {
    Action.DISABLE: frozenset((AccountState.DISABLED, AccountState.ABSENT)),
    Action.ENABLE: frozenset((AccountState.ACTIVE,)),
}
"""How an account is read back after an order that was carried out."""
LOOKS: Final = 4
"""How often an order is carried out anew while its account is read back otherwise."""


class Because(StrEnum):
    """Why an order is not carried out, where it is not the responder who says so."""

    OVERTAKEN = "overtaken"
    PAST = "past"
    RESTRICTED = "restricted"
    NOBODY = "nobody"
    SILENCE = "silence"
    LOST = "lost"
    OTHERWISE = "otherwise"
    BUG = "bug"
    OURS = "ours"
    UNREADABLE = "unreadable"
    PERSON = "person"
    FOLDED = "folded"
    OFTEN = "often"

    @property
    def word(self) -> str:
        """How it is kept among responders' own words."""
        return f"@{self.value}"

    @property
    def text(self) -> Text:
        """It in both languages."""
        return _BECAUSE[self]


_BECAUSE: Final = {
    Because.FOLDED: Text("it is told in a digest", "cela est dit dans un récapitulatif"),
    Because.OFTEN: Text(
        "the person was written to often enough that day",
        "la personne a reçu assez de messages ce jour-là",
    ),
    Because.OVERTAKEN: Text(
        "a later order says the contrary", "un ordre plus récent dit le contraire"
    ),
    Because.PAST: Text("it would have ended by now", "il aurait déjà pris fin"),
    Because.RESTRICTED: Text(
        "the person's data is restricted: nothing is done about the account",
        "les données de la personne sont limitées : rien n'est fait sur le compte",
    ),
    Because.NOBODY: Text(
        "no responder of this name is set up", "aucun connecteur de ce nom n'est réglé"
    ),
    Because.SILENCE: Text(
        "the responder did not come back in its time",
        "le connecteur n'est pas revenu dans son délai",
    ),
    Because.LOST: Text(
        "whoever carried it out died over it, each time",
        "ce qui l'exécutait est mort en chemin, à chaque fois",
    ),
    Because.OTHERWISE: Text(
        "the responder says that it did it, and the account is read back otherwise",
        "le connecteur dit l'avoir fait, et le compte relu dit le contraire",
    ),
    Because.BUG: Text(
        "the responder met an error of ours: the log says which",
        "le connecteur a rencontré une erreur de notre part : le journal dit laquelle",
    ),
    Because.OURS: Text(
        "it could not be dealt with, over an error of ours: the log says which",
        "il n'a pu être traité, par une erreur de notre part : le journal dit laquelle",
    ),
    Because.UNREADABLE: Text(
        "it cannot be read: another version wrote it, or it is damaged",
        "il est illisible : une autre version l'a écrit, ou il est abîmé",
    ),
    Because.PERSON: Text("somebody cancelled it", "quelqu'un l'a annulé"),
}


def reason_of(kept: str | None) -> Text:
    """Why an order was not carried out, as it is kept: ours, or a responder's own words."""
    if kept is None:
        return Text("", "")
    known = {one.word: one.text for one in Because}.get(kept)
    return Text(kept, kept) if known is None else known


def obstacle(order: Order, now: int, *, restricted: bool, overtaken: bool) -> Because | None:
    """Why an order must not be carried out any more, though it is due."""
    if overtaken:
        return Because.OVERTAKEN
    if order.action in GIVING_BACK:
        return None
    if order.action in OPPOSITE and order.until is not None and now >= order.until:
        return Because.PAST
    return Because.RESTRICTED if restricted else None


def is_otherwise(action: Action, seen: AccountState | None) -> bool:
    """Whether an account is read back otherwise than an order that was carried out makes it."""
    wanted = WANTED.get(action)
    return wanted is not None and seen not in (None, AccountState.UNKNOWN, *wanted)
