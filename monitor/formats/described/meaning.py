"""What a line tells of, in a few words: `LOGON FAILURE BAD_PASSWORD`, `LOGOFF`, `CHANGE ROLE`."""

from enum import Enum
from typing import Final, TypeVar

from msgspec import Struct

from detectors.core.event import Activity, Change, FailureReason, Outcome

_E = TypeVar("_E", bound=Enum)

IGNORE: Final = "IGNORE"
_CHANGE: Final = "CHANGE"


class MeaningError(ValueError):
    """Words that say nothing that a line can mean; says what they could be."""


class Meaning(Struct, frozen=True):
    """An activity or a change; None for an outcome or a reason that the words leave open."""

    what: Activity | Change
    outcome: Outcome | None = None
    reason: FailureReason | None = None


def meaning_of(words: str) -> Meaning | None:
    """The meaning of such words, None for `IGNORE`. Raises MeaningError."""
    given = words.upper().split()
    if given == [IGNORE]:
        return None
    what: Activity | Change
    if given[:1] == [_CHANGE]:
        what = _named(Change, given[1] if len(given) > 1 else "", "after CHANGE")
        rest = given[2:]
    else:
        what = _named(Activity, given[0] if given else "", "first", CHANGE=_CHANGE, IGNORE=IGNORE)
        rest = given[1:]
    outcome = _named(Outcome, rest[0], "then") if rest else None
    reason = None
    if len(rest) > 1:
        if outcome is not Outcome.FAILURE:
            raise MeaningError("only a FAILURE has a reason")
        reason = _named(FailureReason, rest[1], "as reason")
    if len(rest) > 2:
        raise MeaningError(f"nothing can come after {' '.join(given[:-1])}")
    return Meaning(what, outcome, reason)


def outcome_of(word: str) -> Outcome:
    """SUCCESS, FAILURE or PENDING. Raises MeaningError."""
    return _named(Outcome, word.strip().upper(), "here")


def reason_of(word: str) -> FailureReason:
    """BAD_PASSWORD and so on. Raises MeaningError."""
    return _named(FailureReason, word.strip().upper(), "here")


def _named(kind: type[_E], word: str, where: str, **more: str) -> _E:
    found = kind.__members__.get(word)
    if found is None:
        words = ", ".join((*kind.__members__, *more))
        raise MeaningError(f"expected {where} one of {words}, got {word!r}")
    return found
