"""A census of sign-ons: any order gives the same, each account once a day, bounded, and closed."""

import random
from typing import Any

import msgspec
import pytest
from msgspec import structs

from detectors.core.census import (
    LEAP,
    LEAST_COUNTED,
    MAXIMUM_ASKED,
    MAXIMUM_SHOWN,
    MAXIMUM_VALUES,
    Census,
    Tally,
    headcount,
    is_counted,
    shares,
)
from detectors.core.event import DAY, HOUR, Activity, Outcome, SignIn
from detectors.core.identity import timed_id
from detectors.core.place import Device, Form, Network, NetworkKind, Place
from detectors.core.population import address_of

LAG = 2
PLACE = Place("FR", None, None, 45.7, 4.8)
CHROME = Device("f", "Chrome", "Windows", Form.DESKTOP)


def sign_on(account: int, day: int, hour: int = 9, asn: int = 64_500, **fields: Any) -> SignIn:
    time = day * DAY + hour * HOUR
    one = SignIn(
        id=timed_id(time, str(account), str(asn)),
        time=time,
        tenant="t",
        account=f"u{account}",
        activity=Activity.LOGON,
        outcome=Outcome.SUCCESS,
        place=PLACE,
        network=Network(asn, "X", NetworkKind.FIXED),
        device=CHROME,
    )
    return structs.replace(one, **fields)


def counted(events: list[SignIn], until: int) -> dict[int, Tally]:
    census = Census()
    closed: dict[int, Tally] = {}
    for event in events:
        closed |= census.pass_to(event.time // DAY, LAG)
        if is_counted(event):
            census.count(event, LAG)
        census = msgspec.msgpack.decode(msgspec.msgpack.encode(census), type=Census)
    return closed | census.pass_to(until, LAG)


def test_an_account_counts_once_a_day_whatever_it_does() -> None:
    events = [sign_on(n % 3, 100, hour=9, asn=64_500 + n % 2) for n in range(60)]
    tally = counted(events, 102)[100]
    assert tally.asked == 3
    assert tally.shown["networks"] == {"64500": 3, "64501": 3}
    assert tally.shown["hours"] == {"9": 3}
    assert tally.shown["devices"] == {"Chrome/Windows": 3}
    assert tally.shown["countries"] == {"FR": 3}
    assert tally.shown["kinds"] == {"fixed": 3}


def test_any_order_within_the_lag_gives_the_same() -> None:
    events = [
        sign_on(n % 200, 100 + n // 400, hour=n % 24, asn=64_500 + n % 90) for n in range(800)
    ]
    in_order = counted(events, 110)
    pick = random.Random(3)
    shuffled = sorted(events, key=lambda event: event.time + pick.randrange(20 * HOUR))
    assert counted(shuffled, 110) == in_order
    assert in_order[100].scale > 1, "thinned out"


def test_it_is_bounded() -> None:
    events = [sign_on(n, 100, asn=n // 2 + 1) for n in range(3_000)]
    tally = counted(events, 102)[100]
    assert tally.asked <= MAXIMUM_ASKED
    assert 1_500 < tally.asked * tally.scale < 6_000
    assert all(len(values) <= MAXIMUM_VALUES + 1 for values in tally.shown.values())
    many = [sign_on(1, 100, asn=n) for n in range(100)]
    assert sum(counted(many, 102)[100].shown["networks"].values()) <= MAXIMUM_SHOWN


def test_an_office_is_known_by_a_digest_of_its_address() -> None:
    events = [sign_on(n, 100, ip="192.0.2.7") for n in range(5)]
    events += [sign_on(n, 100, ip=f"2001:db8:1:2::{n}") for n in range(5, 9)]
    shown = counted(events, 102)[100].shown["addresses"]
    assert shown == {address_of("192.0.2.7"): 5, address_of("2001:db8:1:2::99"): 4}
    assert "192.0.2.7" not in shown
    few = [sign_on(n, 100, ip="192.0.2.7") for n in range(3)]
    assert counted(few, 102)[100].shown["addresses"] == {"": 3}


def test_an_exit_is_known_by_how_many_come_from_it_be_it_on_different_days() -> None:
    """Three people of a small company have its VPN, each now and then: no day shows it."""
    events = [sign_on(n, 100 + day) for day in range(6) for n in range(20)]
    events += [sign_on(n, 100 + 2 * n, hour=10, ip="192.0.2.7") for n in range(3)]
    events += [sign_on(n, 100 + n, hour=10, ip="192.0.2.9") for n in range(2)]
    events += [sign_on(3, 100 + day, hour=11, ip="192.0.2.8") for day in range(6)]
    events.sort(key=lambda event: event.time)
    tallies = counted(events, 110)
    found = shares(tallies.values())
    assert found is not None
    assert found.exits == {address_of("192.0.2.7")}
    assert not found.crowds
    assert found.addresses == {}, "too few on any one day"


def test_a_crowd_is_known_by_how_many_come_from_an_address() -> None:
    events = [sign_on(n, 100 + day) for day in range(6) for n in range(20)]
    events += [sign_on(n, 100 + n, hour=10, ip="192.0.2.7") for n in range(6)]
    events += [sign_on(n % 5, 100 + n, hour=11, ip="192.0.2.8") for n in range(6)]
    events.sort(key=lambda event: event.time)
    found = shares(counted(events, 110).values())
    assert found is not None
    assert address_of("192.0.2.7") in found.crowds
    assert address_of("192.0.2.8") in found.exits - found.crowds


def test_what_one_account_alone_shows_is_nobodys_habit() -> None:
    events = [*(sign_on(n, 100) for n in range(5)), sign_on(7, 100, asn=65_000)]
    tally = counted(events, 102)[100]
    assert tally.shown["networks"] == {"64500": 5, "": 1}


def test_failures_programs_activity_and_second_tellings_do_not_count() -> None:
    assert is_counted(sign_on(1, 100))
    script = structs.replace(CHROME, form=Form.SCRIPT)
    for fields in (
        {"outcome": Outcome.FAILURE},
        {"activity": Activity.OTHER},
        {"corroborating": True},
        {"device": script},
        {"account": ""},
    ):
        assert not is_counted(structs.replace(sign_on(1, 100), **fields))


def test_a_closed_day_does_not_change() -> None:
    census = Census()
    census.pass_to(100, LAG)
    assert census.count(sign_on(1, 100), LAG)
    assert not census.count(sign_on(1, 100), LAG), "known already"
    assert census.pass_to(101, LAG) == {}
    assert census.count(sign_on(2, 100), LAG)
    assert census.pass_to(102, LAG)[100].asked == 2
    assert not census.count(sign_on(3, 100), LAG)
    assert census.days == {}
    assert census.values == {}


def test_one_stamp_far_ahead_closes_nothing_and_a_second_one_does() -> None:
    census = Census()
    census.pass_to(100, LAG)
    census.count(sign_on(1, 100), LAG)
    assert census.pass_to(100 + LEAP + 1, LAG) == {}
    assert not census.count(sign_on(1, 100 + LEAP + 1), LAG)
    assert census.latest == 100
    assert list(census.pass_to(100 + LEAP + 2, LAG)) == [100]


def test_shares_need_enough_and_weigh_days_by_how_many_there_were() -> None:
    assert shares([Tally(99, 1, {"networks": {"1": 60, "": 39}})]) is None
    day = Tally(100, 1, {"networks": {"1": 60, "": 40}})
    large = Tally(100, 4, {"networks": {"2": 100}})
    assert LEAST_COUNTED == 100
    found = shares([day, large])
    assert found is not None
    assert found.total == 500
    assert found.networks == {"1": 60, "2": 400}


@pytest.mark.parametrize("people", [5, 40, 120, 900])
def test_a_headcount_is_of_people_and_not_of_days(people: int) -> None:
    events = [
        sign_on(n, 100 + day, ip=f"192.0.2.{n % 200}")
        for day in range(10)
        for n in range(people)
        if (n + day) % 5
    ]
    found = headcount(counted(events, 112).values())
    assert found == pytest.approx(people, rel=0.25)
    assert headcount([]) == 0
    assert headcount([Tally(9, 2, {}, b"")]) == 18, "a log without addresses"
