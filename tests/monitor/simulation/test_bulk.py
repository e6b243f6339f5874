"""Lines by the million: valid, sorted, the same again, and quick."""

import json
from collections import Counter
from collections.abc import Callable
from itertools import islice
from time import thread_time

import pytest

from detectors.core.event import DAY
from monitor.formats.format import Origin, formats
from monitor.simulation.bulk import FAILURES, bulk

START = 1_750_000_000_000


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert list(bulk(1, 500, 100)) == list(bulk(1, 500, 100))
    assert list(bulk(1, 500, 100)) != list(bulk(2, 500, 100))


def test_every_line_is_read_by_vigie() -> None:
    ocsf = formats()["ocsf"]
    origin = Origin("replay", "none", lambda _month, _day: 2026, lambda _second, _line: 0)
    uids = set()
    for line in bulk(3, 5_000, 400, START):
        (event,) = ocsf.parse(line, origin)
        assert event.account.startswith("usr-")
        assert event.ip is not None
        uids.add(event.uid)
    assert len(uids) == 5_000


def test_times_are_sorted_over_the_whole_span() -> None:
    times = [json.loads(line)["time"] for line in bulk(1, 3_000, 200, START, 2 * DAY)]
    assert times == sorted(times)
    assert times[0] == START
    assert START + 1.99 * DAY < times[-1] < START + 2 * DAY


def test_the_mix_is_mostly_activity() -> None:
    records = [json.loads(line) for line in bulk(1, 40_000, 1_000)]
    failures = sum(record["status_id"] == 2 for record in records)
    assert 0.02 < failures / len(records) < 0.05
    assert abs(failures / len(records) - FAILURES) < 0.01
    kinds = Counter(record["activity_id"] for record in records)
    assert kinds[5] + kinds[99] > 0.8 * len(records)
    assert 0 < kinds[2] <= kinds[1]
    assert len({record["user"]["uid"] for record in records}) == 1_000


def test_a_session_is_left_after_it_was_begun() -> None:
    begun, left = {}, []
    for number, line in enumerate(bulk(1, 40_000, 1_000, START, 3 * DAY)):
        record = json.loads(line)
        if record["status_id"] != 1:
            continue
        session = record["session"]["uid"]
        if record["activity_id"] == 1:
            begun[session] = number
        elif record["activity_id"] == 2:
            left.append((session, number))
    known = [(begun[session], at) for session, at in left if session in begun]
    assert len(known) > 500
    assert all(start < at for start, at in known)


def test_an_account_keeps_its_address_and_program() -> None:
    seen: dict[str, set[tuple[str, str]]] = {}
    for line in bulk(1, 20_000, 300):
        record = json.loads(line)
        if record["status_id"] == 1:
            one = record["src_endpoint"]["ip"], record["http_request"]["user_agent"]
            seen.setdefault(record["user"]["uid"], set()).add(one)
    assert all(len(ways) == 1 for ways in seen.values())
    offices = Counter(ip for ways in seen.values() for ip, _ in ways)
    assert max(offices.values()) >= 40


@pytest.mark.parametrize("accounts", [10_000, 1_000_000])
def test_it_is_quick_however_many_there_are(
    accounts: int, record_property: Callable[[str, object], None]
) -> None:
    lines = bulk(1, 10_000_000, accounts)
    next(lines)
    begin = thread_time()
    count = sum(1 for _ in islice(lines, 50_000))
    rate = count / (thread_time() - begin)
    record_property("lines per second", round(rate))
    assert rate > 30_000


@pytest.mark.parametrize(("events", "accounts", "span"), [(1, 0, 1), (-1, 1, 1), (1, 1, 0)])
def test_nobody_and_nothing_are_refused(events: int, accounts: int, span: int) -> None:
    with pytest.raises(ValueError, match="are none"):
        bulk(1, events, accounts, START, span)
