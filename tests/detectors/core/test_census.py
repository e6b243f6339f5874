"""A census of sign-ons: any order gives the same, each account once a day, bounded, and closed."""

import random
from itertools import permutations
from typing import Any

import msgspec
import pytest
from msgspec import structs

from detectors.core.census import (
    LEAP,
    LEAST_COUNTED,
    LEAST_TODAY,
    MAXIMUM_ASKED,
    MAXIMUM_SHOWN,
    MAXIMUM_VALUES,
    MOST_COMING,
    MOST_SERVERS,
    Arrivals,
    Census,
    Tally,
    headcount,
    is_arrival,
    is_counted,
    names_of_server,
    shares,
)
from detectors.core.event import DAY, HOUR, MINUTE, Activity, Outcome, SignIn
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


SERVER = Network(64_900, "Rented", NetworkKind.HOSTING)
VPN = Network(64_901, "Tunnel", NetworkKind.VPN)
ADDRESS = "198.51.100.7"
LINE, PROVIDER = names_of_server(SERVER, ADDRESS)


def at_server(account: int, day: int, hour: int = 9, **fields: Any) -> SignIn:
    return sign_on(account, day, hour, **{"network": SERVER, "ip": ADDRESS, **fields})


def arrived(events: list[SignIn], day: int = 100) -> dict[int, Arrivals]:
    """Who came where on a day that goes on, saved after each event."""
    census = Census()
    census.pass_to(day, LAG)
    for event in events:
        assert is_arrival(event)
        census.arrive(event, LAG)
        census = msgspec.msgpack.decode(msgspec.msgpack.encode(census), type=Census)
    return census.days[day].arrivals


def test_who_comes_to_a_server_is_counted_by_the_first_time() -> None:
    events = [at_server(n, 100, hour=9 + n) for n in range(3)]
    events += [at_server(0, 100, hour=15), at_server(2, 100, hour=7)]
    arrivals = arrived(events)
    for name in (LINE, PROVIDER):
        times = [100 * DAY + hour * HOUR for hour in (7, 9, 10)]
        assert sorted(arrivals[name].signed_on.values()) == times


def test_sign_ons_uses_and_failures_are_told_apart() -> None:
    events = [at_server(1, 100), at_server(2, 100, activity=Activity.OTHER)]
    events.append(at_server(3, 100, outcome=Outcome.FAILURE))
    one = arrived(events)[LINE]
    assert [len(of) for of in (one.signed_on, one.used, one.failed)] == [1, 1, 1]


def test_others_are_counted_that_came_before_and_not_the_account_itself() -> None:
    one = Arrivals({1: 10, 2: 20, 3: 30})
    assert [one.people(9, at) for at in (10, 11, 30, 31)] == [0, 1, 2, 3]
    assert one.people(1, 31) == 2


def test_who_only_uses_a_session_there_counts_by_half() -> None:
    """His may be one of several stolen."""
    one = Arrivals({1: 10}, {1: 5, 2: 20, 3: 30, 4: 40, 5: 50})
    assert [one.people(9, at) for at in (11, 31, 51)] == [1, 2, 3]
    assert one.people(2, 51) == 2


def test_as_many_who_only_fail_there_make_it_an_attacks() -> None:
    came = {1: 10, 2: 20, 3: 30, 4: 40}
    assert Arrivals(came, {}, {5: 11, 6: 12}).people(9, 50) == 4
    assert Arrivals(came, {}, {5: 11, 6: 12, 7: 13}).people(9, 50) == 0
    assert Arrivals(came, {}, {5: 11, 6: 12, 7: 60}).people(9, 50) == 4, "not yet"
    assert Arrivals(came, {}, {1: 9, 2: 19, 3: 29}).people(9, 50) == 4, "they got in after all"


def test_who_gets_in_afterwards_has_only_failed_until_then() -> None:
    """What comes of them is told by a later batch, or when an old event is folded again."""
    came, failed = {1: 10, 2: 20, 3: 30}, {5: 11, 6: 12}
    until_now = Arrivals(came, {}, failed).people(9, 50)
    assert until_now == 0
    assert Arrivals({**came, 5: 60}, {}, failed).people(9, 50) == until_now


def test_a_large_companys_slips_of_the_pen_are_no_attack() -> None:
    """Two hundred people on a morning, one in fifteen of whom gets in at the second try."""
    events = []
    for n in range(200):
        time = 100 * DAY + n * MINUTE
        if n % 15 == 0:
            events.append(at_server(n, 100, time=time, outcome=Outcome.FAILURE))
        events.append(at_server(n, 100, time=time + 1))
    arrivals = arrived(events)[LINE]
    for hours in (0.5, 1, 2, 24):
        assert arrivals.people(0, 100 * DAY + round(hours * HOUR)) >= LEAST_TODAY


def test_who_uses_or_tries_an_account_at_a_server_arrives_there() -> None:
    assert is_arrival(at_server(1, 100))
    assert is_arrival(at_server(1, 100, network=VPN))
    assert is_arrival(at_server(1, 100, outcome=Outcome.FAILURE))
    assert is_arrival(at_server(1, 100, activity=Activity.OTHER))
    for fields in (
        {"network": sign_on(1, 100).network},
        {"network": None},
        {"network": structs.replace(SERVER, kind=NetworkKind.TOR)},
        {"network": structs.replace(SERVER, kind=NetworkKind.RELAY)},
        {"account": ""},
        {"corroborating": True},
        {"activity": Activity.LOGOFF},
        {"activity": Activity.OTHER, "outcome": Outcome.FAILURE},
        {"device": structs.replace(CHROME, form=Form.SCRIPT)},
    ):
        assert not is_arrival(structs.replace(at_server(1, 100), **fields)), fields


def test_a_server_is_known_by_its_line_and_its_provider_and_a_vpn_by_its_address() -> None:
    assert set(names_of_server(SERVER, "198.51.100.99")) == {LINE, PROVIDER}
    [line] = set(names_of_server(SERVER, "203.0.113.9")) - {PROVIDER}
    assert line != LINE
    assert names_of_server(structs.replace(SERVER, asn=None), ADDRESS) == (LINE,)
    exits = {names_of_server(VPN, ip) for ip in (ADDRESS, "198.51.100.99")}
    assert [len(names) for names in exits] == [1, 1]


def test_arrivals_in_any_order_are_the_same() -> None:
    few = [at_server(n % 3, 100, hour=9 + n) for n in range(4)]
    few.append(at_server(7, 100, hour=8, outcome=Outcome.FAILURE))
    in_order = arrived(few)
    assert all(arrived([*some]) == in_order for some in permutations(few))
    many = [
        at_server(
            n % 60,
            100,
            hour=n % 24,
            ip=f"203.0.{n % 40}.9",
            outcome=Outcome.FAILURE if n % 7 == 0 else Outcome.SUCCESS,
            activity=Activity.OTHER if n % 7 in (1, 2) else Activity.LOGON,
        )
        for n in range(1_000)
    ]
    sorted_out = arrived(sorted(many, key=lambda event: event.time))
    random.Random(5).shuffle(many)
    assert arrived(many) == sorted_out


def test_more_servers_than_are_kept_come_to_the_same_in_any_order() -> None:
    """One person at each of very many, and a company's people at one."""
    events = [
        at_server(1_000 + n, 100, hour=n % 9, ip=f"10.{n >> 8}.{n & 255}.9", network=VPN)
        for n in range(MOST_SERVERS + 40)
    ]
    events += [at_server(n, 100, hour=10 + n) for n in range(4)]
    in_order = arrived(events)
    assert LINE in in_order, "of a company that moves after all the others came"
    assert arrived(events[::-1]) == in_order


def test_arrivals_are_bounded_and_the_first_who_come_are_kept() -> None:
    events = [at_server(n, 100, hour=23 - n // 4) for n in range(90)]
    failed = {"outcome": Outcome.FAILURE, "activity": Activity.LOGON}
    others = [at_server(n, 100, hour=n % 24, **failed) for n in range(200, 240)]
    others += [at_server(n, 100, activity=Activity.OTHER) for n in range(300, 340)]
    others += [at_server(n, 100, ip=f"10.{n >> 8}.{n & 255}.9") for n in range(MOST_SERVERS + 9)]
    arrivals = arrived([*events, *others])
    assert len(arrivals) == MOST_SERVERS
    for one in arrivals.values():
        assert all(len(of) <= MOST_COMING for of in (one.signed_on, one.used, one.failed))
    first = arrived(events)[LINE].signed_on
    assert sorted(first.values()) == sorted(event.time for event in events)[:MOST_COMING]


def test_what_was_known_already_changes_nothing() -> None:
    census = Census()
    census.pass_to(100, LAG)
    assert census.arrive(at_server(1, 100), LAG)
    assert not census.arrive(at_server(1, 100, hour=10), LAG)
    assert census.arrive(at_server(1, 100, hour=8), LAG)
    assert census.arrive(at_server(1, 100, outcome=Outcome.FAILURE), LAG)
    assert not census.arrive(at_server(1, 100, ip=None), LAG)
    assert not census.arrive(at_server(2, 98), LAG), "closed"
    assert not census.arrive(at_server(2, 101), LAG), "not yet begun"


def test_a_closed_day_keeps_when_people_came_where_a_company_may_have_moved_to() -> None:
    census = Census()
    census.pass_to(100, LAG)
    for n in range(LEAST_TODAY):
        census.arrive(at_server(n, 100, hour=9 + n), LAG)
        census.arrive(at_server(n % 2, 100, ip="203.0.113.9", network=VPN), LAG)
    census.arrive(at_server(9, 100, outcome=Outcome.FAILURE), LAG)
    before = msgspec.msgpack.decode(msgspec.msgpack.encode(census), type=Census).days[100].arrivals
    closed = census.pass_to(102, LAG)[100].arrivals
    assert set(closed) == {LINE, PROVIDER}
    for name, one in closed.items():
        assert one == before[name], "what is folded again finds the same"
    assert census.days == {}
