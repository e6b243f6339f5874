"""The log that is measured on: always the same, and every line an event."""

from benchmarks import world
from detectors.core.event import SignIn
from monitor.formats.format import Origin, formats


def test_it_is_always_the_same() -> None:
    assert list(world.lines(100, 10)) == list(world.lines(100, 10))


def test_every_line_is_a_sign_in_of_one_of_the_accounts_in_order_of_time() -> None:
    origin = Origin("test", "default", lambda month, day: 2026, lambda second, line: 0)
    form = formats()["ocsf"]
    events = [event for line in world.lines(2_000, 50) for event in form.parse(line, origin)]
    assert len(events) == 2_000
    assert all(isinstance(event, SignIn) for event in events)
    assert len({event.account for event in events}) == 50
    assert [event.time for event in events] == sorted(event.time for event in events)
    assert len({event.id for event in events}) == 2_000
