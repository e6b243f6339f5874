"""Many accounts at few addresses, and few at many: attacks, and what looks like them."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

from msgspec import structs

from detectors.core.context import Context
from detectors.core.detector import Detector
from detectors.core.event import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Activity,
    Event,
    FailureReason,
    Outcome,
    SignIn,
    is_attempt,
)
from detectors.core.finding import Finding
from detectors.core.identity import Subject, SubjectKind, timed_id
from detectors.core.place import Device
from detectors.core.standing import Campaigns
from tests.detectors.story import CHROME, LYON, MONDAY, PARIS_MOBILE, SCRIPT, SERVER, Where

BAD = FailureReason.BAD_PASSWORD
UNKNOWN = FailureReason.UNKNOWN_USER
TENANT = "acme"


def attempt(
    time: int,
    account: str,
    at: Where,
    device: Device | None = CHROME,
    reason: FailureReason | None = None,
    tenant: str = TENANT,
    **more: Any,
) -> SignIn:
    """One attempt at event time `time` in ms; without a reason to fail it succeeds."""
    event = SignIn(
        id=timed_id(time, tenant, account, at.ip or "", reason.value if reason else ""),
        time=time,
        tenant=tenant,
        account=account,
        activity=Activity.LOGON,
        outcome=Outcome.SUCCESS if reason is None else Outcome.FAILURE,
        failure_reason=reason,
        ip=at.ip,
        place=at.place,
        network=at.network,
        device=device,
    )
    return structs.replace(event, **more) if more else event


def on(day: float, hour: float = 0.0) -> int:
    """Event time in ms of an hour of a day from Monday."""
    return MONDAY + round(day * DAY + hour * HOUR)


def spray(
    at: Where,
    count: int,
    start: int,
    pause: float = 3.0,
    *,
    device: Device = SCRIPT,
    first: int = 0,
    unknown: int = 0,
    rounds: int = 1,
) -> list[SignIn]:
    """So many accounts tried from one address, `pause` seconds apart; every `unknown`th is none."""
    events = []
    for step in range(count * rounds):
        number = first + step % count
        missing = unknown and number % unknown == 0
        name = f"nobody-{number}" if missing else f"user-{number}"
        time = start + round(step * pause * SECOND)
        events.append(attempt(time, name, at, device, UNKNOWN if missing else BAD))
    return events


def names(
    at: Where, count: int, start: int, pause: float, existing: Iterable[int] = ()
) -> list[SignIn]:
    """So many names tried once each, of which only those of these numbers exist."""
    there = set(existing)
    return [
        attempt(
            start + round(step * pause * SECOND),
            f"user-{step}" if step in there else f"name-{step}",
            at,
            SCRIPT,
            BAD if step in there else UNKNOWN,
        )
        for step in range(count)
    ]


def botnet(
    sources: int, start: int, pause: float, *, unknown: bool, seed: int = 1, each: int = 2
) -> list[SignIn]:
    """A few tries from each of many addresses of many networks."""
    rng = Random(seed)
    events = []
    for step in range(sources * each):
        at = SERVER.leased(f"203.0.113.{step % sources}" if sources < 256 else bot(step % sources))
        name = f"name-{step}" if unknown and step % 12 else f"user-{rng.randrange(400)}"
        reason = UNKNOWN if name.startswith("name") else BAD
        events.append(attempt(start + round(step * pause * SECOND), name, at, SCRIPT, reason))
    return events


def bot(number: int) -> str:
    """An address of a botnet."""
    return f"198.18.{number // 256}.{number % 256}"


def office(
    days: Iterable[int], people: int, at: Where = LYON, *, failing: float = 0.03, seed: int = 1
) -> list[SignIn]:
    """A floor behind one address: everybody signs in once a day, some only at the second try."""
    rng = Random(seed)
    events = []
    for day in days:
        for number in range(people):
            time = on(day, 8) + rng.randrange(HOUR)
            tries = 0
            while rng.random() < failing and tries < 4:
                name = f"user-{number}"
                reason = BAD
                if rng.random() < 0.2:
                    name, reason = f"{name}x{tries}", UNKNOWN
                events.append(attempt(time, name, at, CHROME, reason))
                time += rng.randrange(20 * SECOND, 2 * MINUTE)
                tries += 1
            events.append(attempt(time, f"user-{number}", at))
    return sorted(events, key=lambda event: event.id)


def carrier(days: Iterable[int], people: int, *, seed: int = 2) -> list[SignIn]:
    """Phones behind one address of a carrier's, some of which never get in from just there."""
    rng = Random(seed)
    events = []
    for day in days:
        for number in range(people):
            time = on(day, 6) + rng.randrange(14 * HOUR)
            if rng.random() < 0.05:
                events.append(attempt(time, f"user-{number}", PARIS_MOBILE, CHROME, BAD))
            else:
                events.append(attempt(time, f"user-{number}", PARIS_MOBILE))
    return sorted(events, key=lambda event: event.id)


def homes(
    days: Iterable[int], people: int, *, failing: float = 0.05, seed: int = 3
) -> list[SignIn]:
    """Everybody at home behind an address of their own; some fail first, a few give up."""
    rng = Random(seed)
    events = []
    for day in days:
        for number in range(people):
            at = LYON.leased(f"100.64.{number // 250}.{number % 250}")
            time = on(day, 7) + rng.randrange(4 * HOUR)
            if rng.random() < failing:
                events.append(attempt(time, f"user-{number}", at, CHROME, BAD))
                time += 40 * SECOND
                if rng.random() < 0.2:
                    continue
            events.append(attempt(time, f"user-{number}", at))
    return sorted(events, key=lambda event: event.id)


def later(event: SignIn, days: int) -> SignIn:
    """The same so many days later."""
    time = event.time + days * DAY
    return structs.replace(event, time=time, id=timed_id(time, event.id))


def judged(
    detectors: Sequence[Detector[Any]],
    events: Iterable[Event],
    *,
    batch: int = 100,
    context: Context | None = None,
) -> list[Finding]:
    """What stands in the end, batch by batch in the order given."""
    campaigns = Campaigns(detectors, context or Context())
    standing: dict[bytes, Finding] = {}
    attempts = [e for e in events if isinstance(e, SignIn) and is_attempt(e)]
    for start in range(0, len(attempts), batch):
        concluded = campaigns.fold(attempts[start : start + batch])
        for identifier in concluded.withdrawn:
            standing.pop(identifier, None)
        standing.update((f.id, f) for f in concluded.put)
    return sorted(standing.values(), key=lambda f: (f.time, f.id))


def of_kind(found: Iterable[Finding], kind: SubjectKind) -> list[Finding]:
    """Those whose subject is of this kind."""
    return [finding for finding in found if finding.subject.kind is kind]


def source(at: Where | str) -> Subject:
    """The subject of an address."""
    return Subject(SubjectKind.SOURCE, TENANT, at if isinstance(at, str) else str(at.ip))
