"""The log that both sides read: OCSF sign-ins of a given number of accounts, always the same."""

import json
from collections.abc import Iterator
from pathlib import Path

START = 1_767_225_600_000
"""2026-01-01 00:00 UTC, in ms."""
PER_DAY = 8
"""Sign-ins and uses of one account a day."""
SEATS = 100
"""Accounts behind one address of a call centre; every third account works elsewhere."""

_AGENTS = tuple(
    f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 "
    "Safari/537.36"
    for system in (
        "Windows NT 10.0; Win64; x64",
        "Macintosh; Intel Mac OS X 10_15_7",
        "X11; Linux x86_64",
        "Linux; Android 14; Pixel 8",
    )
    for version in range(118, 128)
)


def lines(events: int, accounts: int, start: int = START) -> Iterator[bytes]:
    """So many lines, in order of time from `start` (ms) on; which account comes next looks random
    and is not."""
    gap = max(1, 86_400_000 // (accounts * PER_DAY))
    for number in range(events):
        yield _line(number, start + number * gap, _spread(number) % accounts)


def write(path: Path, events: int, accounts: int, start: int = START) -> None:
    """Those lines into a file."""
    with path.open("wb") as out:
        out.writelines(line + b"\n" for line in lines(events, accounts, start))


def _line(number: int, time: int, account: int) -> bytes:
    chance = _spread(account * 1_000_003 + number)
    failed = chance % 25 == 0
    record = {
        "class_uid": 3002,
        "activity_id": 1 if chance % 4 == 0 or failed else 99,
        "time": time,
        "status_id": 2 if failed else 1,
        **({"status_detail": "INVALID_CREDENTIALS"} if failed else {}),
        "severity_id": 1,
        "metadata": {
            "version": "1.6.0",
            "uid": f"{number:012x}",
            "tenant_uid": f"tenant-{account // 2_000}",
            "product": {"name": "Sign-in", "vendor_name": "CallCenterRate"},
        },
        "user": {"uid": f"u-{account:07d}", "name": f"agent.{account}@example.com"},
        "src_endpoint": {"ip": _address(account, chance)},
        "session": {"uid": f"{_spread(account + time // 43_200_000):016x}"},
        "http_request": {"user_agent": _AGENTS[_spread(account) % len(_AGENTS)]},
        "is_mfa": account % 5 == 0,
    }
    return json.dumps(record, separators=(",", ":")).encode()


def _address(account: int, chance: int) -> str:
    """The account's site or home; one time in 2,000 somewhere else."""
    if chance % 2_000 == 7:
        place = _spread(chance)
    elif account % 3:
        place = _spread(account // SEATS)
    else:
        place = _spread(account + 77)
    # Blocks that are given out, most of them to providers of Western Europe.
    first = (77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92)[place % 16]
    return f"{first}.{place >> 8 & 255}.{place >> 16 & 255}.{1 + (place >> 24) % 254}"


def _spread(number: int) -> int:
    """A 64-bit number that looks random (the finaliser of SplitMix64; Steele et al., 2014)."""
    mixed = (number + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
    return mixed ^ mixed >> 31
