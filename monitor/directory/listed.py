"""What an account's entry in the directory says, as detectors have it."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from detectors.core.context import AccountKind
from detectors.core.listing import Listing
from monitor.directory.account import Account, State
from monitor.directory.origin import Origin

WHOLE: Final = (Origin.CSV, Origin.KEYCLOAK, Origin.SCIM)
"""Origins that tell of all accounts, not of one at a time."""


def listing_of(account: Account, zone: str, since: int) -> Listing:
    """What the entry says from `since` (ms) on; `zone` (IANA, empty for UTC) is where days end.

    It is listed when anybody but the logs spoke of it. It is over at the end of the last day of
    employment, or when somebody said so, whichever was first.
    """
    kind, shared = account.kind, account.sharing
    until = shared_from = None
    if kind is AccountKind.SHARED and shared is not None:
        shared_from, until = shared.since, shared.until
    elif kind is AccountKind.KIOSK:
        shared_from = 0
    left, at_once = _left(account, zone)
    return Listing(
        since=since,
        is_listed=is_listed(account),
        kind=None if kind is AccountKind.PERSON else kind,
        is_privileged=account.privileged,
        left=left,
        shared_from=shared_from,
        shared_until=until,
        left_at_once=at_once,
    )


def is_listed(account: Account) -> bool:
    """Whether anybody but the logs spoke of it."""
    return any(said.origin is not Origin.LOG for said in account.origins.values())


def is_whole(account: Account) -> bool:
    """Whether it is from what tells of all accounts."""
    return any(said.origin in WHOLE for said in account.origins.values())


def _left(account: Account, zone: str) -> tuple[int | None, bool]:
    """Since when it is over, and whether that was said there and then."""
    on_a_day = None if account.ended is None else end_of(account.ended, zone)
    if account.state is not State.OFFBOARDED:
        return on_a_day, False
    said = account.origins.get("state")
    at = 0 if said is None else said.at
    is_first = on_a_day is None or at < on_a_day
    return (at, True) if is_first else (on_a_day, False)


def end_of(day: date, zone: str) -> int:
    """When a day is over in a zone, in ms since 1970 UTC."""
    after = datetime.combine(day + timedelta(days=1), time(), _zone(zone))
    return round(after.timestamp() * 1_000)


@lru_cache(maxsize=1_000)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
