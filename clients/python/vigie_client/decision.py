"""What is decided about a sign-in: allow, challenge or deny, and why."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from vigie_client.sign_in import Ended
from vigie_client.trouble import Cause, Trouble, VigieError


class Verdict(Enum):
    """What the application is to do."""

    ALLOW = "allow"
    CHALLENGE = "challenge"
    """Have the user prove who it is: send the browser to the challenge's link."""
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a word for programs, and a sentence for reviewers in the language asked for."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """Where a user proves who it is, until when (ms since 1970 UTC)."""

    link: str
    expires: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer to one question, by its `uid`.

    `handle` is Vigie's name for the question, `event` the id of the event that it is; `risk` is the
    probability that a stranger has taken the account over, 0 to 1; `would_be` is what the verdict
    would be if Vigie did anything (shadow mode), else the same. `trouble` is None where Vigie
    answered; else it says why not, the verdict is the fallback's, and the other fields are empty.
    """

    verdict: Verdict
    uid: str
    would_be: Verdict
    handle: str = ""
    event: str = ""
    risk: float | None = None
    reasons: tuple[Reason, ...] = ()
    challenge: Challenge | None = None
    trouble: Trouble | None = None

    @property
    def is_fallback(self) -> bool:
        """Whether this is the application's own rule, since Vigie was away."""
        return self.trouble is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a question stands: what was answered and when (ms since 1970 UTC), whether the challenge
    that the answer had was passed, how the sign-in ended as far as anybody said, and the id of the
    log's own record of it where that has come."""

    handle: str
    verdict: Verdict
    risk: float
    time: int
    event: str
    is_proved: bool
    outcome: Ended | None = None
    met_by: str | None = None


def read_standing(document: Mapping[str, Any]) -> Standing:
    """What Vigie said of a question. Raises VigieError where that is something else."""
    with _only_ours("how a question stands"):
        ended, met = document.get("outcome"), document.get("met_by")
        return Standing(
            handle=_text(document["handle"]),
            verdict=Verdict(document["verdict"]),
            risk=_share(document["risk"]),
            time=int(document["time"]),
            event=_text(document["event"]),
            is_proved=bool(document["is_proved"]),
            outcome=None if ended is None else Ended(ended),
            met_by=None if met is None else _text(met),
        )


def read(document: Mapping[str, Any], uid: str) -> Decision:
    """What Vigie answered. Raises VigieError where that is no decision. What a newer Vigie says
    besides is left alone."""
    with _only_ours("a decision"):
        return Decision(
            verdict=Verdict(document["verdict"]),
            uid=uid,
            would_be=Verdict(document["would_be"]),
            handle=_text(document["handle"]),
            event=_text(document["event"]),
            risk=_share(document["risk"]),
            reasons=tuple(
                Reason(_text(one["code"]), _text(one["text"])) for one in document["reasons"]
            ),
            challenge=_challenge(document.get("challenge")),
        )


@contextmanager
def _only_ours(what: str) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, ValueError, OverflowError):
        detail = f"what answered did not send {what} that this client knows"
        raise VigieError(Trouble(Cause.UNREADABLE, detail)) from None


def _challenge(told: Any) -> Challenge | None:
    if told is None:
        return None
    link = _text(told["link"])
    # Browsers are sent there: nothing but a page.
    if urlsplit(link).scheme not in ("http", "https") or not link.isprintable():
        raise ValueError
    return Challenge(link, int(told["expires"]))


def _share(told: Any) -> float:
    share = float(told)
    if not 0 <= share <= 1:
        raise ValueError
    return share


def _text(told: Any) -> str:
    if not isinstance(told, str):
        raise TypeError
    return told
