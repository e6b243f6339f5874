"""An account at work for some weeks, to judge sign-ins of it."""

import random

from msgspec import structs

from detectors.core.event import DAY, HOUR, MINUTE, Activity, Outcome, SignIn
from detectors.core.identity import timed_id

START = 1_790_000_000_000 // DAY * DAY
DAYS = 20
NOW = START + DAYS * DAY + 2 * HOUR
"""In the night after the last day."""
DESK = "90.84.12.34"
ELSEWHERE = "41.203.64.10"
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36"
)
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def signed_on(time: int, **changes: object) -> SignIn:
    """A sign-in at the desk at a time (ms), unless something else is said."""
    event = SignIn(
        id=b"",
        time=time,
        tenant="acme",
        account="u-1",
        source="log",
        activity=Activity.LOGON,
        outcome=Outcome.SUCCESS,
        session="s-1",
        ip=DESK,
        user_agent=WINDOWS,
    )
    event = structs.replace(event, **changes)
    uid = f"{event.account} {time} {event.session} {event.ip}"
    return structs.replace(event, id=timed_id(time, "log", uid), uid=uid)


def history(account: str = "u-1") -> list[SignIn]:
    """What the log says of these weeks."""
    rng = random.Random(account)
    events = []
    for day in range(DAYS):
        for hour in (8, 13):
            at = START + day * DAY + hour * HOUR + rng.randrange(20 * MINUTE)
            session = f"s-{day}-{hour}"
            events.append(signed_on(at, session=session, account=account))
            for step in range(1, 8):
                use = at + step * 23 * MINUTE + rng.randrange(5 * MINUTE)
                events.append(
                    signed_on(use, session=session, account=account, activity=Activity.OTHER)
                )
    return sorted(events, key=lambda event: event.id)
