"""Detectors called through something else find the same, and are themselves again afterwards."""

from typing import Any

import msgspec
import pytest

from detectors.core import registry
from detectors.core.context import Context
from detectors.core.event import HOUR, Event, SignIn
from detectors.core.fold import Fold
from detectors.core.identity import Subject, SubjectKind
from detectors.core.standing import Campaigns
from detectors.core.through import Call, Through
from tests.detectors import histories

ALICE = Subject(SubjectKind.ACCOUNT, "acme", "alice")


class Counting:
    """Counts the calls of each detector, and changes nothing."""

    def __init__(self) -> None:
        self.calls: dict[str, int] = {}

    def __call__(self, name: str, call: Call) -> Call:
        def counted(*given: Any) -> Any:
            self.calls[name] = self.calls.get(name, 0) + 1
            return call(*given)

        return counted


def folded(fold: Fold, stream: list[Event]) -> tuple[bytes, list[Any]]:
    cell = fold.fresh(ALICE)
    found = [f for event in stream for f in fold.observe(cell, event)]
    found += fold.advance_many([cell], stream[-1].time + 30 * HOUR)
    return fold.save(cell), found


def fold() -> Fold:
    return Fold(SubjectKind.ACCOUNT, registry.load(), Context())


def test_a_fold_finds_the_same_and_every_detector_is_met() -> None:
    stream = histories.honest()
    plain = folded(fold(), stream)
    made, counting = fold(), Counting()
    with made.through(counting):
        assert folded(made, stream) == plain
    assert {d.about.name for d in made.detectors if not d.about.ticks} <= set(counting.calls)
    met = dict(counting.calls)
    assert folded(made, stream) == plain
    assert counting.calls == met


def test_campaigns_stand_the_same() -> None:
    attempts = [e for e in histories.mixed(histories.crowds()) if isinstance(e, SignIn)]
    plain = Campaigns(registry.load(), Context()).fold(attempts)
    made, counting = Campaigns(registry.load(), Context()), Counting()
    with made.through(counting):
        assert made.fold(attempts) == plain
    assert set(counting.calls) == set(made.names)


def test_it_is_itself_again_also_after_an_error() -> None:
    made, counting = fold(), Counting()
    with pytest.raises(KeyError), made.through(counting):
        raise KeyError
    folded(made, histories.honest()[:3])
    assert counting.calls == {}


def test_only_a_detector_that_ticks_many_does_so_through_it() -> None:
    class One:
        about = msgspec.defstruct("About", [("name", str)])("one")

        def tick(self) -> tuple[()]:
            return ()

    class Many(One):
        def tick_many(self) -> list[Any]:
            return []

    assert not hasattr(Through(One(), Counting()), "tick_many")
    assert hasattr(Through(Many(), Counting()), "tick_many")
