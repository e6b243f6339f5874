"""The sign-in score of Freeman et al., "Who Are You?" (NDSS 2016), as published.

The likelihood ratio of section IV, P(x) / P(x | user), one factor for the address and one for the
user agent, taken as independent. Probabilities of the account are smoothed as there: by linear
interpolation over a hierarchy (network, country, everybody; device, system, everybody), with mass
kept for values never seen. Two things differ, for want of the data: the lowest level is the
autonomous system rather than the address (addresses are leased for a day), and the population is
a table of shares, the tenant's own where they were counted. Attackers' reputations (their
P(attack | x)) are a matter of the caller.
"""

from collections.abc import Mapping
from math import log

from detectors.core.event import SignIn
from detectors.core.population import Population
from detectors.core.profile import Known, Profile, network_key

EXACT, COARSE, EVERYBODY = 0.60, 0.30, 0.10
"""How much each level of the hierarchy counts: the value, its kind, the population."""
UNSEEN = 1.0
"""Days added for the value that the account has not shown yet."""
ONE_OF_A_KIND = 0.1
"""Share of one network among those of its country and kind, of a device among those of its form."""


def freeman(event: SignIn, profile: Profile, population: Population) -> float:
    """log P(x) / P(x | user) over address and user agent, in nats; above 0 is unlike the user."""
    return _network(event, profile, population) + _device(event, profile, population)


def _network(event: SignIn, profile: Profile, population: Population) -> float:
    network = event.network
    key = None if network is None else network_key(network)
    if network is None or key is None:
        return 0.0
    whole = _days(profile.networks)
    at_home = event.place is None or any(
        known.place is not None and known.place.country == event.place.country
        for known in profile.places.values()
    )
    of_country = whole if at_home else 0.0
    share = population.kinds.get(network.kind.value, 0.01)
    share *= population.home_country if at_home else 1 - population.home_country
    counted = population.networks.get(key)
    expected = share * ONE_OF_A_KIND if counted is None else counted
    return _ratio(_of(profile.networks, key), of_country, whole, expected)


def _device(event: SignIn, profile: Profile, population: Population) -> float:
    device = event.device
    if device is None:
        return 0.0
    whole = _days(profile.devices)
    # A profile keeps no system by device: sessions say it of those used lately.
    alike = any(
        session.device is not None and session.device.os == device.os
        for session in profile.sessions.values()
    )
    share = population.forms.get(device.form.value, 0.01)
    seen = _of(profile.devices, device.fingerprint)
    counted = population.devices.get(f"{device.family}/{device.os}")
    expected = share * ONE_OF_A_KIND if counted is None else counted
    return _ratio(seen, whole if alike else 0.0, whole, expected)


def _ratio(exact: float, coarse: float, whole: float, expected: float) -> float:
    of_all = whole + UNSEEN
    of_user = (
        EXACT * exact / of_all
        + COARSE * coarse / of_all * ONE_OF_A_KIND
        + EVERYBODY * expected
        + UNSEEN / of_all * expected
    )
    return log(expected / of_user)


def _days(kept: Mapping[str, Known]) -> float:
    return float(sum(known.days for known in kept.values()))


def _of(kept: Mapping[str, Known], key: str) -> float:
    known = kept.get(key)
    return float(known.days) if known is not None else 0.0
