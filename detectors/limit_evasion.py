"""Use beyond what the tenant's rules allow: other countries or networks, no second factor, more
sessions at once."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field

from detectors.core.context import Context, Rules
from detectors.core.detector import About, Text
from detectors.core.event import DAY, LOGON, MINUTE, Event, SignIn, is_use
from detectors.core.finding import Evidence, Fact, Finding, Weights, finding
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.place import NetworkKind
from detectors.core.profile import Profile, Session, session_key

BROKEN = 4.2
"""Nats for what a rule plainly forbids."""
HIDDEN = 1.5
"""Nats for a network that hides the country where a rule asks for it."""
WITHOUT_FACTOR = 2.6
"""Nats for a sign-on without the second factor that a rule asks for: LOW by itself, for it may be a
provider that remembers a device, and adds to whatever else is found."""
HIDING = frozenset({NetworkKind.VPN, NetworkKind.TOR, NetworkKind.RELAY})
UNSAID = frozenset({NetworkKind.UNKNOWN, NetworkKind.PRIVATE})
"""Networks of which nothing is known: no rule is broken by them."""
NOWHERE = frozenset({NetworkKind.HOSTING, NetworkKind.SATELLITE, *HIDING})
MAXIMUM_COUNTRIES = 8
_SEATS = "seats"
_NETWORK = "network"
_MFA = "mfa"


class Parameters(Struct, frozen=True, kw_only=True):
    """What limit_evasion reckons with; the rules themselves are in the settings."""

    idle: Annotated[
        int,
        Meta(
            description="A session without activity for so long takes no seat",
            ge=MINUTE,
            extra={"unit": "ms"},
        ),
    ] = 30 * MINUTE
    silence: Annotated[
        int,
        Meta(
            description="How long the same breach is not told again",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = DAY


class Facts(Struct, frozen=True):
    """What a finding says: which rule, and what was beyond it."""

    rule: Annotated[
        str,
        Meta(
            title="Rule",
            extra={
                "fr": "Règle",
                "values": {
                    "country": Text("allowed countries", "pays autorisés"),
                    "hidden": Text("allowed countries, hidden", "pays autorisés, caché"),
                    _NETWORK: Text("allowed networks", "réseaux autorisés"),
                    _MFA: Text("second factor", "second facteur"),
                    _SEATS: Text("sessions at once", "sessions simultanées"),
                },
            },
        ),
    ]
    country: Annotated[str | None, Meta(title="Country", extra={"fr": "Pays"})]
    sessions: Annotated[int, Meta(title="Sessions at once", extra={"fr": "Sessions simultanées"})]
    allowed: Annotated[str, Meta(title="Allowed", extra={"fr": "Autorisé"})]
    ip: Annotated[str | None, Meta(title="Address", extra={"fr": "Adresse"})]


class State(Struct, array_like=True):
    """When each breach was told last, by country, kind of network, `mfa` or `seats` (event time in
    ms)."""

    told: dict[str, int] = field(default_factory=dict)


class LimitEvasion:
    """Holds an account's use against its tenant's rules; without a rule it says nothing."""

    about: ClassVar[About] = About(
        name="limit_evasion",
        title=Text("Beyond the rules", "Hors des règles"),
        aup=("3.3",),
        attack=("T1090",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=8 * DAY,
        facts=Facts,
        sentence=Text(
            "Used from {ip} ({country}) with {sessions} sessions at once; allowed: {allowed}.",
            "Utilisé depuis {ip} ({country}) avec {sessions} sessions à la fois ; autorisé : "
            "{allowed}.",
        ),
        innocent=Text(
            "A journey or a second device that nobody told the administrator of.",
            "Un voyage ou un second appareil dont l'administrateur ne sait rien.",
        ),
        runbook="runbooks/limit_evasion",
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at a use that a rule forbids, once a day for each way of breaking it."""
        if not context.has_rules or not isinstance(event, SignIn) or not is_use(event):
            return ()
        rules = context.rules_of(subject.tenant, event.time)
        found: list[Finding] = []
        if rules.countries:
            found += self._country(event, subject, state, rules)
        # One finding for an event: what else it breaks is told at the next.
        if rules.networks and not found:
            found += self._network(event, subject, state, rules)
        if rules.mfa_required and not found:
            found += self._factor(event, subject, state)
        if rules.seats is not None and not found:
            found += self._seats(event, subject, state, profile, rules.seats)
        return found

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing."""
        return ()

    def _country(
        self, event: SignIn, subject: Subject, state: State, rules: Rules
    ) -> Iterable[Finding]:
        kind = NetworkKind.UNKNOWN if event.network is None else event.network.kind
        country = None if event.place is None else event.place.country
        if kind in HIDING:
            breach, worth = "hidden", HIDDEN
        elif kind in NOWHERE or country is None or country in rules.countries:
            return
        else:
            breach, worth = "country", BROKEN
        if self._is_told(state, breach if breach == "hidden" else str(country), event.time):
            return
        yield self._said(
            event, subject, breach, worth, 1, ", ".join(sorted(rules.countries)), (event.id,)
        )

    def _network(
        self, event: SignIn, subject: Subject, state: State, rules: Rules
    ) -> Iterable[Finding]:
        kind = NetworkKind.UNKNOWN if event.network is None else event.network.kind
        if kind in rules.networks or kind in UNSAID:
            return
        if self._is_told(state, f"{_NETWORK}:{kind.value}", event.time):
            return
        allowed = ", ".join(sorted(one.value for one in rules.networks))
        yield self._said(event, subject, _NETWORK, BROKEN, 1, allowed, (event.id,))

    def _factor(self, event: SignIn, subject: Subject, state: State) -> Iterable[Finding]:
        # Of what is done in a session nothing is said of how it began.
        if event.activity is not LOGON or event.mfa is not False:
            return
        if not self._is_told(state, _MFA, event.time):
            yield self._said(event, subject, _MFA, WITHOUT_FACTOR, 1, "MFA", (event.id,))

    def _seats(
        self, event: SignIn, subject: Subject, state: State, profile: Profile, seats: int
    ) -> Iterable[Finding]:
        mine = session_key(event)
        others: list[Session] = [
            session
            for key, session in profile.live_sessions(event.time, self.parameters.idle)
            if key != mine
        ]
        if len(others) + 1 <= seats or self._is_told(state, _SEATS, event.time):
            return
        events = dict.fromkeys((event.id, *(session.last_event for session in others)))
        yield self._said(event, subject, _SEATS, BROKEN, len(others) + 1, str(seats), tuple(events))

    def _is_told(self, state: State, breach: str, at: int) -> bool:
        before = state.told.get(breach)
        if before is not None and at - before < self.parameters.silence:
            return True
        if breach not in state.told and len(state.told) >= MAXIMUM_COUNTRIES:
            del state.told[min(state.told, key=lambda key: (state.told[key], key))]
        state.told[breach] = at
        return False

    def _said(
        self,
        event: SignIn,
        subject: Subject,
        rule: str,
        worth: float,
        sessions: int,
        allowed: str,
        events: tuple[bytes, ...],
    ) -> Finding:
        weights = Weights(attack=worth)
        facts: dict[str, Fact] = {
            "rule": rule,
            "country": None if event.place is None else event.place.country,
            "sessions": sessions,
            "allowed": allowed,
            "ip": event.ip,
        }
        evidence = Evidence(rule, weights, facts)
        return finding(self.about.name, subject, event.time, grade(weights), evidence, events)
