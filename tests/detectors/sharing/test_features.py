"""Features: what each says of a use, what is not known, and that all are documented."""

from math import isnan

import pytest
from hypothesis import given, settings

from detectors.sharing.features import FEATURES, is_rich, vector
from detectors.sharing.usage import Usage
from tests.detectors import histories
from tests.detectors.sharing.test_usage import two, used
from tests.detectors.story import CHROME, LYON, MAC, TANA, Story


def named(usage: Usage) -> dict[str, float]:
    return {f.name: v for f, v in zip(FEATURES, vector(usage), strict=True)}


def test_every_feature_is_described_in_both_languages() -> None:
    assert len({f.name for f in FEATURES}) == len(FEATURES)
    for feature in FEATURES:
        assert feature.unit
        assert feature.words.en.strip()
        assert feature.words.fr.strip()
        assert feature.words.en != feature.words.fr


def test_of_a_fresh_account_hardly_anything_is_known() -> None:
    values = named(Usage())
    assert isnan(values["copresent_days"])
    assert isnan(values["hours"])
    assert values["second"] == 0


def test_two_people_are_told_from_one() -> None:
    both = named(used(two(LYON, TANA).sorted()))
    one = named(used(Story().work(range(5), LYON, CHROME).sorted()))
    assert both["copresent_days"] == 1
    assert one["copresent_days"] == 0
    assert both["turns"] > 0.5
    assert isnan(one["turns"])
    assert both["countries"] == pytest.approx(2, abs=0.1)
    assert one["countries"] == 1
    assert both["second"] > 0.4
    assert one["second"] == 0
    assert both["same_days"] > 0.9


def test_two_people_by_turns_keep_other_hours() -> None:
    story = Story()
    for day in range(6):
        story.work([day], LYON, CHROME, 300, 700, name="early")
        story.work([day], LYON, MAC, 720, 1200, name="late")
    values = named(used(story.sorted()))
    assert values["same_hours"] < 0.3
    assert values["handovers"] > 0.5
    assert values["hours"] > named(used(Story().work(range(6), LYON, CHROME).sorted()))["hours"]


def test_a_log_of_sign_ons_alone_says_nothing_of_the_work() -> None:
    story = Story()
    for day in range(5):
        story.sign_on(day, 480, LYON, CHROME, f"a{day}").sign_on(day, 500, TANA, MAC, f"b{day}")
    usage = used(story.sorted())
    assert not is_rich(usage)
    values = named(usage)
    for name in ("copresent_days", "overlap", "turns", "relays"):
        assert isnan(values[name]), name
    assert values["countries"] > 1.9


def test_without_devices_versions_say_nothing() -> None:
    story = Story()
    for day in range(5):
        for step in range(9):
            story.use(day, 480 + 17 * step + day, LYON, None, f"s{day}")
    assert isnan(named(used(story.sorted()))["backwards"])


@settings(max_examples=30, deadline=None)
@given(histories.random_histories)
def test_whatever_happens_values_are_clipped_or_unknown(stream: list) -> None:
    for account in {event.account for event in stream}:
        mine = [event for event in stream if event.account == account]
        try:
            usage = used(mine)
        except KeyError:
            continue
        for feature, value in zip(FEATURES, vector(usage), strict=True):
            assert isnan(value) or 0 <= value <= feature.most, feature.name


def test_who_works_at_night_has_days_as_long_as_who_works_by_day() -> None:
    found = []
    for begins in (480, 1_200):
        story = Story()
        for day in range(12):
            story.work([day], LYON, CHROME, begins, begins + 480, name=f"shift-{day}")
        found.append(named(used(story.sorted())))
    by_day, by_night = found
    for name in ("span", "open_hours", "worked"):
        assert by_night[name] == pytest.approx(by_day[name], rel=0.12), name
    assert by_night["long_days"] < 0.2
    assert by_night["begun_apart"] < 1 or isnan(by_night["begun_apart"])


def test_two_shifts_fill_the_hours_of_each_day_and_rotas_do_not() -> None:
    relay, rota = Story(), Story()
    for day in range(9):
        relay.work([day], LYON, CHROME, 300, 700, name="early")
        relay.work([day], LYON, MAC, 720, 1_200, name="late")
        begins = (300, 540, 780)[day % 3]
        rota.work([day], LYON, CHROME, begins, begins + 440, name="shift")
    both, alone = named(used(relay.sorted())), named(used(rota.sorted()))
    assert both["long_days"] == 1
    assert alone["long_days"] == 0
    assert both["worked"] > 12 > alone["worked"]
    assert both["day_of_hours"] > 0.9 > alone["day_of_hours"]
