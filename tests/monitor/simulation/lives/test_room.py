"""Accounts of rooms: several machines, day and night, and everybody knows."""

from detectors.core.event import HOUR
from monitor.simulation.acts import sittings
from tests.monitor.simulation.lives.people import lived, of


def test_a_wallboard_shows_at_any_hour() -> None:
    for person in of("wallboard"):
        assert person.kind == "kiosk"
        assert len({act.time // HOUR % 24 for act in lived(person)}) == 24


def test_several_are_at_the_front_desk_at_once() -> None:
    together = 0
    for person in of("front_desk"):
        assert person.kind == "shared"
        sat = sittings(lived(person))
        together += sum(
            one.start < other.end and other.start < one.end
            for n, one in enumerate(sat)
            for other in sat[n + 1 : n + 6]
        )
    assert together > 0
