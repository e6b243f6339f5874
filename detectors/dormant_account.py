"""An account that nobody used for weeks wakes up elsewhere, on another device."""

from collections.abc import Iterable
from math import log2
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from detectors.core.context import AccountKind, Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, Event, SignIn
from detectors.core.finding import Evidence, Finding, Weights, finding
from detectors.core.geodesy import distance_km
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.novelty import Novelty, is_start, novelty
from detectors.core.place import SERVERS
from detectors.core.population import MASKED, Line, Newness, Population
from detectors.core.profile import Profile
from detectors.core.travel import device_label, is_handheld, label, network_label

STRANGE = 3.4
"""Nats for a computer far off; every doubling of the time unused adds `DOUBLING`."""
DOUBLING = 0.5
MOST = 4.0
EARLIER, HIDDEN = 7 * DAY, 2.0
"""Half as long unused is dormant for what comes out of a server, a VPN or Tor: whoever is back from
a week's leave comes to the usual desk. Nats for as much as that; every doubling adds as much."""
SHARE_OF_HANDHELD = 0.5
SHARE_AWAY, SHARE_AT_HOME = 0.5, 0.4
"""Share that counts for a phone, and for a new line in a usual country, elsewhere or near a usual
place: whoever comes back from a long leave often has a new computer, and at times a new provider.
"""
AWAY_KM = 100.0
NEVER_USED = {"hosting": 4.5, "tor": 4.5, "vpn": 4.0, "fixed": 3.0, "mobile": 3.0}
"""Nats for the first use ever of an account, by the sort of network: through one that the tenant's
people do not have and, but for servers, from a country that they are not in. Of some 170 accounts
of nine months that honest people first signed on to so late none came so, and three of five that
strangers first came into."""
FOREIGN_SERVER = 0.8
"""Nats more for a server in such a country."""
RENTED_DESKTOPS = ("amazon", "microsoft", "google")
"""How the names of those begin that rent out desktops too: of their servers it says no more."""


class Parameters(Struct, frozen=True, kw_only=True):
    """What dormant_account reckons with."""

    unused: Annotated[
        int,
        Meta(
            description="How long an account is unused before it is dormant",
            ge=DAY,
            extra={"unit": "ms"},
        ),
    ] = 14 * DAY


class Facts(Struct, frozen=True):
    """What a finding says: how long nobody was there, and who came then."""

    days: Annotated[int, Meta(title="Days unused", extra={"fr": "Jours sans usage"})]
    device: Annotated[str, Meta(title="Device", extra={"fr": "Appareil"})]
    network: Annotated[str, Meta(title="Network", extra={"fr": "Réseau"})]
    place: Annotated[str, Meta(title="Place", extra={"fr": "Lieu"})]
    ip: Annotated[str | None, Meta(title="Address", extra={"fr": "Adresse"})]


class State(Struct, array_like=True):
    """Nothing: the profile remembers all that is needed."""


class DormantAccount:
    """Says nothing of a return to the usual desk or line: that is somebody back from leave."""

    about: ClassVar[About] = About(
        name="dormant_account",
        title=Text("Dormant account awakes", "Réveil d'un compte dormant"),
        aup=("6",),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=2,
        state_ttl=DAY,
        facts=Facts,
        sentence=Text(
            "After {days} days or more without use, {device} at {place} ({network}, {ip}) signed "
            "in: neither was the account's before.",
            "Après {days} jours ou plus sans usage, {device} à {place} ({network}, {ip}) s'est "
            "connecté : ni l'un ni l'autre n'était au compte.",
        ),
        innocent=Text(
            "Somebody back from leave with a new computer, before being at the office, or a new "
            "colleague abroad or on a rented desktop.",
            "Un retour de congé avec un nouvel ordinateur, avant le passage au bureau, ou un "
            "nouveau collègue à l'étranger ou sur un poste loué.",
        ),
        runbook="runbooks/dormant_account",
        skips_sessions=True,
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding when the first use after a long time, or ever, is a stranger's."""
        if not profile.uses:
            return self._never_used(event, subject, profile, context)
        least = min(EARLIER, self.parameters.unused)
        if event.time - profile.last_use < least:
            return ()
        if not isinstance(event, SignIn) or not is_start(event, profile):
            return ()
        found = novelty(event, profile)
        share = 0.0 if found is None else _share(found, event, profile)
        if not share:
            return ()
        unused = event.time - profile.last_use
        worth = min(MOST, STRANGE + DOUBLING * log2(unused / self.parameters.unused))
        if unused < self.parameters.unused:
            if found is None or found.line not in MASKED:
                return ()
            worth = HIDDEN
        return (self._awake(event, subject, share * worth, unused // DAY),)

    def _never_used(
        self, event: Event, subject: Subject, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding for an account that nobody used as long as its tenant is known, and then
        somebody from where next to none of its people are. One that the log saw being made is
        new."""
        if not isinstance(event, SignIn) or not is_start(event, profile):
            return ()
        population = context.population(subject.tenant)
        if profile.made is not None or not population.is_well_known:
            return ()
        if context.kind(subject, event.time) is not AccountKind.PERSON:
            return ()
        worth = _alien(event, population)
        if is_handheld(event.device):
            worth *= SHARE_OF_HANDHELD
        return (self._awake(event, subject, worth, population.days),) if worth else ()

    def _awake(self, event: SignIn, subject: Subject, worth: float, days: int) -> Finding:
        weights = Weights(taken_over=worth)
        evidence = Evidence(
            "dormancy",
            weights,
            {
                "days": days,
                "device": device_label(event.device),
                "network": network_label(event.network),
                "place": label(event.place),
                "ip": event.ip,
            },
        )
        return finding(self.about.name, subject, event.time, grade(weights), evidence, (event.id,))

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: an account awakes when it is used."""
        return ()


def _alien(event: SignIn, population: Population) -> float:
    """Nats for where next to none of the tenant's people come from; 0 where they may."""
    network = event.network
    if network is None or network.asn is None or population.has_network(network.asn):
        return 0.0
    if population.is_common(event.ip):
        return 0.0
    is_foreign = event.place is not None and population.is_foreign(event.place.country)
    if network.kind in SERVERS:
        rents = (network.organisation or "").casefold().startswith(RENTED_DESKTOPS)
        return NEVER_USED[network.kind.value] + FOREIGN_SERVER * (is_foreign and not rents)
    return NEVER_USED.get(network.kind.value, 0.0) if is_foreign else 0.0


def _share(found: Novelty, event: SignIn, profile: Profile) -> float:
    """What part of the worth counts for this awakening; 0 at home."""
    if found.line in (Line.SAME, Line.UNSAID):
        return 0.0
    far = found.line in MASKED or found.line is Line.ABROAD
    if found.device is Newness.KNOWN or found.device is Newness.UNSAID:
        return 1.0 if far and not found.handheld else 0.0
    share = 1.0 if far else SHARE_AWAY if _is_away(event, profile) else SHARE_AT_HOME
    return share * SHARE_OF_HANDHELD if found.handheld else share


def _is_away(event: SignIn, profile: Profile) -> bool:
    """Whether it is far from every place that the account was in good order at."""
    at, place = event.time, event.place
    usual = [
        known.place
        for known in profile.places.values()
        if known.place is not None and known.is_accepted(at)
    ]
    return place is not None and bool(usual) and all(distance_km(place, p) > AWAY_KM for p in usual)
