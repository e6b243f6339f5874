"""Signs: what needs no model, from where it begins to count, and what is none."""

from math import nan

import pytest

from detectors.sharing.features import FEATURES, vector
from detectors.sharing.signs import AT_ONCE, BY_TURNS, Sign, signs
from detectors.sharing.usage import Usage
from tests.detectors.sharing.test_usage import two, used
from tests.detectors.story import CHROME, FIREFOX, LYON, LYON_HOME, MAC, TANA, Story

NONE = dict.fromkeys((f.name for f in FEATURES), nan)


def seen(story: Story) -> list[Sign]:
    usage = used(story.sorted())
    return signs(usage, {f.name: v for f, v in zip(FEATURES, vector(usage), strict=True)})


def known(days: float = 10, copresent: float = 5, **values: float) -> list[Sign]:
    usage = Usage()
    usage.sums.days, usage.sums.copresent = days, copresent
    return signs(usage, {**NONE, **values})


def test_two_people_at_once_are_a_sign_on_any_line() -> None:
    for where in (LYON, LYON_HOME, TANA):
        [sign] = seen(two(LYON, where, CHROME, MAC))
        assert (sign.group, sign.nats) == ("overlap", pytest.approx(AT_ONCE))


def test_one_person_is_none() -> None:
    assert not seen(Story().work(range(10), LYON, CHROME))


def test_a_second_browser_beside_the_first_is_none() -> None:
    assert not seen(two(LYON, LYON, CHROME, FIREFOX))


def test_one_odd_day_is_none() -> None:
    assert not seen(two(LYON, TANA, days=1).work(range(1, 5), LYON, CHROME))


@pytest.mark.parametrize(
    ("copresent_days", "turns", "nats"),
    [(0.05, 1.0, 0), (0.15, 1.0, AT_ONCE), (0.1, 1.0, AT_ONCE / 2), (1.0, 0.3, 0), (1.0, nan, 0)],
)
def test_days_and_turns_both_count(copresent_days: float, turns: float, nats: float) -> None:
    found = known(copresent_days=copresent_days, turns=turns)
    assert sum(sign.nats for sign in found) == pytest.approx(nats)


@pytest.mark.parametrize(
    ("same_hours", "second", "hours", "nats"),
    [
        (0.3, 0.3, 13, BY_TURNS),
        (0.7, 0.3, 13, 0),
        (0.3, 0.05, 13, 0),
        (0.3, 0.3, 9, 0),
        (nan, 0.3, 13, 0),
        (0.5, 0.3, 13, BY_TURNS / 2),
    ],
)
def test_hours_must_be_apart_and_many(
    same_hours: float, second: float, hours: float, nats: float
) -> None:
    found = known(same_hours=same_hours, second=second, hours=hours)
    assert sum(sign.nats for sign in found) == pytest.approx(nats)


def test_a_few_days_say_nothing() -> None:
    assert not known(days=4, same_hours=0.1, second=0.4, hours=14)
    assert not known(copresent=1.5, copresent_days=1.0, turns=1.0)
