"""What the charts draw is what the tables behind them say."""

import json
from zoneinfo import ZoneInfo

import pytest

from detectors.core.place import NetworkKind
from detectors.sharing.days import UsedDay
from monitor.services.activity import Hour
from monitor.services.weighing import Said, Verdict, Weighed
from monitor.web.account_charts import grid_of, is_named, people_drawn, zone_of

MONDAY = 96
"""Hours from 1970 to its first Monday, UTC."""
PARIS = ZoneInfo("Europe/Paris")


def test_a_week_begins_on_monday_at_midnight() -> None:
    grid = grid_of([Hour(MONDAY, 3, 1), Hour(MONDAY + 7 * 24, 2, 0), Hour(MONDAY - 1, 0, 4)], None)
    assert grid[0][0] == (5, 1)
    assert grid[6][23] == (0, 4)
    assert sum(uses for day in grid for uses, _ in day) == 5


def test_the_tenants_zone_moves_hours_and_its_summer_moves_them_again() -> None:
    # 2026-01-12 and 2026-07-13, Mondays, at 23:00 UTC.
    winter, summer = 491_183, 495_551
    grid = grid_of([Hour(winter, 1, 0), Hour(summer, 10, 0)], PARIS)
    assert grid[1][0] == (1, 0)
    assert grid[1][1] == (10, 0)


@pytest.mark.parametrize("name", ["", "Nowhere/Atall", "../etc/passwd", "x" * 300, "Europe"])
def test_a_zone_that_is_not_known_is_none(name: str) -> None:
    assert zone_of(name) is None
    assert zone_of("Europe/Paris") == PARIS


def test_days_that_say_nothing_are_drawn_as_nothing() -> None:
    day = UsedDay(day=0, computers=2, handhelds=1, at_once=2, odds=None, is_named=True)
    weighed = Weighed(
        days=[day],
        said=[
            Said(time=5, odds=2.0, days=3, withdrawn=False),
            Said(time=6, odds=9.0, days=3, withdrawn=True),
        ],
        events=1,
        since=0,
        is_all=True,
        verdict=Verdict.SILENT,
        odds=None,
        most_at_once=2,
        most_on=0,
        needs=3,
        has_model=True,
    )
    told = json.loads(json.dumps(people_drawn(weighed)))
    assert told == {"days": [[0, 2, 1, 2, None]], "said": [[5, 2.0]]}


def test_only_a_network_of_a_special_kind_is_named() -> None:
    assert is_named(NetworkKind.VPN)
    assert not is_named(NetworkKind.FIXED)
