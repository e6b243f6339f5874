"""Map and time chart show what the sign-ins say, and no more."""

import msgspec

from detectors.core.event import DAY, HOUR, MINUTE, FailureReason
from detectors.core.place import Device, Form
from monitor.services.picture import MAXIMUM_LANES, Picture, picture
from tests.monitor.web.staging import NOON, account, day_of, sign_in, travel


def drawn(events: list, findings: list | None = None) -> Picture:  # type: ignore[type-arg]
    titles = {"impossible_travel": "Impossible travel"}
    return picture(events, findings or [], titles, (NOON, NOON + HOUR))


def test_sign_ins_of_one_place_are_one_spot() -> None:
    events = day_of("a", NOON, "desk", "s", 2) + day_of("a", NOON, "hosted", "t", 1)
    spots = {spot.city: spot for spot in drawn(events).spots}
    assert spots["Paris"].count == 7
    assert spots["Paris"].is_place
    assert spots["Paris"].radius_km == 20.0
    assert not spots["Frankfurt am Main"].is_place
    assert (spots["Paris"].first, spots["Paris"].last) == (NOON, NOON + 2 * HOUR)


def test_a_session_is_a_bar_on_its_devices_lane() -> None:
    events = day_of("a", NOON, "desk", "s", 2) + day_of("a", NOON + HOUR, "mobile", "t", 3)
    shown = drawn(events)
    assert [lane.label for lane in shown.lanes] == ["Firefox · Windows", "Mobile Safari · iOS"]
    assert [(bar.lane, bar.start, bar.end) for bar in shown.bars] == [
        (0, NOON, NOON + 2 * HOUR),
        (1, NOON + HOUR, NOON + 4 * HOUR),
    ]


def test_where_no_session_is_named_a_pause_ends_the_bar() -> None:
    times = (NOON, NOON + MINUTE, NOON + DAY)
    shown = drawn([sign_in("a", time, "desk") for time in times])
    assert [(bar.start, bar.end, bar.count) for bar in shown.bars] == [
        (NOON, NOON + MINUTE, 2),
        (NOON + DAY, NOON + DAY, 1),
    ]


def test_failures_are_no_session() -> None:
    shown = drawn([sign_in("a", NOON, "attack", reason=FailureReason.BAD_PASSWORD)])
    assert shown.bars == []
    assert [(one.time, one.reason) for one in shown.failures] == [(NOON, "bad_password")]
    assert shown.spots[0].failures == 1


def test_a_pair_of_places_is_one_arc_for_all_findings_on_it() -> None:
    here, there = sign_in("a", NOON, "desk"), sign_in("a", NOON + 22 * MINUTE, "abroad")
    later = sign_in("a", NOON + DAY + HOUR, "abroad")
    found = [travel(account("a"), one, here, crossings=1) for one in (later, there)]
    (arc,) = drawn([here, there, later], found).arcs
    assert arc.findings == (1, 2)
    assert arc.milliseconds == 22 * MINUTE
    assert 1_800 < arc.km < 1_950
    assert arc.end == (-7.61, 33.59)


def test_no_arc_leads_to_what_is_no_place_or_near() -> None:
    here, hosted = sign_in("a", NOON, "desk"), sign_in("a", NOON + MINUTE, "hosted")
    same = sign_in("a", NOON + MINUTE, "desk", session="x")
    found = [travel(account("a"), one, here, crossings=1) for one in (hosted, same)]
    assert drawn([here, hosted, same], found).arcs == []


def test_a_mark_stands_on_the_lane_of_its_event() -> None:
    here, there = sign_in("a", NOON, "desk"), sign_in("a", NOON + MINUTE, "abroad")
    found = [travel(account("a"), there, here, crossings=1)]
    assert [(mark.lane, mark.title) for mark in drawn([here, there], found).marks] == [
        (1, "Impossible travel")
    ]
    assert drawn([], found).marks[0].lane is None


def test_many_devices_share_the_last_lane() -> None:
    events = [
        msgspec.structs.replace(
            sign_in("a", NOON + n * MINUTE, "desk", session=f"s{n}"),
            device=Device(f"d{n}", "Firefox", "Linux", Form.DESKTOP),
        )
        for n in range(60)
    ]
    shown = drawn(events)
    assert len(shown.lanes) == MAXIMUM_LANES
    assert shown.lanes[-1].others
    assert {bar.lane for bar in shown.bars} == set(range(MAXIMUM_LANES))


def test_what_has_no_place_is_counted() -> None:
    event = msgspec.structs.replace(sign_in("a", NOON), place=None, network=None, device=None)
    shown = drawn([event])
    assert (shown.spots, shown.unlocated) == ([], 1)
    assert shown.lanes[0].label == event.ip
