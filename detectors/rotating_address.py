"""Strange lines of one operator after another within hours: a pool of other people's addresses."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field

from detectors.core import address
from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, HOUR, MINUTE, SUCCESS, Event, SignIn, is_attempt, is_use
from detectors.core.finding import CAP, Evidence, Finding, Weights, finding
from detectors.core.geodesy import distance_km
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.novelty import NEAR_KM, line_of, youth
from detectors.core.place import NetworkKind, Place
from detectors.core.population import Line
from detectors.core.profile import Profile, Session, session_key
from detectors.core.travel import device_label, is_handheld, label, network_label

MAXIMUM_LINES = 16
LEAST_USES = 3
"""Uses of an account before which nothing tells its own lines from strange ones."""
FEW_OPERATORS = 2
"""Operators that are enough where as many lines as `operators` failed before one got in."""
LEAST = 1.0
"""Nats below which nothing is said."""
_STRANGE = frozenset({Line.ELSEWHERE, Line.NEW, Line.ABROAD})


class Parameters(Struct, frozen=True, kw_only=True):
    """What rotating_address reckons with."""

    operators: Annotated[
        int,
        Meta(
            description="Operators of strange fixed lines within the window",
            ge=2,
            le=8,
            extra={"unit": "operators"},
        ),
    ] = 3
    window: Annotated[
        int,
        Meta(
            description="Time within which nobody is on so many lines",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = 6 * HOUR
    worth: Annotated[
        float,
        Meta(
            description="What so many operators speak for a stranger",
            ge=0,
            le=6,
            extra={"unit": "nats"},
        ),
    ] = 4.5
    each: Annotated[
        float,
        Meta(description="The same for each line more", ge=0, le=3, extra={"unit": "nats"}),
    ] = 0.5


class Facts(Struct, frozen=True):
    """What a finding says: the lines and operators so far, and where it got in at last."""

    lines: Annotated[int, Meta(title="Lines", extra={"fr": "Lignes"})]
    operators: Annotated[int, Meta(title="Operators", extra={"fr": "Opérateurs"})]
    failures: Annotated[int, Meta(title="Lines that failed", extra={"fr": "Lignes qui ont échoué"})]
    minutes: Annotated[float, Meta(title="Within", extra={"fr": "En l'espace de"})]
    ip: Annotated[str | None, Meta(title="Address", extra={"fr": "Adresse"})]
    network: Annotated[str, Meta(title="Network", extra={"fr": "Réseau"})]
    place: Annotated[str, Meta(title="Place", extra={"fr": "Lieu"})]
    device: Annotated[str, Meta(title="Device", extra={"fr": "Appareil"})]


class Seen(Struct, array_like=True):
    """A strange line: its operator and place, when it first came (ms), and whether it got in."""

    operator: int
    first: int
    place: Place | None
    got_in: bool = False

    def is_near(self, place: Place | None) -> bool:
        """Whether it is in the same town."""
        if self.place is None or place is None:
            return False
        return distance_km(self.place, place) <= NEAR_KM


class State(Struct, array_like=True):
    """The strange lines of the window by their block, at most `MAXIMUM_LINES`; how many had come
    when it was said last, and when (ms)."""

    lines: dict[str, Seen] = field(default_factory=dict)
    spoken: int = 0
    spoken_at: int = 0


class RotatingAddress:
    """Strong: a residential proxy gives another household's line each time."""

    about: ClassVar[About] = About(
        name="rotating_address",
        title=Text("Rotating addresses", "Adresses tournantes"),
        aup=("3.3",),
        attack=("T1090.002", "T1078"),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=2 * DAY,
        facts=Facts,
        sentence=Text(
            "{lines} lines of {operators} operators that the account does not have came to it "
            "within {minutes} minutes, {failures} of them in vain; the last one got in: {ip} "
            "({network}) at {place}, with {device}.",
            "{lines} lignes de {operators} opérateurs que le compte n'a pas s'y sont présentées "
            "en {minutes} minutes, dont {failures} en vain ; la dernière est entrée : {ip} "
            "({network}) à {place}, avec {device}.",
        ),
        innocent=Text(
            "A VPN that comes out at households' lines, a gateway that bundles several operators.",
            "Un VPN qui sort par des lignes de particuliers, une passerelle qui réunit plusieurs "
            "opérateurs.",
        ),
        runbook="runbooks/rotating_address",
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding when one strange line more gets in than anybody has within hours."""
        if not isinstance(event, SignIn) or event.ip is None:
            return ()
        before = profile.sessions.get(session_key(event))
        if before is not None and (before.ip == event.ip or not _began_here(before, state)):
            return ()
        seen = self._note(event, subject, state, profile, context)
        if seen is None or not seen.got_in:
            return ()
        # Others guess at the account as well; who picks a town for his lines picks the same again,
        # and the owner's own is anybody's.
        is_own_town = _is_own_town(event, profile)
        lines = [
            one
            for one in state.lines.values()
            if one.got_in or (not is_own_town and one.is_near(event.place))
        ]
        return self._speak(event, subject, state, lines, youth(event.time, profile))

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: a line is strange when it comes."""
        return ()

    def _note(
        self, event: SignIn, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Seen | None:
        """The strange line that this comes through; None where it is no such one."""
        network, at = event.network, event.time
        if network is None or network.asn is None or network.kind is not NetworkKind.FIXED:
            return None
        is_in = event.outcome is SUCCESS and is_use(event)
        if not (is_in or is_attempt(event)) or is_handheld(event.device):
            return None
        name = address.line_of(event.ip or "")
        lines = state.lines
        for old in [key for key, one in lines.items() if at - one.first > self.parameters.window]:
            del lines[old]
        seen = lines.get(name)
        if seen is None:
            if profile.uses < LEAST_USES or not self._is_strange(event, subject, profile, context):
                return None
            if len(lines) >= MAXIMUM_LINES:
                del lines[min(lines, key=lambda key: (lines[key].first, key))]
            seen = lines[name] = Seen(network.asn, at, event.place)
        seen.got_in = seen.got_in or is_in
        return seen

    def _is_strange(
        self, event: SignIn, subject: Subject, profile: Profile, context: Context
    ) -> bool:
        line = line_of(event.network, event.place, profile, event.time)
        return line in _STRANGE and not context.population(subject.tenant).is_common(event.ip)

    def _speak(
        self, event: SignIn, subject: Subject, state: State, lines: list[Seen], off: float
    ) -> Iterable[Finding]:
        limits, count = self.parameters, len(lines)
        operators = len({one.operator for one in lines})
        failed = sum(not one.got_in for one in lines)
        rotates = operators >= limits.operators
        guessed = failed >= limits.operators - 1 and operators >= FEW_OPERATORS
        if not (rotates or guessed) or count < limits.operators:
            return ()
        at = event.time
        if count <= state.spoken and at - state.spoken_at < DAY:
            return ()
        worth = limits.worth + limits.each * (count - limits.operators) - off
        if worth < LEAST:
            return ()
        state.spoken, state.spoken_at = count, at
        weights = Weights(taken_over=min(CAP, worth))
        first = min(one.first for one in lines)
        evidence = Evidence(
            "rotation",
            weights,
            {
                "lines": count,
                "operators": operators,
                "failures": failed,
                "minutes": round((at - first) / MINUTE, 1),
                "ip": event.ip,
                "network": network_label(event.network),
                "place": label(event.place),
                "device": device_label(event.device),
            },
        )
        return (finding(self.about.name, subject, at, grade(weights), evidence, (event.id,)),)


def _is_own_town(event: SignIn, profile: Profile) -> bool:
    """Whether the account was somewhere near in good order on a day before."""
    return event.place is not None and any(
        known.place is not None
        and known.is_accepted(event.time)
        and event.time - known.first >= DAY
        and distance_km(known.place, event.place) <= NEAR_KM
        for known in profile.places.values()
    )


def _began_here(session: Session, state: State) -> bool:
    """Whether the session began on one of the strange lines: what comes of another one is of
    whoever has its cookie, and session_hijacking's."""
    return any(seen.first <= session.start for seen in state.lines.values())
