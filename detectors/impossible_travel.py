"""One account, two places, and less time between them than any journey takes."""

from collections.abc import Iterable
from math import log2, sqrt
from typing import Annotated, ClassVar, NamedTuple

from msgspec import Meta, Struct, field

from detectors.core.address import block
from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, HOUR, MINUTE, Activity, Event, SignIn, is_use
from detectors.core.finding import CAP, Evidence, Fact, Finding, Weights, finding
from detectors.core.geodesy import distance_km
from detectors.core.grade import MEDIUM_USE, grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.novelty import youth
from detectors.core.place import Form, NetworkKind, Place
from detectors.core.population import Population
from detectors.core.profile import (
    WAKEFUL,
    Known,
    Profile,
    Session,
    is_by_hand,
    network_key,
    place_key,
    session_key,
)
from detectors.core.travel import (
    AIRPORT,
    HALF_CIRCUMFERENCE_KM,
    device_label,
    impossibility,
    is_handheld,
    label,
    least_speed_kmh,
    may_be_one_line,
    network_label,
    residual_km,
    tells_place,
)
from detectors.sharing.duel import APART, IN_STEP, OPENED_WITHIN, UNTOLD, in_step

MAXIMUM_PAIRS = 16
SIGNED_ON_AGAIN = 0.6
"""Share that a sign-on at one end only counts for: at the other end a page may be open alone."""
ONLY_ACTIVE = 0.45
SCRIPTED = 0.25
MAY_ROAM = 0.6
LONG_AGO = 4 * HOUR
"""Share that counts where the log names no device and the account's own end had another address
so long (ms) before the other end came: it may be a phone, abroad with its owner."""
NO_DEVICE = 0.9
POOL = 3
"""An operator that gave an account so many lines within a day gives another each time, as a phone's
does that shares its own."""
LINE_BITS = 32, 64
"""Bits of an IPv4 and of an IPv6 address that are of one line alone."""
STRANGER = 0.7
"""From this novelty on one end is a stranger's, whatever it runs on."""
DOUBTFUL_CAP = 3.0
"""Nats at most for a pair of which one end may be a page left open, or the same machine."""
ROAMING_CAP = 2.0
"""The same for a pair of which one end may be a phone abroad with its owner: it is spoken of, and
calls nobody together with a model's opinion."""
TAKEN_OVER_CAP = 5.5
"""Below what a session in another's hands is worth: that is the better word where both hold."""
AMONG_COLLEAGUES = 2.7
"""Nats less for a takeover between two countries that a good part of the tenant's people are in:
a new computer there was of 29 honest accounts and of 3 taken over, in countries that hardly any of
them are in of 16 and of 37."""
LEAST = 1.5
"""Nats below which a pair is counted and not spoken of."""
MOST_A_DAY = 12
"""Findings on one account and day after which only a louder one is told."""
LOUDER = 1.0
"""A pair speaks again within a day only when it has grown by this many nats."""


class Parameters(Struct, frozen=True, kw_only=True):
    """What impossible_travel reckons with."""

    fastest: Annotated[
        float,
        Meta(description="Speed that a traveller may reach", ge=1, extra={"unit": "km/h"}),
    ] = 1000.0
    fixed_radius: Annotated[
        float,
        Meta(
            description="How far from a fixed line's place its user may be",
            ge=0,
            extra={"unit": "km"},
        ),
    ] = 50.0
    mobile_radius: Annotated[
        float,
        Meta(
            description="How far from a phone's or a mobile network's place its user may be",
            ge=0,
            extra={"unit": "km"},
        ),
    ] = 250.0
    working_day: Annotated[
        int,
        Meta(
            description="A sign-on this recent shows a person at that end today",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = 16 * HOUR
    pair_memory: Annotated[
        int,
        Meta(
            description="A pair of places not crossed for this long is forgotten",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = 30 * DAY


class Facts(Struct, frozen=True):
    """What a finding says: places as read, km, minutes, km/h, devices, networks, counts."""

    from_place: Annotated[str, Meta(title="Place before", extra={"fr": "Lieu avant"})]
    to_place: Annotated[str, Meta(title="Place after", extra={"fr": "Lieu après"})]
    distance_km: Annotated[int, Meta(title="Distance", extra={"fr": "Distance"})]
    residual_km: Annotated[
        int, Meta(title="Distance less uncertainty", extra={"fr": "Distance moins l'incertitude"})
    ]
    minutes: Annotated[float, Meta(title="Time between", extra={"fr": "Temps écoulé"})]
    speed_kmh: Annotated[int, Meta(title="Least speed", extra={"fr": "Vitesse minimale"})]
    from_device: Annotated[str, Meta(title="Device before", extra={"fr": "Appareil avant"})]
    to_device: Annotated[str, Meta(title="Device after", extra={"fr": "Appareil après"})]
    from_network: Annotated[str, Meta(title="Network before", extra={"fr": "Réseau avant"})]
    to_network: Annotated[str, Meta(title="Network after", extra={"fr": "Réseau après"})]
    crossings: Annotated[int, Meta(title="Times seen", extra={"fr": "Nombre de fois"})]
    days: Annotated[
        int, Meta(title="Days on which it was seen", extra={"fr": "Jours où cela s'est vu"})
    ]


class Pair(Struct, array_like=True):
    """Two places that somebody crossed between too quickly: how often, and what was said of it.

    `opened` counts days by how they began (see `detectors.sharing.duel.Duel.opened`), `today` is
    how this one did.
    """

    last: int
    best: float = 0.0
    crossings: int = 0
    days: int = 1
    spoken: float = 0.0
    spoken_at: int = 0
    opened: list[int] = field(default_factory=lambda: [0, 0, 0])
    today: int = UNTOLD


class State(Struct, array_like=True):
    """The pairs of places seen, by name, at most `MAXIMUM_PAIRS`; and how often it has spoken on
    the UTC day `day`, `loudest` in nats."""

    pairs: dict[str, Pair] = field(default_factory=dict)
    day: int = 0
    said: int = 0
    loudest: float = 0.0


class Familiarity:
    """How new to an account things are at one moment, 0 to 1; asked only of what is impossible."""

    def __init__(self, profile: Profile, at: int) -> None:
        self._profile = profile
        self._at = at
        self._countries: dict[str, float] = {}

    def novelty(self, end: SignIn | Session) -> float:
        """How unlike the account this end is: what was never seen, less so hour by hour."""
        network = None if end.network is None else network_key(end.network)
        known = None if network is None else self._profile.networks.get(network)
        elsewhere = (self._newness(known) + self._of_country(end)) / 2
        if end.device is None:
            # A log without user agents says nothing of devices, not that they are strange.
            return elsewhere
        return 0.4 * self._of_device(end) + 0.6 * elsewhere

    def is_settled(self, end: SignIn | Session) -> bool:
        """Whether this end's device or country has been the account's for a while."""
        return self._of_device(end) < 0.5 or self._of_country(end) < 0.5

    def is_usual_address(self, event: SignIn, origin: Session) -> bool:
        """Whether the end that is more the account's had its address before the other was seen.

        A phone abroad surfaces at home by its own carrier, at other addresses than at home.
        """
        homely: SignIn | Session = origin
        other: SignIn | Session = event
        if self.novelty(event) < self.novelty(origin):
            homely, other = event, origin
        since = self._first_in_country(other)
        return homely.ip is not None and any(
            session.ip == homely.ip and session.hand and session.hand < since - LONG_AGO
            for session in self._profile.sessions.values()
        )

    def may_roam(self, event: SignIn, origin: Session) -> bool:
        """Whether a computer at the end that is more the account's may be on a phone's line: that
        of a mobile carrier, or of one through which the account's phone comes or that gave the
        account another address each time today. Such a line leaves at home, wherever it is; but a
        phone on the Wi-Fi of the line that the computers had before is on no carrier's."""
        end: SignIn | Session = origin
        if self.novelty(event) < self.novelty(origin):
            end = event
        network = end.network
        if network is None or end.ip is None or self.is_usual_address(event, origin):
            return False
        if network.kind is NetworkKind.MOBILE:
            return True
        through = [
            session
            for session in self._profile.sessions.values()
            if session.network is not None and session.network.asn == network.asn
        ]
        since = self._first_in_country(event if end is origin else origin)
        homes = {
            place_key(session.place)
            for session in through
            if session.place is not None
            and session.hand
            and session.start < since - LONG_AGO
            and not is_handheld(session.device)
        }
        phones = [session.place for session in through if is_handheld(session.device)]
        if any({_town(place), _town(end.place)} - homes for place in phones):
            return True
        lines = {
            block(session.ip, *LINE_BITS)
            for session in through
            if session.ip is not None and self._at - session.hand < DAY
        }
        return len(lines | {block(end.ip, *LINE_BITS)}) >= POOL

    def _first_in_country(self, end: SignIn | Session) -> int:
        country = end.place.country if end.place else None
        return min(
            (
                known.first
                for known in self._profile.places.values()
                if known.place is not None and known.place.country == country
            ),
            default=self._at,
        )

    def _of_device(self, end: SignIn | Session) -> float:
        device = end.device
        return self._newness(
            None if device is None else self._profile.devices.get(device.fingerprint)
        )

    def _of_country(self, end: SignIn | Session) -> float:
        if end.place is None:
            return 1.0
        country = end.place.country
        newness = self._countries.get(country)
        if newness is None:
            newness = self._countries[country] = min(
                (
                    self._newness(known)
                    for known in self._profile.places.values()
                    if known.place is not None and known.place.country == country
                ),
                default=1.0,
            )
        return newness

    def _newness(self, known: Known | None) -> float:
        if known is None:
            return 1.0
        if known.is_trusted(self._at):
            return 0.0
        return max(0.0, 1.0 - (self._at - known.first) / DAY)


class Crossing(NamedTuple):
    """One impossible journey: from a session to the event, and what it is worth, in nats."""

    origin: Session
    residual: float
    gap: int
    novelty: float
    homeward: bool
    worth: float
    ceiling: float
    roaming: float


class ImpossibleTravel:
    """Compares every sign-in with every remembered session; places as vague as they are."""

    about: ClassVar[About] = About(
        name="impossible_travel",
        title=Text("Impossible travel", "Déplacement impossible"),
        aup=("6",),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=2,
        state_ttl=45 * DAY,
        facts=Facts,
        sentence=Text(
            "{from_place} ({from_device}, {from_network}), then {to_place} ({to_device}, "
            "{to_network}) {minutes} minutes later: {distance_km} km apart, at least "
            "{speed_kmh} km/h. Seen {crossings} times on {days} days.",
            "{from_place} ({from_device}, {from_network}), puis {to_place} ({to_device}, "
            "{to_network}) {minutes} minutes plus tard : {distance_km} km de distance, au moins "
            "{speed_kmh} km/h. Vu {crossings} fois sur {days} jours.",
        ),
        innocent=Text(
            "A VPN or company network not known as one, an address located wrongly, or a computer "
            "left open that works by itself.",
            "Un VPN ou un réseau d'entreprise non répertorié, une adresse mal localisée, ou un "
            "ordinateur resté ouvert qui travaille seul.",
        ),
        runbook="runbooks/impossible_travel",
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding when no journey explains this use after those that are remembered."""
        if not isinstance(event, SignIn) or event.place is None:
            return ()
        sessions = profile.sessions
        own = sessions.get(session_key(event))
        if own is not None:
            if len(sessions) == 1:
                return ()
            if own.hand == profile.last_use and own.last == profile.last_use and own.ip == event.ip:
                # Since its last activity nothing happened elsewhere: all was compared then.
                return ()
        population = context.population(subject.tenant)
        if not is_use(event) or not tells_place(event, population) or not is_by_hand(own, event):
            return ()
        worst: Crossing | None = None
        familiarity: Familiarity | None = None
        longest = int(HALF_CIRCUMFERENCE_KM / self.parameters.fastest * HOUR) + AIRPORT
        for session in sessions.values():
            if (
                session is own
                or not session.hand
                or event.time - session.hand > longest
                or session.place is None
                or session.place == event.place
                or not tells_place(session, population)
                or may_be_one_line(event, session)
                or _is_through_gateway(event, session, population)
            ):
                continue
            if familiarity is None:
                familiarity = Familiarity(profile, event.time)
            crossing = self._crossing(event, own, session, familiarity)
            if crossing is not None and (worst is None or crossing.worth > worst.worth):
                worst = crossing
        if worst is None:
            return ()
        here, there = (population.is_alien(end.network, end.place) for end in (event, worst.origin))
        off = youth(event.time, profile, alien=here != there)
        if all(p and population.is_peopled(p.country) for p in (event.place, worst.origin.place)):
            off += AMONG_COLLEAGUES
        return self._speak(event, subject, state, own, worst, off)

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: a journey is judged when it ends."""
        return ()

    def _crossing(
        self, event: SignIn, own: Session | None, origin: Session, familiarity: Familiarity
    ) -> Crossing | None:
        parameters = self.parameters
        gap = event.time - origin.hand
        residual = residual_km(event, origin, parameters.fixed_radius, parameters.mobile_radius)
        sureness = impossibility(residual, gap, parameters.fastest)
        if not sureness:
            return None
        here, there = familiarity.novelty(event), familiarity.novelty(origin)
        novelty = abs(here - there)
        trip = _share(event, own, origin, familiarity, novelty, residual, parameters)
        if trip is None:
            return None
        share, ceiling, roaming = trip
        return Crossing(
            origin, residual, gap, novelty, here < there, CAP * sureness * share, ceiling, roaming
        )

    def _speak(
        self,
        event: SignIn,
        subject: Subject,
        state: State,
        own: Session | None,
        crossing: Crossing,
        off: float,
    ) -> Iterable[Finding]:
        at = event.time
        pair = self._pair(event, crossing.origin, state)
        _note_opening(pair, event, own, crossing.origin)
        pair.crossings += 1
        pair.best = max(pair.best, crossing.worth)
        score = min(crossing.ceiling, pair.best * (1.0 + 0.5 * log2(pair.crossings)))
        # A remote desktop is opened from where it is seen on, day by day; a stranger may be too.
        alone = score / (1.0 + IN_STEP * in_step(pair.opened))
        novelty = crossing.novelty / pair.days
        most = TAKEN_OVER_CAP if crossing.ceiling >= DOUBTFUL_CAP else crossing.ceiling
        stranger = min(most, (score if novelty else alone) * (0.3 + 0.85 * sqrt(novelty)))
        weights = Weights(
            roaming=crossing.roaming,
            shared=alone * (1.0 - 0.3 * novelty**2),
            taken_over=max(0.0, stranger - off),
        )
        strength = max(weights.shared, weights.taken_over)
        if strength < LEAST or (crossing.homeward and pair.spoken >= MEDIUM_USE - LOUDER):
            return ()
        if strength < pair.spoken + LOUDER and at - pair.spoken_at < DAY:
            return ()
        pair.spoken = max(strength, pair.spoken)
        pair.spoken_at = at
        if _is_noise(state, at // DAY, strength):
            return ()
        facts = _facts(event, crossing, pair)
        return (
            finding(
                self.about.name,
                subject,
                at,
                grade(weights),
                Evidence("travel", weights, facts),
                (event.id, crossing.origin.hand_event),
            ),
        )

    def _pair(self, event: SignIn, origin: Session, state: State) -> Pair:
        at = event.time
        key = "/".join(sorted((_site(event), _site(origin))))
        pairs = state.pairs
        pair = pairs.get(key)
        if pair is None or at - pair.last > self.parameters.pair_memory:
            if key not in pairs and len(pairs) >= MAXIMUM_PAIRS:
                del pairs[min(pairs, key=lambda name: (pairs[name].last, name))]
            pair = pairs[key] = Pair(at)
        if at // DAY != pair.last // DAY:
            pair.days += 1
            pair.today = UNTOLD
        pair.last = at
        return pair


def _note_opening(pair: Pair, event: SignIn, own: Session | None, origin: Session) -> None:
    """Note how the day at both places began: one within minutes after the other, or apart."""
    mine = event.time if event.activity is Activity.LOGON else own.signed_on if own else None
    theirs = origin.signed_on
    if pair.today in (0, 1) or mine is None or theirs is None:
        return
    if event.time - min(mine, theirs) > WAKEFUL:
        # What was opened on another day says nothing of this one.
        return
    is_first = (mine < theirs) == (_site(event) < _site(origin))
    opened = int(not is_first) if mine != theirs else 0
    if abs(mine - theirs) > OPENED_WITHIN:
        opened = APART
    if pair.today != UNTOLD:
        pair.opened[pair.today] -= 1
    pair.opened[opened] += 1
    pair.today = opened


def _is_noise(state: State, day: int, strength: float) -> bool:
    """Whether enough was said that day of places by the dozen, and this is not louder."""
    if day != state.day:
        state.day, state.said, state.loudest = day, 0, 0.0
    if state.said >= MOST_A_DAY and strength < state.loudest + LOUDER:
        return True
    state.said += 1
    state.loudest = max(state.loudest, strength)
    return False


def _is_through_gateway(event: SignIn, origin: Session, population: Population) -> bool:
    """Whether it may be one computer that is now and then on the company's VPN, or in an office
    whose line comes out elsewhere: many of the tenant's people come from one of the ends, and many
    are in the country of the other."""
    if not _is_same(event, origin):
        return False
    return any(
        population.is_gateway(one.ip)
        and other.place is not None
        and population.is_peopled(other.place.country)
        for one, other in ((event, origin), (origin, event))
    )


def _share(
    event: SignIn,
    own: Session | None,
    origin: Session,
    familiarity: Familiarity,
    novelty: float,
    residual: float,
    parameters: Parameters,
) -> tuple[float, float, float] | None:
    """What part of its worth a crossing counts for, its cap, and what speaks for roaming."""
    if _is_carried(event) or _is_carried(origin):
        return _handheld_share(event, origin, familiarity, novelty)
    at = event.time
    same = _is_same(event, origin)
    returned = own is not None and _has_returned(event, own, origin, residual, parameters.fastest)
    one_machine = same and not (returned and event.session is not None)
    if _is_inland(event, origin) and (
        one_machine or not returned or not _are_fixed_computers(event, origin)
    ):
        return None
    share, ceiling = _ends(event, origin, novelty), CAP
    if event.device is None or origin.device is None:
        usual = familiarity.is_usual_address(event, origin)
        share *= NO_DEVICE if usual else MAY_ROAM
        ceiling = ROAMING_CAP
    elif not _is_inland(event, origin) and familiarity.may_roam(event, origin):
        share *= MAY_ROAM
        ceiling = ROAMING_CAP
    elif Form.SCRIPT in (event.device.form, origin.device.form) and novelty < STRANGER:
        return share * SCRIPTED, DOUBTFUL_CAP, 0.0
    signed_on = at if event.activity is Activity.LOGON else own.signed_on if own else None
    both_today = (
        signed_on is not None
        and origin.signed_on is not None
        and at - min(signed_on, origin.signed_on) <= parameters.working_day
    )
    if one_machine and novelty < 0.5:
        return share, min(ceiling, DOUBTFUL_CAP), 1.5
    if not both_today and novelty < STRANGER:
        return share, min(ceiling, DOUBTFUL_CAP), 0.0
    return share, ceiling, 0.0


def _handheld_share(
    event: SignIn, origin: Session, familiarity: Familiarity, novelty: float
) -> tuple[float, float, float] | None:
    if _is_inland(event, origin):
        return None
    for end in (event, origin):
        if _is_carried(end) and familiarity.is_settled(end):
            # A known phone roams through its own carrier, or an eSIM's, wherever its owner is.
            return None
    if _is_same(event, origin) or novelty < STRANGER:
        return None
    return 0.9 * _ends(event, origin, novelty), CAP, 0.5


def _is_carried(end: SignIn | Session) -> bool:
    """Whether this end is a phone, or may be one: a mobile line where the log names no device."""
    if end.device is not None:
        return is_handheld(end.device)
    return end.network is not None and end.network.kind is NetworkKind.MOBILE


def _is_inland(event: SignIn, origin: Session) -> bool:
    here, there = event.place, origin.place
    return here is None or there is None or here.country == there.country


def _are_fixed_computers(event: SignIn, origin: Session) -> bool:
    """Within a country databases err and carriers surface in the capital: computers on lines."""
    return all(
        end.device is not None
        and end.device.form is Form.DESKTOP
        and (end.network is None or end.network.kind is not NetworkKind.MOBILE)
        for end in (event, origin)
    )


def _ends(event: SignIn, origin: Session, novelty: float) -> float:
    signed_on = (event.activity is Activity.LOGON) + (origin.hand == origin.signed_on)
    if signed_on == 2:
        return 1.0
    share = SIGNED_ON_AGAIN if signed_on else ONLY_ACTIVE
    return max(share, min(1.0, novelty + 0.3)) if novelty >= 0.5 else share


def _has_returned(
    event: SignIn, own: Session, origin: Session, residual: float, fastest: float
) -> bool:
    """Whether the event's own session was here before the other was there, both legs too quick."""
    if not 0 < own.hand < origin.hand or own.place != event.place or own.closed is not None:
        return False
    return event.time - own.hand < max(2 * residual / fastest * HOUR, MINUTE)


def _town(place: Place | None) -> str:
    return "" if place is None else place_key(place)


def _is_same(event: SignIn, origin: Session) -> bool:
    return (
        event.device is not None
        and origin.device is not None
        and event.device.fingerprint == origin.device.fingerprint
    )


def _site(end: SignIn | Session) -> str:
    """A place by degree: addresses of one line move about by less."""
    place = end.place
    if place is None:
        return ""
    return f"{place.country}:{place.latitude:.0f}:{place.longitude:.0f}"


def _facts(event: SignIn, crossing: Crossing, pair: Pair) -> dict[str, Fact]:
    origin = crossing.origin
    distance = distance_km(event.place, origin.place) if event.place and origin.place else 0.0
    return {
        "from_place": label(origin.place),
        "to_place": label(event.place),
        "distance_km": round(distance),
        "residual_km": round(crossing.residual),
        "minutes": round(crossing.gap / MINUTE, 1),
        "speed_kmh": round(least_speed_kmh(crossing.residual, crossing.gap)),
        "from_device": device_label(origin.device),
        "to_device": device_label(event.device),
        "from_network": network_label(origin.network),
        "to_network": network_label(event.network),
        "crossings": pair.crossings,
        "days": pair.days,
    }
