"""What a log shows of one account's use: sessions, devices, networks, places and hours.

Pure: from sign-ins, oldest first, to what subscribers see of themselves and reviewers of them.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from msgspec import Struct

from detectors.core.event import DAY, HOUR, LOGOFF, SUCCESS, Outcome, SignIn, is_attempt, is_use
from detectors.core.place import Device, Network, NetworkKind, Place
from detectors.core.profile import session_key
from monitor.services.spots import is_place, network_kind

MOST: Final = 50
"""Places, networks, devices or addresses that are told; the most used, and how many there are."""
_PLACES = 4
_WEEK: Final = 7 * DAY
_MONDAY: Final = 3 * DAY
"""1970-01-01 was a Thursday."""


class SeenSession(Struct, kw_only=True):
    """A session that nothing says is over. `handle` names it in forms; `session` is what the
    application calls it, None where its log does not say: such a one cannot be ended alone. Times
    are event times in ms."""

    handle: str
    session: str | None
    began: int
    last: int
    ip: str | None
    place: Place | None
    network: Network | None
    device: Device | None
    is_here: bool = False
    """It is the one in which the subscriber looks at this."""


class SeenDevice(Struct, kw_only=True):
    """A program on a machine that was used; `places` are at most four, the latest first."""

    device: Device
    first: int
    last: int
    places: list[Place]
    uses: int = 0
    is_here: bool = False


class SeenPlace(Struct, kw_only=True):
    """A town, or a country where no more is known; `is_place` is false for what only passes through
    a network that says nothing of where its users are."""

    country: str
    region: str | None
    city: str | None
    is_place: bool
    uses: int = 0
    failures: int = 0
    first: int = 0
    last: int = 0


class SeenNetwork(Struct, kw_only=True):
    """A network by its number and its owner's name, None where nothing is known of it."""

    asn: int | None
    organisation: str | None
    kind: NetworkKind
    uses: int = 0
    failures: int = 0
    first: int = 0
    last: int = 0


class SeenAddress(Struct, kw_only=True):
    """An address, and where it was last seen."""

    ip: str
    place: Place | None
    network: Network | None
    uses: int = 0
    failures: int = 0
    first: int = 0
    last: int = 0


class Week(Struct, kw_only=True):
    """A week from Monday (UTC), `start` its first ms: different sessions, devices, networks and
    places on which the account was used, uses and failed attempts."""

    start: int
    sessions: int = 0
    devices: int = 0
    networks: int = 0
    places: int = 0
    uses: int = 0
    failures: int = 0


T = TypeVar("T", SeenPlace, SeenNetwork, SeenAddress)


class Hour(Struct, frozen=True, array_like=True):
    """One hour of the calendar: hours since 1970 UTC, uses and failed attempts."""

    hour: int
    uses: int
    failures: int


def handle_of(session: str) -> str:
    """What a session is called in forms: what the application calls it is not shown about."""
    told = b"session\0" + session.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, digest_size=16).hexdigest()


def sessions_of(met: Iterable[SignIn], here: str | None = None) -> list[SeenSession]:
    """Those that nothing says are over, by what the log says of them."""
    found: dict[str, SeenSession] = {}
    for event in met:
        key = session_key(event)
        if event.activity is LOGOFF:
            if event.outcome is SUCCESS:
                found.pop(key, None)
        elif is_use(event):
            known = found.setdefault(key, _began(event, key))
            known.last = event.time
            if event.ip is not None:
                known.ip, known.place, known.network = event.ip, event.place, event.network
            known.device = event.device or known.device
    for one in found.values():
        one.is_here = here is not None and one.session == here
    return list(found.values())


def devices_of(met: Iterable[SignIn], here: Device | None = None) -> list[SeenDevice]:
    """Those that the account was used on, the one at hand first, then the latest."""
    found: dict[str, SeenDevice] = {}
    for event in met:
        device = event.device
        if device is None or not is_use(event):
            continue
        known = found.get(device.fingerprint)
        if known is None:
            known = SeenDevice(device=device, first=event.time, last=event.time, places=[])
            found[device.fingerprint] = known
        known.last = event.time
        known.uses += 1
        if event.place is not None:
            _note_place(known.places, event.place)
    for one in found.values():
        one.is_here = here is not None and one.device.fingerprint == here.fingerprint
    return sorted(found.values(), key=lambda one: (not one.is_here, -one.last))


def places_of(met: Iterable[SignIn]) -> list[SeenPlace]:
    """Where it was used or tried from, the most used first."""
    found: dict[tuple[str, str | None, bool], SeenPlace] = {}
    for event in _counted(met):
        place, is_there = event.place, is_place(network_kind(event))
        if place is None:
            continue
        key = (place.country, place.city, is_there)
        one = found.get(key)
        if one is None:
            one = found[key] = SeenPlace(
                country=place.country,
                region=place.region,
                city=place.city,
                is_place=is_there,
                first=event.time,
            )
        _count(one, event)
    return _by_use(found.values())


def networks_of(met: Iterable[SignIn]) -> list[SeenNetwork]:
    """Through which networks, the most used first."""
    found: dict[tuple[int | None, str | None], SeenNetwork] = {}
    for event in _counted(met):
        network = event.network
        key = (None, None) if network is None else (network.asn, network.organisation)
        one = found.get(key)
        if one is None:
            kind = network_kind(event)
            one = found[key] = SeenNetwork(
                asn=key[0], organisation=key[1], kind=kind, first=event.time
            )
        _count(one, event)
    return _by_use(found.values())


def addresses_of(met: Iterable[SignIn]) -> list[SeenAddress]:
    """From which addresses, the most used first."""
    found: dict[str, SeenAddress] = {}
    for event in _counted(met):
        if event.ip is None:
            continue
        one = found.get(event.ip)
        if one is None:
            one = found[event.ip] = SeenAddress(
                ip=event.ip, place=None, network=None, first=event.time
            )
        one.place, one.network = event.place, event.network
        _count(one, event)
    return _by_use(found.values())


def hours_of(met: Iterable[SignIn]) -> list[Hour]:
    """Hours in which anything was done, in their order: whoever draws a week has their own zone."""
    found: dict[int, list[int]] = {}
    for event in _counted(met):
        counts = found.setdefault(event.time // HOUR, [0, 0])
        counts[event.outcome is Outcome.FAILURE] += 1
    return [Hour(hour, *counts) for hour, counts in sorted(found.items())]


def weeks_of(met: Sequence[SignIn]) -> list[Week]:
    """Weeks in which anything was done, the latest first."""
    weeks: dict[int, Week] = {}
    kinds: dict[int, tuple[set[str], ...]] = {}
    for event in _counted(met):
        start = (event.time + _MONDAY) // _WEEK * _WEEK - _MONDAY
        week = weeks.setdefault(start, Week(start=start))
        if event.outcome is Outcome.FAILURE:
            week.failures += 1
            continue
        week.uses += 1
        known = kinds.setdefault(start, (set(), set(), set(), set()))
        for names, name in zip(known, _names(event), strict=True):
            if name is not None:
                names.add(name)
    for start, known in kinds.items():
        week = weeks[start]
        week.sessions, week.devices, week.networks, week.places = map(len, known)
    return [weeks[start] for start in sorted(weeks, reverse=True)]


def _names(event: SignIn) -> tuple[str | None, ...]:
    place, network, device = event.place, event.network, event.device
    return (
        session_key(event),
        None if device is None else device.fingerprint,
        None if network is None else f"{network.asn} {network.organisation}",
        None if place is None else f"{place.country} {place.city}",
    )


def _counted(met: Iterable[SignIn]) -> Iterator[SignIn]:
    return (e for e in met if is_use(e) or (is_attempt(e) and e.outcome is Outcome.FAILURE))


def _count(one: SeenPlace | SeenNetwork | SeenAddress, event: SignIn) -> None:
    if event.outcome is Outcome.FAILURE:
        one.failures += 1
    else:
        one.uses += 1
    one.last = event.time


def _by_use(found: Iterable[T]) -> list[T]:
    return sorted(found, key=lambda one: (-one.uses, -one.failures, -one.last))


def _began(event: SignIn, key: str) -> SeenSession:
    return SeenSession(
        handle=handle_of(key),
        session=event.session,
        began=event.time,
        last=event.time,
        ip=event.ip,
        place=event.place,
        network=event.network,
        device=event.device,
    )


def _note_place(places: list[Place], place: Place) -> None:
    same = [one for one in places if (one.country, one.city) == (place.country, place.city)]
    for one in same:
        places.remove(one)
    places.insert(0, place)
    del places[_PLACES:]
