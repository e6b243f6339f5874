"""What challenges say of an account: how much a pass speaks against a takeover, and when not.

An account is weighed as a whole, and a challenge is about one session. So what the owner proved in
one session must not excuse who failed in another, whichever came first.
"""

from typing import Annotated, Final

from msgspec import Meta, Struct, field

from detectors.core.event import DAY, Answer, Feedback
from detectors.core.finding import Evidence, Fact, Finding, Weights, finding
from detectors.core.grade import grade
from detectors.core.identity import Subject
from detectors.core.profile import Profile
from detectors.core.travel import device_label, label, network_label

MEMORY: Final = 14 * DAY
"""How long (ms) challenges of one account are set against each other: as long as what is found of
its use joins in one incident."""
MOST: Final = 16
"""Challenges of each kind that are remembered."""
_BY_METHOD: Final = {"passkey": 3.5, "totp": 2.5, "recovery": 1.5}
_OTHERWISE: Final = 1.0
_WITHOUT_SESSION: Final = 1.0
FAILED: Final = (Answer.CHALLENGE_FAILED, Answer.NOT_ME)


class Passed(Struct, array_like=True):
    """A challenge that was passed at event time `time` (ms), in a session, "" where none is said;
    `worth` is what it spoke against a takeover, in nats."""

    time: int
    session: str
    worth: float


class Past(Struct, array_like=True):
    """The challenges of an account of late, the oldest first."""

    passed: list[Passed] = field(default_factory=list)
    failed: list[tuple[int, str]] = field(default_factory=list)


class State(Struct, array_like=True):
    """What each detector of challenges keeps of an account."""

    past: Past = field(default_factory=Past)


class Whence(Struct, frozen=True):
    """From where the session is that a challenge is about."""

    place: Annotated[str, Meta(title="Place", extra={"fr": "Lieu"})]
    network: Annotated[str, Meta(title="Network", extra={"fr": "Réseau"})]
    device: Annotated[str, Meta(title="Device", extra={"fr": "Appareil"})]


def worth_of(event: Feedback) -> float:
    """What a pass speaks against a takeover, in nats.

    A passkey cannot be passed on by a proxy between (WebAuthn Level 3, 13.4.3); a one-time code can
    be typed into a false page, and a recovery code be found. One that is about no session says only
    that the owner answers.
    """
    worth = _BY_METHOD.get(event.method or "", _OTHERWISE)
    return worth if event.session else min(worth, _WITHOUT_SESSION)


def note(past: Past, event: Feedback) -> None:
    """Remember a challenge's end; whatever else an answer is about is nothing here."""
    since = event.time - MEMORY
    session = event.session or ""
    past.passed = [one for one in past.passed if one.time > since]
    past.failed = [one for one in past.failed if one[0] > since]
    if event.answer is Answer.CHALLENGE_PASSED:
        past.passed = [*past.passed, Passed(event.time, session, worth_of(event))][-MOST:]
    elif event.answer in FAILED:
        past.failed = [*past.failed, (event.time, session)][-MOST:]


def excused(past: Past, event: Feedback) -> float:
    """What passes in other sessions spoke against a takeover before this one was failed: it has no
    say in this session."""
    since, session = event.time - MEMORY, event.session or ""
    others = (one.worth for one in past.passed if one.time > since and one.session != session)
    return max(others, default=0.0)


def is_contested(past: Past, event: Feedback) -> bool:
    """Whether a challenge in another session was failed or denied before this one was passed."""
    since, session = event.time - MEMORY, event.session or ""
    return any(at > since and one != session for at, one in past.failed)


def whence(event: Feedback, profile: Profile) -> dict[str, Fact]:
    """From where the session is that a challenge is about, as facts."""
    session = profile.sessions.get(event.session) if event.session else None
    if session is None:
        return {"place": label(None), "network": network_label(None), "device": device_label(None)}
    return {
        "place": label(session.place),
        "network": network_label(session.network),
        "device": device_label(session.device),
    }


def against(
    detector: str,
    subject: Subject,
    event: Feedback,
    worths: dict[str, float],
    told: dict[str, Fact],
) -> tuple[Finding, ...]:
    """What a challenge that was not passed speaks for a takeover: a finding for each group of
    evidence that is worth anything, in nats; the first one is the detector's own."""
    found = []
    for place, (group, worth) in enumerate(worths.items()):
        if worth:
            weights = Weights(taken_over=worth)
            evidence, part = Evidence(group, weights, told), group if place else ""
            shown = (event.id,)
            found.append(
                finding(detector, subject, event.time, grade(weights), evidence, shown, part=part)
            )
    return tuple(found)
