"""Findings: ids that follow from what they are about, themes, and the cap."""

from math import inf, nan

import msgspec
import pytest

from detectors.core.finding import (
    CAP,
    Evidence,
    Finding,
    Severity,
    Theme,
    Weights,
    finding,
    standing,
)
from detectors.core.identity import Subject, SubjectKind, time_of

ALICE = Subject(SubjectKind.ACCOUNT, "acme", "alice")


def told(weights: Weights, detector: str = "d", subject: Subject = ALICE) -> Finding:
    """A finding with these weights."""
    return finding(detector, subject, 42, Severity.LOW, Evidence("g", weights, {}), (b"e", b"f"))


@pytest.mark.parametrize("name", ["roaming", "shared", "taken_over", "attack"])
@pytest.mark.parametrize("value", [CAP + 0.1, -CAP - 0.1, inf, -inf, nan])
def test_no_weight_goes_beyond_the_cap(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        Weights(**{name: value})


def test_the_cap_itself_is_allowed() -> None:
    assert Weights(shared=CAP, roaming=-CAP).shared == 6.0


@pytest.mark.parametrize(
    ("weights", "theme"),
    [
        (Weights(attack=1), Theme.ATTACK),
        (Weights(attack=1, shared=-1), Theme.ATTACK),
        (Weights(attack=1, taken_over=1), Theme.USE),
        (Weights(attack=1, roaming=1), Theme.USE),
        (Weights(shared=1), Theme.USE),
        (Weights(), Theme.USE),
    ],
)
def test_the_theme_is_attack_when_nothing_else_is_spoken_for(
    weights: Weights, theme: Theme
) -> None:
    assert told(weights).theme is theme


def test_the_id_follows_from_detector_subject_and_anchor() -> None:
    one = told(Weights(shared=1))
    assert one.id == told(Weights(shared=2)).id
    assert time_of(one.id) == 42
    assert one.id != told(Weights(), detector="other").id
    assert one.id != told(Weights(), subject=Subject(SubjectKind.ACCOUNT, "acme", "bob")).id


def test_it_goes_to_message_pack_and_back() -> None:
    one = told(Weights(shared=1.5))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=Finding) == one


def test_what_was_stored_before_there_were_others_is_read() -> None:
    one = told(Weights(shared=1.5))
    written = msgspec.msgpack.decode(msgspec.msgpack.encode(one))
    assert msgspec.convert(written[:8], Finding) == one


def test_a_standing_finding_keeps_its_id_as_it_grows() -> None:
    """Its id follows from what it is about, and not from when it came to be said."""
    evidence = Evidence("g", Weights(attack=1), {})
    source = Subject(SubjectKind.SOURCE, "acme", "192.0.2.1")
    early = standing("d", source, 42, 50, evidence, (b"e",), severity=Severity.LOW)
    grown = standing(
        "d", source, 42, 60, evidence, (b"d", b"e"), severity=Severity.HIGH, involved=(source,)
    )
    assert early.id == grown.id
    assert time_of(early.id) == 42
    assert (early.time, grown.time) == (50, 60)
    assert grown.involved == (source,)
    assert grown.theme is Theme.ATTACK
