"""A page says how late its data is: while the engine is behind, or is not heard of any more."""

from pathlib import Path

import pytest

from detectors.core.event import MINUTE, SECOND
from monitor.health.pulse import PULSE, Pulse, Who, encode
from monitor.store.connection import connect
from monitor.store.watching import Watching
from monitor.store.writing import Writing
from monitor.web.lateness import Lateness, lateness
from tests.databases import placed

NOW = 1_793_577_600_000


def pulse(heard: int, caught_up: int) -> Pulse:
    """One that was heard of and had read everything so long ago (ms)."""
    who = Who("host", 1, "1", NOW)
    return Pulse(time=NOW - heard, who=who, caught_up=NOW - caught_up if caught_up >= 0 else 0)


@pytest.mark.parametrize(
    ("heard", "caught_up", "late"),
    [
        (SECOND, 2 * SECOND, None),
        (SECOND, 59 * SECOND, None),
        (SECOND, 7 * MINUTE, 7 * MINUTE),
        # It does not tell of itself any more; what it read until then is what is shown.
        (9 * MINUTE, 9 * MINUTE, 9 * MINUTE),
        (9 * MINUTE, 30 * MINUTE, 9 * MINUTE),
        # A first history is told of otherwise.
        (SECOND, -1, None),
    ],
)
def test_lateness_is_since_all_was_read(heard: int, caught_up: int, late: int | None) -> None:
    assert lateness(pulse(heard, caught_up), NOW) == late


def test_the_note_is_asked_for_now_and_then(tmp_path: Path) -> None:
    engine, now = connect(placed(tmp_path / "vigie.db")), [NOW]
    asked = Lateness(Watching(engine), lambda: now[0])
    assert asked() is None
    with engine.begin() as connection:
        Writing(connection).set_note(PULSE, encode(pulse(SECOND, 5 * MINUTE)))
    assert asked() is None
    now[0] += 3 * SECOND
    assert asked() == 5 * MINUTE + 3 * SECOND
    engine.dispose()


def test_a_database_that_cannot_be_read_is_told_by_the_page_itself(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'empty.db'}")
    assert Lateness(Watching(engine), lambda: NOW)() is None
    engine.dispose()
