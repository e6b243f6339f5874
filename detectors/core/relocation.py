"""What a new location database places elsewhere did not move: accounts keep the places they know.

Databases are replaced every few weeks, and each places some addresses elsewhere than the one
before. An account whose own address is among them would seem to have travelled over night. So an
account is told of an address what it was told when it came to know it, for as long as it uses it:

1. an address in dispute that it used before stays where it was;
2. one that it never used is placed as the databases before the present ones had it (`former` of
   the event), for its whole provider may have moved, or beside those of its addresses that it
   moved with;
3. an account that begins with the present databases is told what they say.

So a change of databases changes nothing for whoever was there before it: the same sign-ins give
the same findings as without it, journeys included. What is placed alike is not in dispute.
"""

from collections.abc import Iterable

from msgspec import structs

from detectors.core.address import block
from detectors.core.event import DAY, AccountChange, SignIn, is_use
from detectors.core.geodesy import distance_km
from detectors.core.place import NO_PLACES, Network, Place, Relocated
from detectors.core.profile import MAXIMUM_KNOWN, Profile, network_key, place_key

NEAR_KM = 25.0
"""Two databases that place an address so near mean one place: half of what is allowed for the place
of a fixed line."""
PROVIDER_KM = 100.0
"""Addresses of one provider that a database placed so near to each other moved together."""
MAXIMUM_RELOCATED = 32
MEMORY = 60 * DAY
"""An address in dispute that was not used for so long is as new as any other."""
_LINE = (32, 64)
_NEIGHBOURHOOD = {8: 6, 16: 12}
"""Hexadecimal digits of a line, and of the /24 or the /48 that it is in."""

Placed = SignIn | AccountChange


def is_alike(
    place: Place | None, network: Network | None, other: Place | None, others: Network | None
) -> bool:
    """Whether two databases mean the same place and the same network."""
    return is_near(place, other, NEAR_KM) and asn_of(network) == asn_of(others)


def is_near(place: Place | None, other: Place | None, km: float) -> bool:
    """Whether both are in one country and so near, or neither is known."""
    if place is None or other is None:
        return place is other
    return place == other or (place.country == other.country and distance_km(place, other) <= km)


def asn_of(network: Network | None) -> int | None:
    """The AS number; None when it is not known."""
    return None if network is None else network.asn


def settled(event: Placed, profile: Profile) -> Placed:
    """The event with its address placed as its account knows it; notes in the profile what is in
    dispute. What the log itself says of places is never changed."""
    built = event.built
    if not built:
        return event
    if built != profile.built:
        _keep_places(profile, event.time)
        profile.built = built
    if event.ip is None or (event.former is None and not profile.relocated):
        return event
    return _settled(event, block(event.ip, *_LINE), profile)


def _keep_places(profile: Profile, at: int) -> None:
    """Remember where its sessions are, by databases that are not in use any more."""
    kept = profile.relocated
    for key in [key for key, known in kept.items() if at - known.last > MEMORY]:
        del kept[key]
    for session in profile.sessions.values():
        if session.ip is None or at - session.last > MEMORY:
            continue
        key = block(session.ip, *_LINE)
        if key not in kept:
            _remember(profile, key, Relocated(session.last, session.place, session.network))


def _settled(event: Placed, key: str, profile: Profile) -> Placed:
    known = profile.relocated.get(key)
    if known is None:
        return _placed_anew(event, key, profile)
    if is_alike(known.place, known.network, event.place, event.network):
        if event.former is None:
            del profile.relocated[key]
            _rename_place(profile, known.place, event.place)
        return event
    if _is_use(event):
        _meet(known, event)
    return _placed(event, known.place, known.network)


def _placed_anew(event: Placed, key: str, profile: Profile) -> Placed:
    """An address that the account did not use before, placed as the account would have known it."""
    place, network, former = event.place, event.network, event.former
    if former is not None and profile.uses:
        place, network = former.place, former.network
    is_known = _is_known(place, network, profile)
    if is_known and former is None:
        return event
    if not is_known:
        beside = _moved_with(event, profile.relocated.values())
        if beside is None and former is None:
            beside = _neighbour(key, profile.relocated)
        if beside is not None:
            told = event if _is_new_here(beside) else beside
            place, network = told.place, told.network
    if former is None and is_alike(place, network, event.place, event.network):
        return event
    if _is_use(event):
        known = Relocated(event.time, place, network)
        _meet(known, event)
        _remember(profile, key, known)
    return _placed(event, place, network)


def _is_known(place: Place | None, network: Network | None, profile: Profile) -> bool:
    """Whether the account was seen at this place and in this network."""
    if network is None or network_key(network) not in profile.networks:
        return False
    if network.kind in NO_PLACES or (place is not None and place_key(place) in profile.places):
        return True
    return any(is_near(place, known.place, NEAR_KM) for known in profile.places.values())


def _moved_with(event: Placed, known: Iterable[Relocated]) -> Relocated | None:
    """An address that tells where the account knows this one to be: the same databases placed both
    beside each other, in one network. Where the account knows its own addresses as the databases
    before the present ones had them, those tell it better."""
    former = event.former
    for one in known:
        if one.now is None:
            continue
        place, network = event.place, event.network
        if not _is_new_here(one):
            if one.built == event.built and not one.older:
                continue
            if one.built != event.built and former is not None:
                if one.built != former.built:
                    continue
                place, network = former.place, former.network
        if one.asn == asn_of(network) and is_near(one.now, place, PROVIDER_KM):
            return one
    return None


def _is_new_here(known: Relocated) -> bool:
    """Whether the account was told what the databases said that it met last."""
    return asn_of(known.network) == known.asn and is_near(known.place, known.now, NEAR_KM)


def _neighbour(key: str, known: dict[str, Relocated]) -> Relocated | None:
    """An address of the account's that is in the same /24 or /48."""
    digits = _NEIGHBOURHOOD.get(len(key))
    if digits is None:
        return None
    for other, one in known.items():
        if len(other) == len(key) and other[:digits] == key[:digits]:
            return one
    return None


def _meet(known: Relocated, event: Placed) -> None:
    """Note what the present databases say of it."""
    former = event.former
    known.last, known.built = event.time, event.built
    known.now, known.asn = event.place, asn_of(event.network)
    known.older = former is None or not is_alike(
        known.place, known.network, former.place, former.network
    )


def _remember(profile: Profile, key: str, known: Relocated) -> None:
    kept = profile.relocated
    if len(kept) >= MAXIMUM_RELOCATED:
        del kept[min(kept, key=lambda other: (kept[other].last, other))]
    kept[key] = known


def _is_use(event: Placed) -> bool:
    """Whether the address is the account's: what failed from it may be anybody's."""
    return isinstance(event, SignIn) and is_use(event)


def _placed(event: Placed, place: Place | None, network: Network | None) -> Placed:
    if asn_of(network) == asn_of(event.network):
        # What sort of network it is may be known better by now.
        network = event.network
    return structs.replace(event, place=place, network=network)


def _rename_place(profile: Profile, before: Place | None, after: Place | None) -> None:
    """Let a known place be known by the name that it goes by now, too."""
    if before is None or after is None:
        return
    key, places = place_key(after), profile.places
    known = places.get(place_key(before))
    if known is None or key in places:
        return
    if len(places) >= MAXIMUM_KNOWN:
        del places[place_key(before)]
    places[key] = structs.replace(known, place=after)
