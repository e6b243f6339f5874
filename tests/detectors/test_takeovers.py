"""The whole chain over lives drawn from ranges: who is called about, when, and under what name.

The draws are few, so that the suite stays quick; what they come to over more is told in
`docs/accuracy.md` of the simulated worlds.
"""

from functools import cache
from random import Random

from alerts.correlation import correlate
from alerts.incident import Incident
from detectors.core import registry
from detectors.core.context import Context
from detectors.core.event import MINUTE, Event
from detectors.core.finding import Finding, Severity, Theme
from detectors.core.fold import Fold
from detectors.core.identity import Subject, SubjectKind
from tests.detectors import variants
from tests.detectors.lives import HONEST, TAKEN, Told

DRAWS = 1
SUBJECT = Subject(SubjectKind.ACCOUNT, "t", "a")


def findings(events: list[Event]) -> list[Finding]:
    """What all detectors of accounts find."""
    fold = Fold(SubjectKind.ACCOUNT, registry.load(), Context())
    cell = fold.fresh(SUBJECT)
    found = [finding for event in events for finding in fold.observe(cell, event)]
    assert not [finding for finding in found if finding.theme is Theme.HEALTH]
    return found


def called(found: list[Finding]) -> list[Incident]:
    """The incidents for which a reviewer is called."""
    return [one for one in correlate(found) if one.severity >= Severity.MEDIUM]


def called_at(found: list[Finding]) -> int | None:
    """The time (ms) from which one is."""
    for count in range(1, len(found) + 1):
        if called(found[:count]):
            return found[count - 1].time
    return None


@cache
def taken() -> dict[str, list[tuple[Told, list[Finding]]]]:
    """Every way of taking over, drawn and folded."""
    lives: dict[str, list[tuple[Told, list[Finding]]]] = {}
    for name, draw in TAKEN.items():
        for number in range(DRAWS):
            told = draw(Random(f"taken {name} {number}"))
            lives.setdefault(name, []).append((told, findings(told.events)))
    return lives


def test_there_are_enough_of_both() -> None:
    assert len(HONEST) >= 60
    assert len(TAKEN) >= 40
    assert variants.TAKEOVER == "account_takeover"


def test_honest_lives_call_hardly_anybody() -> None:
    wrong = [name for name, draw in HONEST.items() if called(findings(draw(Random(name)).events))]
    assert len(wrong) <= 1, wrong


def test_nearly_all_takeovers_are_found_under_their_name() -> None:
    """Not by whoever works beside the owner from a line near home, or comes from one by night: of
    the real ones most are people who share, or who are on call."""
    missed = [
        name
        for name, lives in taken().items()
        for told, found in lives
        if told.category not in {one.category.value for one in called(found)}
    ]
    assert len(missed) <= 0.12 * DRAWS * len(TAKEN), missed


def test_none_is_found_before_it_began() -> None:
    for lives in taken().values():
        for told, found in lives:
            at = called_at(found)
            assert at is None or (told.start is not None and at >= told.start)


def test_half_of_them_are_found_within_five_minutes() -> None:
    delays = sorted(
        at - told.start
        for lives in taken().values()
        for told, found in lives
        if (at := called_at(found)) is not None and told.start is not None
    )
    assert delays[len(delays) // 2] < 5 * MINUTE
