"""The way over the map says how fast somebody would have been, and believes no VPN's place."""

from detectors.core.event import HOUR
from monitor.services.journeys import FLIGHT_KMH, MOST, journey
from tests.monitor.web.staging import NOON, sign_in


def test_a_leg_says_how_far_and_how_fast_at_least() -> None:
    there, here = sign_in("u", NOON, "desk"), sign_in("u", NOON + HOUR, "abroad")
    (leg,) = journey([(there, True), (here, True)])
    assert (leg.whence, leg.whither, leg.times) == ("Paris (FR)", "Casablanca (MA)", 1)
    # What the two places are uncertain by (20 and 50 km) is left aside.
    assert leg.kmh == leg.km - 70 > FLIGHT_KMH
    assert leg.milliseconds == HOUR


def test_the_quickest_of_many_is_told_and_they_are_counted() -> None:
    events = []
    for n, hours in enumerate((5, 2, 9)):
        start = NOON + n * 100 * HOUR
        events += [sign_in("u", start, "desk"), sign_in("u", start + hours * HOUR, "abroad")]
    found = {(leg.whence, leg.whither): leg for leg in journey((one, True) for one in events)}
    leg = found["Paris (FR)", "Casablanca (MA)"]
    assert (leg.times, leg.milliseconds) == (3, 2 * HOUR)
    assert len(found) == 2 <= MOST


def test_what_is_no_place_and_what_is_near_is_left_out() -> None:
    desk, vpn = sign_in("u", NOON, "desk"), sign_in("u", NOON + HOUR, "hosted")
    assert journey([(desk, True), (vpn, False), (sign_in("u", NOON + 9, "desk"), True)]) == []


def test_at_the_same_instant_it_is_no_infinity() -> None:
    pair = [(sign_in("u", NOON, "desk"), True), (sign_in("u", NOON, "abroad"), True)]
    assert journey(pair)[0].kmh < 10**8
