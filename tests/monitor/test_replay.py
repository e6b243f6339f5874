"""Replay's parts: what is read, merged and folded is the same whatever way it comes."""

from pathlib import Path

import pytest

from monitor.formats.detection import named
from monitor.replay import Read, Reading, merge
from monitor.sources.source import SourceError
from monitor.sources.specification import open_source

NOW = 1_800_000_000_000
GUESS = b"Jan  3 14:00:07 web sshd[7]: Failed password for root from 203.0.113.9 port 4022 ssh2"


def read(tmp_path: Path, *logs: list[bytes], form: str = "sshd") -> tuple[Reading, list[Read]]:
    reading = Reading(named(form), "t")
    for number, lines in enumerate(logs):
        path = tmp_path / f"{number}.log"
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        source = open_source(str(path), str(path), follow=False)
        for _ in reading.take(source):
            pass
        source.close()
    return reading, reading.finish(NOW)


def test_identical_lines_are_events_each_and_the_same_log_twice_is_one(tmp_path: Path) -> None:
    reading, events = read(tmp_path, [GUESS, GUESS], [GUESS, GUESS, GUESS])
    assert len(events) == 5
    merged = merge(events, reading.books)
    assert len(merged) == 3
    assert reading.books.repeated == 2
    assert {(one.input, one.line) for one in merged} == {(0, 1), (0, 2), (1, 3)}


def test_merging_sorts_by_time_whatever_the_files(tmp_path: Path) -> None:
    later = GUESS.replace(b"14:00:07", b"15:00:07")
    _, one_way = read(tmp_path, [later, GUESS])
    reading, other_way = read(tmp_path, [GUESS], [later])
    assert [r.id for r in merge(one_way, reading.books)] == [
        r.id for r in merge(other_way, reading.books)
    ]


def test_years_follow_from_all_lines_together(tmp_path: Path) -> None:
    december = GUESS.replace(b"Jan  3", b"Dec 30")
    _, events = read(tmp_path, [GUESS], [december])
    first, second = sorted(one.id for one in events)
    between = int.from_bytes(second[:6], "big") - int.from_bytes(first[:6], "big")
    assert between == 4 * 24 * 3_600_000


def test_each_line_is_told_under_its_own_format(tmp_path: Path) -> None:
    ocsf = (
        b'{"class_uid":3002,"activity_id":1,"status_id":1,"time":1790000000000,'
        b'"user":{"uid":"u"},"metadata":{"uid":"1"}}'
    )
    _, events = read(tmp_path, [GUESS, ocsf], form="auto")
    assert [(one.line, one.format) for one in events] == [(1, "sshd"), (2, "ocsf")]


def test_unreadable_lines_are_counted_and_the_first_are_told(tmp_path: Path) -> None:
    bad = b"Jan  3 14:00:07 web sshd[7]: Failed password for"
    reading, events = read(tmp_path, [bad] * 30 + [GUESS])
    assert len(events) == 1
    assert reading.books.rejected == 30
    assert [r.position for r in reading.books.first_rejects] == [
        f"{tmp_path / '0.log'}:{n}" for n in range(1, 11)
    ]


def test_a_missing_log_is_an_error(tmp_path: Path) -> None:
    reading = Reading(named("auto"), "t")
    source = open_source(str(tmp_path / "none.log"), "none", follow=False)
    with pytest.raises(SourceError, match=r"none\.log"):
        list(reading.take(source))
