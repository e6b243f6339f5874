"""The laws of every log format, and that each of them can be broken."""

import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.core.event import Event
from detectors.core.identity import time_of
from monitor.formats.format import MAXIMUM_LINE, Format, MalformedLine, Origin, formats
from tests.monitor.formats.golden import every, lines_of, origin_of, pairs, read, shown

ALL = sorted(every())
PAIRS = list(pairs())
GARBAGE = (
    b"",
    b"\x00\xff\xfe",
    b"{",
    b'{"class_uid":3002}',
    b"May  4 sshd[1]: Failed",
    b"\xef\xbb\xbf",
)
PIECES = (b" ", b" from ", b"(1", b"[", b'"', b"\\303", b"1", b"\xff")
SMALL, LARGE = 1 << 16, MAXIMUM_LINE - 4_096
GROWTH = 100
"""16 times the bytes may take 100 times as long on a busy machine; a square would take 256."""


def still(one: Format, lines: Sequence[bytes], source: str = "fixture") -> Origin:
    """An origin that gives the same answers whatever was asked before."""
    counting = origin_of(one, list(lines), source)
    return Origin(source, counting.tenant, counting.year_of, lambda second, line: 0)


def fixtures(name: str) -> list[bytes]:
    return [line for owner, log, _ in PAIRS if owner == name for line in lines_of(log)]


def answers(one: Format, lines: Sequence[bytes], origin: Origin) -> list[str]:
    return [json.dumps(read(one, line, origin)) for line in lines]


def events_of(one: Format, lines: Sequence[bytes], source: str = "fixture") -> list[Event]:
    origin = origin_of(one, list(lines), source)
    found: list[Event] = []
    for line in lines:
        try:
            found += one.parse(line, origin)
        except MalformedLine:
            continue
    return found


def law_order_does_not_matter(one: Format, lines: Sequence[bytes]) -> None:
    origin = still(one, lines)
    straight = dict(zip(lines, answers(one, lines, origin), strict=True))
    for seed in range(3):
        mixed = list(lines)
        random.Random(seed).shuffle(mixed)
        assert dict(zip(mixed, answers(one, mixed, origin), strict=True)) == straight


def law_garbage_harms_no_neighbour(one: Format, lines: Sequence[bytes]) -> None:
    origin = still(one, lines)
    alone = answers(one, lines, origin)
    between = []
    for number, line in enumerate(lines):
        read(one, GARBAGE[number % len(GARBAGE)], origin)
        between.append(json.dumps(read(one, line, origin)))
    assert between == alone


def law_ids(one: Format, lines: Sequence[bytes]) -> None:
    events = events_of(one, lines)
    ids = [event.id for event in events]
    assert ids == [event.id for event in events_of(one, lines)], "not the same when read again"
    assert len(set(ids)) == len(ids), "two events share an id"
    assert all(len(one) == 16 for one in ids)
    assert [time_of(one) for one in ids] == [event.time for event in events]
    assert set(ids).isdisjoint(event.id for event in events_of(one, lines, "other"))


def law_events_name_their_source(one: Format, lines: Sequence[bytes]) -> None:
    for event in events_of(one, lines):
        assert event.source == "fixture"
        assert event.tenant
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=Event) == event


def law_any_line_is_answered(one: Format, line: bytes) -> None:
    origin = still(one, [line])
    assert isinstance(one.claims(line), bool)
    day = one.day_without_year(line)
    assert day is None or (1 <= day[0] <= 12 and isinstance(day[1], int))
    found, reason = _parsed(one, line, origin)
    assert reason is None or (3 < len(reason) < 400 and reason.isprintable())
    assert isinstance(found, list)
    for event in found:
        assert shown(event)["time"] == time_of(event.id)
        msgspec.msgpack.encode(event)


def _parsed(one: Format, line: bytes, origin: Origin) -> tuple[list[Event], str | None]:
    try:
        return one.parse(line, origin), None
    except MalformedLine as error:
        return [], str(error)


def law_time_grows_with_length(one: Format, lines: Sequence[bytes]) -> None:
    for line in lines:
        for piece in PIECES:
            small, large = (_cost(one, line, piece, size) for size in (SMALL, LARGE))
            assert large < GROWTH * max(small, 0.001), (line[:60], piece, small, large)


def _cost(one: Format, line: bytes, piece: bytes, size: int) -> float:
    long = line[: len(line) * 2 // 3] + piece * (size // len(piece)) + line[len(line) * 2 // 3 :]
    origin = still(one, [])
    began = time.thread_time()
    one.claims(long)
    read(one, long, origin)
    return time.thread_time() - began


LAWS: tuple[Callable[[Format, Sequence[bytes]], None], ...] = (
    law_order_does_not_matter,
    law_garbage_harms_no_neighbour,
    law_ids,
    law_events_name_their_source,
)


@pytest.mark.parametrize("name", ALL)
def test_a_format_has_fixtures_of_every_sort(name: str) -> None:
    expected = [path.read_text() for owner, _, path in PAIRS if owner == name]
    for sort in ('"events"', '"skipped"', '"malformed"'):
        assert any(sort in text for text in expected), sort


@pytest.mark.parametrize("name", ALL)
def test_a_format_says_what_it_is(name: str) -> None:
    one = every()[name]
    assert one.name == name
    assert one.title


@pytest.mark.parametrize(("name", "log", "expected"), PAIRS, ids=[p[1].stem for p in PAIRS])
def test_fixtures_are_read_as_expected(name: str, log: Path, expected: Path) -> None:
    one, lines = every()[name], lines_of(log)
    origin = origin_of(one, lines)
    said = [{"line": number, **read(one, line, origin)} for number, line in enumerate(lines, 1)]
    assert said == [json.loads(line) for line in expected.read_text().splitlines()]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("name", ALL)
def test_laws(name: str, law: Callable[[Format, Sequence[bytes]], None]) -> None:
    for owner, log, _ in PAIRS:
        if owner == name:
            law(every()[name], lines_of(log))


@pytest.mark.parametrize("name", ALL)
def test_what_gives_events_is_claimed_by_its_format_alone(name: str) -> None:
    one = every()[name]
    for line in fixtures(name):
        if "events" in read(one, line, still(one, [line])):
            assert [n for n, other in every().items() if other.claims(line)] == [name], line


@pytest.mark.parametrize("name", ALL)
@given(line=st.binary(max_size=200))
def test_any_bytes_are_answered(name: str, line: bytes) -> None:
    law_any_line_is_answered(every()[name], line)


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=200)
@given(data=st.data())
def test_any_change_to_a_line_is_answered(name: str, data: st.DataObject) -> None:
    line = data.draw(st.sampled_from(fixtures(name)))
    at = data.draw(st.integers(0, len(line)))
    cut = data.draw(st.integers(0, 20))
    put = data.draw(st.one_of(st.binary(max_size=8), st.sampled_from(PIECES + GARBAGE)))
    law_any_line_is_answered(every()[name], line[:at] + put + line[at + cut :])


@pytest.mark.parametrize("name", ALL)
def test_time_grows_with_length(name: str) -> None:
    longest = [max(lines_of(log), key=len) for owner, log, _ in PAIRS if owner == name]
    law_time_grows_with_length(every()[name], longest)


@pytest.mark.parametrize("name", ALL)
def test_a_longer_line_than_the_maximum_is_rejected(name: str) -> None:
    one = every()[name]
    line = max(fixtures(name), key=len)
    with pytest.raises(MalformedLine, match="longer than"):
        one.parse(line + b"x" * MAXIMUM_LINE, still(one, []))


class Planted:
    """A format that delegates to a sound one; faulty ones below break one law each."""

    name: ClassVar[str] = "planted"
    title: ClassVar[str] = "Planted"

    def __init__(self) -> None:
        self.sound = formats()["ocsf"]

    def claims(self, line: bytes) -> bool:
        return self.sound.claims(line)

    def parse(self, line: bytes, origin: Origin) -> list[Event]:
        return self.sound.parse(line, origin)

    def day_without_year(self, line: bytes) -> tuple[int, int] | None:
        return self.sound.day_without_year(line)


class Stateful(Planted):
    """Drops a line when the one before was malformed."""

    was_bad = False

    def parse(self, line: bytes, origin: Origin) -> list[Event]:
        skip, self.was_bad = self.was_bad, False
        try:
            found = self.sound.parse(line, origin)
        except MalformedLine:
            self.was_bad = True
            raise
        return [] if skip else found


class OneId(Planted):
    """Gives every event of a millisecond the same id."""

    def parse(self, line: bytes, origin: Origin) -> list[Event]:
        found = self.sound.parse(line, origin)
        return [msgspec.structs.replace(e, id=e.time.to_bytes(6, "big") + bytes(10)) for e in found]


class TimelessId(Planted):
    """Gives ids that do not carry the event's time."""

    def parse(self, line: bytes, origin: Origin) -> list[Event]:
        found = self.sound.parse(line, origin)
        return [msgspec.structs.replace(e, id=bytes(6) + e.id[6:]) for e in found]


class CountingId(Planted):
    """Gives other ids each time it reads."""

    count = 0

    def parse(self, line: bytes, origin: Origin) -> list[Event]:
        found = self.sound.parse(line, origin)
        self.count += 1
        return [msgspec.structs.replace(e, id=e.id[:8] + self.count.to_bytes(8)) for e in found]


class Sourceless(Planted):
    """Forgets which source a line is of."""

    def parse(self, line: bytes, origin: Origin) -> list[Event]:
        return self.sound.parse(line, msgspec.structs.replace(origin, source="everywhere"))


class Raising(Planted):
    """Raises what a format must not raise."""

    def parse(self, line: bytes, origin: Origin) -> list[Event]:
        found = self.sound.parse(line, origin)
        raise KeyError("user") if not found else MalformedLine("a reason that is fine")


class Quadratic(Planted):
    """Looks for a pair of quotes with a search that starts again at every byte."""

    def parse(self, line: bytes, origin: Origin) -> list[Event]:
        for at in range(0, len(line), 1_024):
            line.count(b"\x00\x01", at)
        return self.sound.parse(line, origin)


@pytest.mark.parametrize(
    ("faulty", "law"),
    [
        (Stateful, law_order_does_not_matter),
        (Stateful, law_garbage_harms_no_neighbour),
        (OneId, law_ids),
        (TimelessId, law_ids),
        (CountingId, law_ids),
        (CountingId, law_order_does_not_matter),
        (Sourceless, law_ids),
        (Sourceless, law_events_name_their_source),
    ],
)
def test_a_faulty_format_breaks_a_law(
    faulty: type[Planted], law: Callable[[Format, Sequence[bytes]], None]
) -> None:
    law(Planted(), fixtures("ocsf"))
    with pytest.raises(AssertionError):
        law(faulty(), fixtures("ocsf"))


def test_a_format_that_raises_something_else_is_caught() -> None:
    with pytest.raises(KeyError):
        law_any_line_is_answered(Raising(), b"")


def test_a_quadratic_format_is_caught() -> None:
    with pytest.raises(AssertionError):
        law_time_grows_with_length(Quadratic(), fixtures("ocsf")[:1])
