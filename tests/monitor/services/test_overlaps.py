"""Sharing is seen where two lanes are at work at once; what one person may do is told apart."""

from detectors.core.event import HOUR, MINUTE
from monitor.services.overlaps import MOST, Stretch, hand_overs, sublanes, together
from tests.monitor.web.staging import CASABLANCA, LYON, PARIS


def test_two_at_once_far_apart() -> None:
    found = together([Stretch(0, 0, 4 * HOUR, PARIS), Stretch(1, HOUR, 2 * HOUR, CASABLANCA)])
    assert [(one.start, one.end, one.lanes) for one in found] == [(HOUR, 2 * HOUR, (0, 1))]
    assert 1_800 < found[0].km < 2_000


def test_two_in_one_place_are_near_and_one_after_another_are_not_at_once() -> None:
    assert together([Stretch(0, 0, 9, PARIS), Stretch(1, 1, 5, PARIS)])[0].km == 0
    assert together([Stretch(0, 0, 5, PARIS), Stretch(1, 5, 9, LYON)]) == []
    assert together([Stretch(0, 0, 9, PARIS), Stretch(0, 1, 5, LYON)]) == []
    assert together([Stretch(0, 0, 9, None), Stretch(1, 1, 5, LYON)])[0].km == 0


def test_a_third_one_splits_the_time() -> None:
    three = [Stretch(0, 0, 9, PARIS), Stretch(1, 2, 8, LYON), Stretch(2, 4, 6, CASABLANCA)]
    assert [(one.start, one.end, one.lanes) for one in together(three)] == [
        (2, 4, (0, 1)),
        (4, 6, (0, 1, 2)),
        (6, 8, (0, 1)),
    ]


def test_there_are_never_too_many() -> None:
    many = [Stretch(n % 2, 10 * n, 10 * n + 15, PARIS) for n in range(3 * MOST)]
    assert len(together(many)) == MOST


def test_who_goes_on_soon_elsewhere_takes_over() -> None:
    end = 8 * HOUR
    found = hand_overs(
        [
            Stretch(0, 0, end, PARIS),
            Stretch(1, end + 10 * MINUTE, end + HOUR, CASABLANCA),
            Stretch(0, end + 3 * HOUR, end + 4 * HOUR, PARIS),
        ]
    )
    assert [(one.left_lane, one.taken_lane, one.taken - one.left) for one in found] == [
        (0, 1, 10 * MINUTE)
    ]
    assert found[0].km > 1_800


def test_while_another_goes_on_nobody_takes_over() -> None:
    some = [Stretch(0, 0, 9, PARIS), Stretch(1, 1, 3, LYON), Stretch(1, 4, 6, LYON)]
    assert hand_overs(some) == []


def test_a_device_in_two_places_at_once_is_two_machines() -> None:
    some = [Stretch(0, 0, 9, PARIS), Stretch(0, 3, 6, CASABLANCA), Stretch(0, 10, 12, CASABLANCA)]
    assert sublanes(enumerate(some)) == {0: 0, 1: 1, 2: 1}
    travels = [Stretch(0, 0, 9, PARIS), Stretch(0, 10, 12, CASABLANCA)]
    assert set(sublanes(enumerate(travels)).values()) == {0}
