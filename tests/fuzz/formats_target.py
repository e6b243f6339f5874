"""One input of the fuzzer: a line, given to every format and to `Auto`."""

import msgspec

from detectors.core.event import Event
from detectors.core.identity import time_of
from monitor.formats.detection import Auto, detect
from monitor.formats.format import Format, MalformedLine, Origin, formats
from monitor.formats.limits import MAXIMUM_TEXT
from monitor.formats.year import YearInference

NOW_MS = 1_782_864_000_000


def one_input(line: bytes) -> None:
    """Raises whatever a format raises that it must not, and AssertionError for a bad event."""
    auto = Auto()
    claimant = auto.format_of(line)
    assert claimant == detect([line])
    answers = {name: _answer(one, line) for name, one in (*formats().items(), ("auto", auto))}
    if claimant is not None:
        assert answers["auto"] == answers[claimant]


def _answer(one: Format, line: bytes) -> list[Event] | str:
    day = one.day_without_year(line)
    years = YearInference.from_days([] if day is None else [day], NOW_MS)
    try:
        events = one.parse(line, Origin("fuzz", "tenant", years.year_of, lambda second, raw: 0))
    except MalformedLine as error:
        return str(error)
    assert len({event.id for event in events}) == len(events)
    for event in events[:3]:
        check(event)
    return events


def check(event: Event) -> None:
    """AssertionError for an event that no store could hold, or whose id is not of its time."""
    assert time_of(event.id) == event.time
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=Event) == event
    for value in msgspec.structs.astuple(event):
        if isinstance(value, str):
            assert len(value) <= MAXIMUM_TEXT
            assert "\x00" not in value
