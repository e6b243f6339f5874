"""What becomes of a session's request, of what stands against its account and against itself. Pure.

An order against the account that asks for proof is met by each session for itself: that somebody
proved themselves elsewhere says nothing of this one. A proof counts against what was asked for
before it, and for its time.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from alerts.responders.gate import CHALLENGE, DISABLED, REVOKED


class Verdict(StrEnum):
    """What becomes of a request; the gravest that stands."""

    PASS = "pass"
    CHALLENGE = "challenge"
    """A second factor is asked for first."""
    SIGN_IN = "sign_in"
    """The session was ended: its user signs in again."""
    DENY = "deny"
    """Nobody comes in with this account."""


class Against(Struct, frozen=True):
    """Something that stands: since when and until when (ms), None for until it is taken away, and
    by which order or demand."""

    verdict: str
    since: int
    until: int | None
    key: str

    def holds(self, now: int) -> bool:
        """Whether it does at `now` (ms)."""
        return self.until is None or now < self.until


class Proof(Struct, frozen=True):
    """That a session was proved: at which level (1 to 3), when, and until when it counts (ms)."""

    level: int
    since: int
    until: int


class Standing(Struct, frozen=True):
    """All that is known of one account: what stands against it and against single sessions, and
    what was proved in those, by the session."""

    account: tuple[Against, ...] = ()
    sessions: Mapping[str, tuple[Against, ...]] = {}
    proofs: Mapping[str, Proof] = {}


class Answer(Struct, frozen=True, kw_only=True):
    """A verdict, until when it stands (ms, None for until it is taken back or does not stand at
    all), the order or demand that it stands on, and the level that the session was proved at, 0
    for none that counts now."""

    verdict: Verdict = Verdict.PASS
    until: int | None = None
    order: str = ""
    level: int = 0


NOTHING: Final = Standing()
PASSES: Final = Answer()


def judge(standing: Standing, session: str, began: int, now: int) -> Answer:
    """What a session of the account meets that began at a time (ms; 0 where nobody knows)."""
    own = standing.sessions.get(session, ())
    proof = standing.proofs.get(session)
    if proof is not None and now >= proof.until:
        proof = None
    level = 0 if proof is None else proof.level
    for verdict, one in (
        (Verdict.DENY, _first(standing.account, DISABLED, now)),
        (Verdict.SIGN_IN, _revoked(standing.account, began, now)),
        # It was ended by its own name, whatever a renewed token says of when it began.
        (Verdict.SIGN_IN, _first(own, REVOKED, now)),
        (Verdict.CHALLENGE, _unproved(own, proof, now)),
        (Verdict.CHALLENGE, _unproved(standing.account, proof, now)),
    ):
        if one is not None:
            return Answer(verdict=verdict, until=one.until, order=one.key, level=level)
    return Answer(level=level) if level else PASSES


def _first(those: tuple[Against, ...], verdict: str, now: int) -> Against | None:
    return next((one for one in those if one.verdict == verdict and one.holds(now)), None)


def _revoked(those: tuple[Against, ...], began: int, now: int) -> Against | None:
    """Who has signed in since is let pass."""
    found = _first(those, REVOKED, now)
    return found if found is not None and began < found.since else None


def _unproved(those: tuple[Against, ...], proof: Proof | None, now: int) -> Against | None:
    found = _first(those, CHALLENGE, now)
    is_met = found is not None and proof is not None and proof.since >= found.since
    return None if is_met else found
