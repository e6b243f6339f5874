"""What a log shows of an account: counted once, the most used first, each hour where it was."""

from detectors.core.event import DAY, HOUR, MINUTE, Activity, FailureReason
from monitor.services.activity import (
    addresses_of,
    devices_of,
    handle_of,
    hours_of,
    networks_of,
    places_of,
    sessions_of,
    weeks_of,
)
from tests.monitor.web.staging import DESK, LAPTOP, NOON, day_of, sign_in

UID = "u-1"
DAYS = [
    *day_of(UID, NOON - 2 * HOUR, "desk", "s-1", 8),
    *day_of(UID, NOON + DAY, "abroad", "s-2", 2),
    sign_in(UID, NOON + 2 * DAY, "desk", session="s-3"),
    sign_in(UID, NOON + 2 * DAY + MINUTE, "hosted", reason=FailureReason.BAD_PASSWORD),
    sign_in(UID, NOON + 2 * DAY + 2 * MINUTE, "hosted", reason=FailureReason.BAD_PASSWORD),
]


def test_a_session_that_was_left_is_not_open() -> None:
    [one] = sessions_of(DAYS, "s-3")
    assert one.session == "s-3"
    assert one.is_here
    assert one.handle == handle_of("s-3")


def test_devices_are_what_it_was_used_on_and_not_what_failed() -> None:
    found = devices_of(DAYS)
    assert [(one.device, one.uses) for one in found] == [(DESK, 25), (LAPTOP, 6)]
    assert [one.city for one in found[1].places] == ["Casablanca"]
    assert devices_of(DAYS, LAPTOP)[0].is_here


def test_places_tell_a_network_that_is_no_place_apart() -> None:
    found = [(one.city, one.is_place, one.uses, one.failures) for one in places_of(DAYS)]
    assert found == [
        ("Paris", True, 25, 0),
        ("Casablanca", True, 6, 0),
        ("Frankfurt am Main", False, 0, 2),
    ]


def test_networks_and_addresses_count_uses_and_failures() -> None:
    assert [(one.asn, one.uses, one.failures) for one in networks_of(DAYS)] == [
        (3215, 25, 0),
        (36903, 6, 0),
        (24940, 0, 2),
    ]
    found = {one.ip: (one.uses, one.failures, one.first, one.last) for one in addresses_of(DAYS)}
    assert found["88.198.7.1"] == (0, 2, NOON + 2 * DAY + MINUTE, NOON + 2 * DAY + 2 * MINUTE)


def test_hours_are_those_of_the_calendar() -> None:
    found = hours_of(DAYS)
    assert [one.hour for one in found] == sorted(one.hour for one in found)
    assert sum(one.uses for one in found) == 31
    last = found[-1]
    assert (last.hour, last.uses, last.failures) == ((NOON + 2 * DAY) // HOUR, 1, 2)


def test_weeks_begin_on_monday() -> None:
    # 2026-05-13 is a Wednesday, six days later the next week.
    later = sign_in(UID, NOON + 6 * DAY, "desk", session="s-4")
    second, first = weeks_of([*DAYS, later])
    assert (first.sessions, first.devices, first.networks, first.places) == (3, 2, 2, 2)
    assert (first.uses, first.failures) == (31, 2)
    assert second.start - first.start == 7 * DAY
    assert (first.start // DAY + 3) % 7 == 0


def test_leaving_is_no_use() -> None:
    left = sign_in(UID, NOON, "desk", session="s", activity=Activity.LOGOFF)
    assert places_of([left]) == []
    assert hours_of([left]) == []
