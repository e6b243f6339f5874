"""The contract of detectors: laws run over every one there is, and over planted faults."""

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from detectors.core import registry
from detectors.core.detector import Detector
from detectors.core.event import Event
from detectors.core.standing import is_of_campaigns
from tests.detectors import crowd, histories, laws, planted

LOADED = registry.load()
DETECTORS = tuple(detector for detector in LOADED if not is_of_campaigns(detector))
CAMPAIGNS = tuple(detector for detector in LOADED if is_of_campaigns(detector))
every_detector = pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.about.name)
every_campaign = pytest.mark.parametrize("detector", CAMPAIGNS, ids=lambda d: d.about.name)


@cache
def streams_of(name: str) -> tuple[list[Event], ...]:
    """What a detector is folded over: its own hostile histories, all at once, and honest ones."""
    hostile = histories.hostile_of(name)
    return (*hostile, histories.honest(), histories.mixed([*hostile, histories.honest()]))


@cache
def degenerate() -> tuple[list[Event], ...]:
    return tuple(histories.degenerate())


@cache
def crowds() -> tuple[list[Event], ...]:
    return tuple(histories.crowds())


def shuffled(events: list[Event]) -> None:
    """Arrival up to a day late: within windows, in no order."""
    rng = Random(1)
    order = sorted(events, key=lambda event: event.time + rng.randrange(86_400_000))
    events[:] = order


def test_there_are_detectors() -> None:
    assert {"impossible_travel", "concurrent_sessions", "session_hijacking", "brute_force"} <= set(
        registry.classes()
    )


@every_detector
def test_fires(detector: Detector[Any]) -> None:
    laws.fires_somewhere(detector, histories.hostile_of(detector.about.name))


@every_detector
def test_repeats_itself(detector: Detector[Any]) -> None:
    laws.repeats_itself(detector, streams_of(detector.about.name))


@every_detector
def test_survives_restarts(detector: Detector[Any]) -> None:
    laws.survives_restarts(detector, streams_of(detector.about.name))


@every_detector
def test_keeps_subjects_apart(detector: Detector[Any]) -> None:
    laws.keeps_subjects_apart(detector, streams_of(detector.about.name))


@every_detector
def test_bears_lateness(detector: Detector[Any]) -> None:
    hostile = histories.hostile_of(detector.about.name)
    short = [stream[:200] for stream in (*hostile, histories.honest())]
    laws.bears_lateness(detector, short, shuffled)


@every_detector
def test_leaves_inputs_alone(detector: Detector[Any]) -> None:
    laws.leaves_inputs_alone(detector, streams_of(detector.about.name))


@every_detector
def test_stays_bounded_and_true_in_crowds(detector: Detector[Any]) -> None:
    laws.stays_bounded(detector, crowds())


@every_detector
def test_ticks_the_same(detector: Detector[Any]) -> None:
    laws.ticks_the_same(detector, streams_of(detector.about.name))


@every_detector
def test_reads_no_clock(detector: Detector[Any]) -> None:
    laws.reads_no_clock(detector, streams_of(detector.about.name))


@every_detector
def test_tells_true(detector: Detector[Any]) -> None:
    laws.tells_true(detector, streams_of(detector.about.name))


@every_detector
def test_bears_degenerate_accounts(detector: Detector[Any]) -> None:
    laws.bears_degenerate_accounts(detector, degenerate())


@every_detector
def test_calls_nobody_about_honest_people(detector: Detector[Any]) -> None:
    laws.bears_degenerate_accounts(detector, [histories.honest()])


@every_detector
def test_describes_itself(detector: Detector[Any]) -> None:
    laws.describes_itself(detector)
    assert type(detector).__module__ == f"detectors.{detector.about.name}"


@every_detector
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(stream=histories.random_histories)
def test_whatever_happens(detector: Detector[Any], stream: list[Event]) -> None:
    laws.leaves_inputs_alone(detector, [stream])
    laws.survives_restarts(detector, [stream])
    laws.keeps_subjects_apart(detector, [stream])
    laws.bears_lateness(detector, [stream], shuffled)
    laws.tells_true(detector, [stream])


@cache
def campaigns_of(name: str) -> tuple[list[Event], ...]:
    """What a detector of campaigns is given: its own hostile histories, and honest ones."""
    hostile = histories.hostile_of(name)
    whole = sorted((event for stream in hostile for event in stream), key=lambda e: e.id)
    whole = list({event.id: event for event in whole}.values())
    later = [crowd.later(event, days=9 * n) for n in range(2) for event in whole]
    honest = crowd.office(range(2), 60, failing=0.3)
    return (*hostile, whole, later, histories.honest(), honest)


@cache
def swarms() -> tuple[list[Event], ...]:
    """No end of accounts at one address, and of addresses."""
    start = crowd.on(0)
    return (
        list(crowd.spray(crowd.SERVER, 20_000, start, 0.1)),
        list(crowd.botnet(12_000, start, 1, unknown=True, each=1)),
        *crowds(),
    )


@every_campaign
def test_a_campaign_stands(detector: Detector[Any]) -> None:
    laws.stands_somewhere(detector, histories.hostile_of(detector.about.name))


@every_campaign
def test_a_campaign_stands_in_any_order(detector: Detector[Any]) -> None:
    laws.stands_in_any_order(detector, campaigns_of(detector.about.name), shuffled)


@every_campaign
def test_a_campaign_stands_after_restarts(detector: Detector[Any]) -> None:
    laws.stands_after_restarts(detector, campaigns_of(detector.about.name))


@every_campaign
def test_a_campaign_is_of_one_tenant(detector: Detector[Any]) -> None:
    laws.keeps_tenants_apart(detector, campaigns_of(detector.about.name))


@every_campaign
def test_a_campaign_keeps_small_ledgers(detector: Detector[Any]) -> None:
    laws.keeps_small_ledgers(detector, swarms())


@every_campaign
def test_a_campaign_stands_for_what_was_seen(detector: Detector[Any]) -> None:
    laws.stands_for_what_was_seen(detector, campaigns_of(detector.about.name))


@every_campaign
def test_a_campaign_calls_nobody_about_honest_people(detector: Detector[Any]) -> None:
    laws.calls_nobody(detector, [*degenerate(), histories.honest()])


@every_campaign
def test_a_campaign_describes_itself(detector: Detector[Any]) -> None:
    laws.describes_itself(detector)


@every_campaign
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(stream=histories.random_histories)
def test_whatever_happens_to_a_campaign(detector: Detector[Any], stream: list[Event]) -> None:
    laws.stands_after_restarts(detector, [stream])
    laws.stands_for_what_was_seen(detector, [stream])


SOURCES = sorted((laws.ROOT / "detectors").rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.stem)
def test_source_touches_nothing(path: Any) -> None:
    laws.touches_nothing(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "from random import choice",
        "import os.path",
        "from io import StringIO",
        "from datetime import datetime\nx = datetime.now()",
        "open('state')",
        "def f():\n    global seen\n    seen = 1",
    ],
)
def test_a_source_that_touches_the_world_is_caught(source: str) -> None:
    with pytest.raises(AssertionError):
        laws.touches_nothing(source)


def over(*streams: list[Event]) -> Callable[[Any], Callable[[Detector[Any]], None]]:
    """A law over these streams, as a function of a detector alone."""
    return lambda law: lambda detector: law(detector, streams)


on_honest = over(histories.honest())
LAWS: dict[str, Callable[[Detector[Any]], None]] = {
    "fires": on_honest(laws.fires_somewhere),
    "repeats": on_honest(laws.repeats_itself),
    "restarts": on_honest(laws.survives_restarts),
    "apart": on_honest(laws.keeps_subjects_apart),
    "lateness": lambda detector: laws.bears_lateness(detector, [histories.honest()], shuffled),
    "inputs": on_honest(laws.leaves_inputs_alone),
    "bounded": lambda detector: laws.stays_bounded(detector, crowds()),
    "ticks": on_honest(laws.ticks_the_same),
    "clock": on_honest(laws.reads_no_clock),
    "true": on_honest(laws.tells_true),
    "degenerate": lambda detector: laws.bears_degenerate_accounts(detector, degenerate()),
    "describes": laws.describes_itself,
}


@pytest.mark.parametrize("law", LAWS)
def test_a_sound_detector_breaks_no_law(law: str) -> None:
    if law == "describes":
        pages = laws.ROOT / "docs" / "runbooks"
        assert pages.is_dir()
        return
    LAWS[law](planted.Sound())


@pytest.mark.parametrize(
    ("fault", "law"),
    [
        (planted.NeverSpeaks, "fires"),
        (planted.HidesState, "repeats"),
        (planted.KeepsItToItself, "restarts"),
        (planted.KeepsItToItself, "apart"),
        (planted.KeepsItToItself, "lateness"),
        (planted.LosesState, "restarts"),
        (planted.TeachesTheProfile, "inputs"),
        (planted.NeverForgets, "bounded"),
        (planted.CountsTicks, "ticks"),
        (planted.ReadsTheClock, "clock"),
        (planted.AccusesAnother, "true"),
        (planted.MakesUpEvents, "true"),
        (planted.SharesFacts, "true"),
        (planted.Crashes, "degenerate"),
        (planted.CriesWolf, "degenerate"),
        (planted.SaysNothingOfItself, "describes"),
    ],
    ids=lambda part: part if isinstance(part, str) else part.__name__,
)
def test_a_planted_fault_is_caught(fault: type[planted.Sound], law: str) -> None:
    with pytest.raises(AssertionError):
        LAWS[law](fault())
