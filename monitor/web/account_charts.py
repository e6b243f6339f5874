"""What the charts of an account's page draw, as plain numbers, and the tables behind them.

The words are the reader's; times are ms since 1970 UTC.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alerts.incident import Hypothesis
from detectors.core.event import HOUR
from detectors.core.place import NetworkKind
from monitor.services.account_views import AccountPage, ActivityPage
from monitor.services.activity import Hour
from monitor.services.weighing import Weighed

DAYS: Final = 7
HOURS: Final = 24


def zone_of(name: str) -> ZoneInfo | None:
    """The tenant's zone; None where it says none, or one that is not known here."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def grid_of(hours: Sequence[Hour], zone: ZoneInfo | None) -> list[list[tuple[int, int]]]:
    """Uses and failed attempts by day of the week, from Monday, and hour of the day; in UTC where
    no zone is given."""
    zone = zone or ZoneInfo("UTC")
    grid = [[(0, 0) for _ in range(HOURS)] for _ in range(DAYS)]
    for one in hours:
        at = datetime.fromtimestamp(one.hour * HOUR / 1_000, zone)
        uses, failures = grid[at.weekday()][at.hour]
        grid[at.weekday()][at.hour] = uses + one.uses, failures + one.failures
    return grid


def hours_drawn(page: ActivityPage) -> dict[str, Any]:
    """Hours of the calendar, which the reader's browser puts into the reader's week."""
    return {"hours": [[one.hour, one.uses, one.failures] for one in page.hours]}


def sessions_drawn(page: ActivityPage) -> dict[str, Any]:
    """One lane for each device, one bar for each session in it, by network and place."""
    drawn = page.picture
    return {
        "since": drawn.shown[0],
        "until": drawn.shown[1],
        "lanes": [{"label": one.label, "others": one.others} for one in drawn.lanes],
        "bars": [
            [one.lane, one.start, one.end, one.network, one.country, one.city, one.kind.value]
            for one in drawn.bars
        ],
        "failures": [[one.lane, one.time] for one in drawn.failures],
    }


def spots_drawn(page: ActivityPage) -> dict[str, Any]:
    """Where it was used from."""
    return {
        "spots": [
            {
                "longitude": one.longitude,
                "latitude": one.latitude,
                "radius": one.radius_km,
                "country": one.country,
                "city": one.city,
                "region": one.region,
                "count": one.count,
                "is_place": one.is_place,
            }
            for one in page.picture.spots[:100]
        ]
    }


def risk_drawn(page: AccountPage) -> dict[str, Any]:
    """Incidents with what they came to, and findings, oldest first."""
    return {
        "incidents": [
            {
                "id": one.row.id,
                "opened": one.row.opened,
                "updated": one.row.updated,
                "severity": int(one.row.severity),
                "withdrawn": one.row.withdrawn,
                "posterior": [one.posterior[each] for each in Hypothesis],
                "attack": one.attack,
            }
            for one in reversed(page.risks or [])
        ],
        "findings": [[one.time, int(one.severity), one.title, one.withdrawn] for one in page.marks],
    }


def people_drawn(weighed: Weighed) -> dict[str, Any]:
    """Day by day the machines at work, and what the model made of it; beside what was said."""
    return {
        "days": [
            [one.day, one.computers, one.handhelds, one.at_once, one.odds] for one in weighed.days
        ],
        "said": [[one.time, one.odds] for one in weighed.said if not one.withdrawn],
    }


def is_named(kind: NetworkKind) -> bool:
    """Whether a network's kind is worth a word."""
    return kind not in (NetworkKind.FIXED, NetworkKind.UNKNOWN)
