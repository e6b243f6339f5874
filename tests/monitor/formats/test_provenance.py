"""Whence each value came: every field of every golden line has a place, and stands there."""

import csv
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from detectors.core.event import Event
from monitor.formats.described.path import follow, steps_of
from monitor.formats.detection import AUTO, named
from monitor.formats.format import Format, MalformedLine, Origin, formats
from monitor.formats.lenient import decoded, text_of
from monitor.formats.limits import trimmed
from monitor.formats.provenance import (
    FORMAT,
    MOST_EVENTS,
    SOURCE,
    TENANT,
    WHOLE_LINE,
    YEAR,
    ZONE,
    is_set,
    trace,
)
from monitor.formats.whence import Traceable, Traced, Whence
from tests.monitor.formats.golden import described, every, lines_of, origin_of, pairs

ALL = sorted(every())
OF_NO_LINE = {SOURCE, TENANT, ZONE, YEAR, WHOLE_LINE, FORMAT}
UNSAID = {"activity", "outcome", "change", "corroborating", "failure_reason"}
"""Fields that a format may fill though no part of the line alone says so."""
TEXTS = {
    "time", "account", "account_name", "session", "ip", "user_agent", "uid", "mfa_method", "actor",
}  # fmt: skip
"""Fields that are another one whatever else stood there."""
SSHD = b"May  4 10:00:00 gate sshd[7]: Failed password for invalid user ann from 192.0.2.1 port 5"


def told(name: str, of: Format | None = None) -> Iterator[tuple[bytes, Event, Traced]]:
    """Every event of a format's golden lines, with whence its values came."""
    one = every()[name] if of is None else of
    for owner, log, _ in pairs():
        if owner != name:
            continue
        lines = lines_of(log)
        origin = origin_of(one, lines)
        for line in lines:
            try:
                events = one.parse(line, origin)
            except MalformedLine:
                continue
            for event, traced in zip(events, trace(one, line, origin), strict=True):
                yield line, event, traced


def stands_there(line: bytes, whence: Whence) -> bool:
    """Whether the text is really at the place that is named."""
    line = trimmed(line)
    place, _, span = whence.where.partition("characters ")
    if span:
        first, last = map(int, span.split(" to "))
        held = held_at(line, place.rstrip(", ")) if place else line.decode(errors="surrogateescape")
        return held is not None and held[first - 1 : last] == whence.text
    if whence.where == "what makes it such a line":
        return all(holds(line, word) for word in (whence.text or "").split(" … "))
    if " and " in whence.where:
        return all(holds(line, word) for word in re.findall(r"\d+|[^\W\dT]+", whence.text or ""))
    held = held_at(line, whence.where)
    return held is not None and (whence.text or "") in held


def held_at(line: bytes, where: str) -> str | None:
    kind, _, place = where.partition(" ")
    text = line.decode("utf-8", "backslashreplace")
    if kind == "path":
        value = follow(decoded(object_of(line)), steps_of(place))
        if isinstance(value, list):
            value = as_text(value)
        return text_of(value)
    # A group, a column or a header: whatever stands in the line.
    return text.replace('""', '"') if kind in ("group", "header", "column") else None


def object_of(line: bytes) -> bytes:
    return line[line.index(b"{") :]


def as_text(value: list[Any]) -> Any:
    if all(type(one) is int for one in value):
        return bytes(value).decode("utf-8", "surrogateescape")
    return " ".join(filter(None, map(text_of, value)))


def holds(line: bytes, word: str) -> bool:
    text = line.decode("utf-8", "surrogateescape")
    return word in text or word in next(csv.reader([text])) or word in escaped(line)


def escaped(line: bytes) -> str:
    try:
        return repr(decoded(line)).replace("\\\\", "\\") + repr(as_text(decoded(line)["MESSAGE"]))
    except (MalformedLine, KeyError, TypeError):
        try:
            return repr(decoded(line)).replace("\\\\", "\\")
        except MalformedLine:
            return ""


def law_every_value_has_a_place_where_it_stands(
    rows: Iterator[tuple[bytes, Event, Traced]],
) -> int:
    count = 0
    for line, event, traced in rows:
        for name in event.__struct_fields__:
            if not is_set(event, name):
                continue
            assert traced.get(name), (name, line)
            for whence in traced[name]:
                if whence.text is None:
                    assert whence in OF_NO_LINE or whence.through, (name, whence)
                else:
                    assert stands_there(line, whence), (name, whence, line)
                    count += 1
            if FORMAT in traced[name]:
                assert name in UNSAID, (name, line)
    return count


@pytest.mark.parametrize("name", ALL)
def test_every_value_has_a_place_and_stands_there(name: str) -> None:
    assert law_every_value_has_a_place_where_it_stands(told(name)) > 20


class Silent:
    """A described format that cannot say whence its values came."""

    def __init__(self, one: Format) -> None:
        self.name, self.title = one.name, one.title
        self.parse, self.claims = one.parse, one.claims
        self.day_without_year = one.day_without_year


@pytest.mark.parametrize("name", sorted(described()))
def test_what_a_description_says_and_what_changing_the_line_shows_agree(name: str) -> None:
    one = described()[name]
    assert isinstance(one, Traceable)
    silent = Silent(one)
    assert not isinstance(silent, Traceable)
    compared = 0
    for (line, _, said), (_, _, shown) in zip(told(name), told(name, silent), strict=True):
        for field in TEXTS & said.keys() & shown.keys():
            texts = [one.text for one in said[field] if one.text]
            found = [one.text for one in shown[field] if one.text]
            for text in texts:
                assert any(overlap(text, other) for other in found), (field, text, found, line)
                compared += 1
    assert compared > 10


def overlap(text: str, other: str) -> bool:
    pieces = re.findall(r"\w+", other)
    return text in other or other in text or any(piece in text for piece in pieces)


class Lying:
    """Names a place where the value is not."""

    name = "lying"
    title = "Lying"

    def __init__(self) -> None:
        ocsf = formats()["ocsf"]
        self.parse, self.claims = ocsf.parse, ocsf.claims
        self.day_without_year = ocsf.day_without_year

    def trace(self, line: bytes, origin: Origin) -> list[Traced]:
        return [{"account": (Whence("path time", "nobody"),)}]


def test_a_format_that_lies_is_found_out() -> None:
    with pytest.raises(AssertionError):
        law_every_value_has_a_place_where_it_stands(told("ocsf", Lying()))


def places(line: bytes, name: str = AUTO, **changes: Any) -> Mapping[str, tuple[Whence, ...]]:
    origin = Origin("web", "acme", lambda month, day: 2024, lambda second, raw: 0)
    (first, *_) = trace(named(name), line, origin)
    return first


def test_the_places_of_a_sentence() -> None:
    got = places(SSHD)
    assert got["account"] == (Whence("characters 64 to 66", "ann"),)
    assert got["ip"] == (Whence("characters 73 to 81", "192.0.2.1"),)
    assert got["time"] == (Whence("characters 1 to 15", "May  4 10:00:00"), YEAR, ZONE)
    assert got["session"] == (
        Whence("characters 17 to 20", "gate"),
        Whence("characters 27 to 27", "7"),
    )
    assert got["failure_reason"] == (Whence("characters 51 to 62", "invalid user"),)
    assert got["tenant"] == (TENANT,)
    assert got["source"] == (SOURCE,)
    assert got["id"] == (*got["time"], WHOLE_LINE, SOURCE, TENANT)
    assert got["account_by_name"] == got["account"]
    (outcome,) = got["outcome"]
    assert outcome.where == "what makes it such a line"
    assert "Failed" in (outcome.text or "").split(" … ")


def test_the_places_of_an_object() -> None:
    got = places(
        b'{"class_uid":3002,"activity_id":1,"time":1709283600123,"status_id":2,'
        b'"status_detail":"INVALID_CREDENTIALS","metadata":{"uid":"e1"},'
        b'"user":{"name":"ann","org":{"uid":"callco"}}}'
    )
    assert got["account"] == got["account_name"] == (Whence("path user.name", "ann"),)
    assert got["tenant"] == (Whence("path user.org.uid", "callco"),)
    assert got["outcome"] == (Whence("path status_id", "2"),)
    assert got["failure_reason"] == (Whence("path status_detail", "INVALID_CREDENTIALS"),)
    assert got["id"] == (*got["time"], *got["uid"], SOURCE, *got["tenant"])


def test_columns_go_by_their_names() -> None:
    line = next(x for x in lines_of(next(p for n, p, _ in pairs() if n == "rba")) if b"10.0." in x)
    got = places(line)
    assert got["ip"][0].where == "column IP Address"
    assert {one.where for one in got["place"]} >= {"column Country", "column City"}
    assert got["activity"] == (FORMAT,)


def test_the_events_of_one_line_are_each_told() -> None:
    line = SSHD.replace(b"sshd[7]: ", b"sshd[7]: message repeated 9 times: [ ") + b"]"
    origin = Origin("web", "acme", lambda month, day: 2024, lambda second, raw: 0)
    told_of = trace(named("sshd"), line, origin)
    assert len(told_of) == 9 > MOST_EVENTS
    assert {one["account"] for one in told_of} == {told_of[0]["account"]}


def test_a_line_of_no_event_has_nothing_to_tell_and_a_broken_one_is_refused() -> None:
    origin = Origin("web", "acme", lambda month, day: 2024, lambda second, raw: 0)
    assert trace(named(AUTO), b"", origin) == []
    assert trace(named(AUTO), b"May  4 10:00:00 gate cron[1]: x", origin) == []
    with pytest.raises(MalformedLine):
        trace(named("ocsf"), b"{", origin)


def test_nothing_is_counted_while_it_is_found_out() -> None:
    def refuse(second: int, line: bytes) -> int:
        raise AssertionError("counted")

    assert trace(named("sshd"), SSHD, Origin("web", "acme", lambda month, day: 2024, refuse))
