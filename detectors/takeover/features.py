"""From one sign-in to the features that a model weighs; a reviewer can read each.

Against the account's own past, against what its colleagues show, and against where its owner was.
What a log or a young tenant cannot show is missing (NaN), not nought.
"""

from collections.abc import Callable, Mapping
from math import isnan, log, log1p, nan
from typing import NamedTuple

from msgspec import Struct

from detectors.core.detector import Text
from detectors.core.event import DAY, HOUR, MINUTE, SignIn
from detectors.core.freeman import freeman
from detectors.core.geodesy import distance_km
from detectors.core.novelty import Novelty, hours_apart
from detectors.core.population import MASKED, Newness, Population, address_of
from detectors.core.presence import desk_of, last_at_desk
from detectors.core.profile import Profile
from detectors.core.travel import is_somewhere
from detectors.takeover.telling import failures_from

RAREST = 0.0005
"""A share of the tenant's sign-ons below which nothing is told apart."""
PRESENT = 12.0
"""Hours after which the owner's last gesture at the usual desk says nothing."""
LOCATED_KM = 80.0
"""Two lines may be so much nearer to each other than they are located."""
_DEGREE = {Newness.TWIN: 0.5, Newness.NEW: 1.0}
_HOURS = 24


class Seen(NamedTuple):
    """One sign-in with what was known before it; `found` is what is new about it."""

    event: SignIn
    profile: Profile
    population: Population
    found: Novelty


class Feature(Struct, frozen=True):
    """One feature: `words` for the reviewer, `unit`, and how it follows from the sign-in.

    Values are clipped to 0 and `most`; where nothing tells, it is NaN. `rises`: more of it never
    speaks against a stranger; else never for one. A model has to keep to that.
    """

    name: str
    unit: str
    words: Text
    of: Callable[[Seen], float]
    most: float
    rises: bool = True

    def value(self, seen: Seen) -> float:
        """The clipped value; NaN where it is not known."""
        value = self.of(seen)
        return value if isnan(value) else min(self.most, max(0.0, value))


def vector(seen: Seen) -> tuple[float, ...]:
    """All features in the order of `FEATURES`."""
    return tuple(feature.value(seen) for feature in FEATURES)


def _rarity(shares: Mapping[str, float], value: str | None) -> float:
    """How rare a value is among the tenant's people, in nats; NaN where nothing was counted."""
    if not shares or value is None:
        return nan
    return -log(max(RAREST, shares.get(value, 0.0)))


def _surprise(seen: Seen) -> float:
    found = seen.found
    return seen.population.surprise(found.device, found.line, handheld=found.handheld)


def _own_past(seen: Seen) -> float:
    return freeman(seen.event, seen.profile, seen.population)


def _provider(seen: Seen) -> float:
    network = seen.event.network
    number = None if network is None or network.asn is None else str(network.asn)
    return _rarity(seen.population.networks, number)


def _country(seen: Seen) -> float:
    place = seen.event.place
    return _rarity(seen.population.countries, None if place is None else place.country)


def _hour(seen: Seen) -> float:
    share = seen.population.hours[seen.event.time % DAY // HOUR]
    return -log(max(RAREST, _HOURS * share))


def _colleagues(seen: Seen) -> float:
    if seen.event.ip is None or not seen.population.addresses:
        return nan
    return log1p(100.0 * seen.population.addresses.get(address_of(seen.event.ip), 0.0))


def _night(seen: Seen) -> float:
    return float(hours_apart(seen.event.time, seen.profile).is_night)


def _guesses(seen: Seen) -> float:
    return log1p(len(seen.profile.failures_since(seen.event.time - DAY)))


def _silence(seen: Seen) -> float:
    last = seen.profile.last_use
    return log1p((seen.event.time - last) / DAY) if last else nan


def _present(seen: Seen) -> float:
    last = last_at_desk(seen.event, seen.profile, proxied=False)
    return 1.0 - (seen.event.time - last) / HOUR / PRESENT if last else 0.0


def _reach(seen: Seen) -> float:
    event = seen.event
    last = last_at_desk(event, seen.profile, proxied=False)
    desk = desk_of(seen.profile, event.time)
    if not last or desk is None or event.place is None or not is_somewhere(event.network):
        return nan
    hours = max(MINUTE, event.time - last) / HOUR
    return log1p(max(0.0, distance_km(desk, event.place) - LOCATED_KM) / hours)


FEATURES = (
    Feature(
        "surprise",
        "nats",
        Text(
            "a device and a line that strangers come with, and owners seldom",
            "un appareil et une ligne d'étrangers, rares chez des titulaires",
        ),
        _surprise,
        8.0,
    ),
    Feature(
        "own_past",
        "nats",
        Text("unlike the account's own past", "différent du passé du compte"),
        _own_past,
        10.0,
    ),
    Feature(
        "provider",
        "nats",
        Text("a provider that colleagues do not use", "un opérateur que les collègues n'ont pas"),
        _provider,
        7.6,
    ),
    Feature(
        "country",
        "nats",
        Text("a country that colleagues are not in", "un pays où les collègues ne sont pas"),
        _country,
        7.6,
    ),
    Feature(
        "hour",
        "nats",
        Text("an hour when colleagues do not sign on", "une heure où les collègues n'arrivent pas"),
        _hour,
        4.0,
    ),
    Feature(
        "colleagues",
        "log of per cent of the tenant's sign-ons",
        Text("an address that colleagues sign on from", "une adresse d'où arrivent des collègues"),
        _colleagues,
        4.0,
        rises=False,
    ),
    Feature(
        "hours_away",
        "hours",
        Text("far from the usual hours", "loin des heures habituelles"),
        lambda seen: float(hours_apart(seen.event.time, seen.profile).away),
        8.0,
    ),
    Feature(
        "night",
        "yes or no",
        Text("while its owner is asleep", "pendant le sommeil du titulaire"),
        _night,
        1.0,
    ),
    Feature(
        "failures",
        "log of failures",
        Text("failures from there before it", "des échecs de là auparavant"),
        lambda seen: log1p(failures_from(seen.event, seen.profile)),
        2.5,
    ),
    Feature(
        "guesses",
        "log of failures",
        Text("failures from anywhere before it", "des échecs de partout auparavant"),
        _guesses,
        4.0,
    ),
    Feature(
        "new_device",
        "0 known, 0.5 older program, 1 new",
        Text("a device that the account does not know", "un appareil que le compte ne connaît pas"),
        lambda seen: (
            nan if seen.found.device is Newness.UNSAID else _DEGREE.get(seen.found.device, 0.0)
        ),
        1.0,
    ),
    Feature(
        "masked",
        "yes or no",
        Text("behind a server, a VPN or Tor", "derrière un serveur, un VPN ou Tor"),
        lambda seen: float(seen.found.line in MASKED),
        1.0,
    ),
    Feature(
        "silence",
        "log of days",
        Text("an account not used for days", "un compte inutilisé depuis des jours"),
        _silence,
        4.0,
    ),
    Feature(
        "present",
        "1 just now, 0 twelve hours ago",
        Text("its owner at the usual desk shortly before", "le titulaire à son poste peu avant"),
        _present,
        1.0,
    ),
    Feature(
        "reach",
        "log of km/h",
        Text("farther than its owner can have gone", "plus loin que le titulaire n'a pu aller"),
        _reach,
        8.0,
    ),
)
"""In the order in which a model's curves stand."""
