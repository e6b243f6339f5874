"""A sign-in weighed at once by a learned model: unlike the owner, and unlike the colleagues."""

from collections.abc import Iterable, Sequence
from math import exp
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field

from detectors.core.context import AccountKind, Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, Event, SignIn
from detectors.core.feature import SHOWN, reason, reasons
from detectors.core.finding import Evidence, Fact, Finding, Weights, finding
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.novelty import Novelty, handed, is_start, novelty
from detectors.core.place import Form
from detectors.core.population import Line, Newness
from detectors.core.profile import Profile
from detectors.core.travel import device_label, label, network_label
from detectors.takeover.arrival import of_the_tenant
from detectors.takeover.features import FEATURES, Seen, vector

MODEL = "unusual_sign_in"
MAXIMUM_REMEMBERED = 8
MEMORY = 45 * DAY


class Parameters(Struct, frozen=True, kw_only=True):
    """What unusual_sign_in reckons with."""

    least: Annotated[
        float,
        Meta(
            description="Score below which the model says nothing",
            ge=0,
            le=12,
            extra={"unit": "nats"},
        ),
    ] = 2.0
    most_for: Annotated[
        float,
        Meta(description="Most that the model may speak for", ge=0, le=6, extra={"unit": "nats"}),
    ] = 1.0


class Facts(Struct, frozen=True):
    """What a finding says: who came from where, the model's weight, and what moved it most."""

    device: Annotated[str, Meta(title="Device", extra={"fr": "Appareil"})]
    network: Annotated[str, Meta(title="Network", extra={"fr": "Réseau"})]
    place: Annotated[str, Meta(title="Place", extra={"fr": "Lieu"})]
    odds: Annotated[
        float,
        Meta(
            title="Times as likely of a stranger as of the owner, as far as it counts",
            extra={
                "fr": "Fois plus probable d'un étranger que du titulaire, pour ce qui en compte"
            },
        ),
    ]
    first: Annotated[str, reason(FEATURES, "First reason", "Première raison")]
    second: Annotated[str, reason(FEATURES, "Second reason", "Deuxième raison")]
    third: Annotated[str, reason(FEATURES, "Third reason", "Troisième raison")]
    first_nats: Annotated[
        float, Meta(title="Weight of the first", extra={"fr": "Poids de la première"})
    ]
    second_nats: Annotated[
        float, Meta(title="Weight of the second", extra={"fr": "Poids de la deuxième"})
    ]
    third_nats: Annotated[
        float, Meta(title="Weight of the third", extra={"fr": "Poids de la troisième"})
    ]
    model: Annotated[str, Meta(title="Model", extra={"fr": "Modèle"})]


class State(Struct, array_like=True):
    """When each device in a network was last weighed (ms), by `handed`, the last
    `MAXIMUM_REMEMBERED`."""

    weighed: dict[str, int] = field(default_factory=dict)


class UnusualSignIn:
    """Adds a little to what others find: the tenant's habits, and all signs of one sign-in at once.

    It looks at the first sign-in of each device in a network, and speaks for a stranger only.
    """

    about: ClassVar[About] = About(
        name="unusual_sign_in",
        title=Text("Unusual sign-in, says a model", "Connexion inhabituelle, selon un modèle"),
        aup=("6", "3.3"),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=MEMORY,
        facts=Facts,
        sentence=Text(
            "{device} at {place} ({network}) signed in, in a way that a learned model finds unlike "
            "the owner and the colleagues: it counts as {odds} times as likely of a stranger. What "
            "moved it most: {first} ({first_nats}), {second} ({second_nats}), {third} "
            "({third_nats}).",
            "{device} à {place} ({network}) s'est connecté d'une façon qu'un modèle appris trouve "
            "différente du titulaire et des collègues : cela compte comme {odds} fois plus "
            "probable d'un étranger. Ce qui a le plus compté : {first} ({first_nats}), {second} "
            "({second_nats}), {third} ({third_nats}).",
        ),
        innocent=Text(
            "A new computer on a journey. A model is never the only ground: look at what else was "
            "found.",
            "Un nouvel ordinateur en voyage. Un modèle n'est jamais le seul motif : voir ce qui a "
            "été trouvé d'autre.",
        ),
        runbook="runbooks/unusual_sign_in",
        skips_sessions=True,
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at a first sign-in that the model finds like a stranger's."""
        model = context.models.get(MODEL)
        if model is None or not isinstance(event, SignIn):
            return ()
        seen = look(event, subject, state, profile, context)
        if seen is None:
            return ()
        score, parts = model.score(vector(seen))
        strength = min(self.parameters.most_for, score - self.parameters.least)
        if strength <= 0:
            return ()
        facts = _facts(event, strength, parts, model.version)
        weights = Weights(taken_over=strength)
        evidence = Evidence("sign_in_model", weights, facts, learned=True)
        name = self.about.name
        return (finding(name, subject, event.time, grade(weights), evidence, (event.id,)),)

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: a sign-in is weighed when it comes."""
        return ()


def look(
    event: SignIn, subject: Subject, state: State, profile: Profile, context: Context
) -> Seen | None:
    """What a model is to weigh, and note that it was; None for what shows nothing new, for a
    program's, and for what was weighed before."""
    if not is_start(event, profile):
        return None
    found = novelty(event, profile)
    if found is None or (found.device is Newness.KNOWN and found.line is Line.SAME):
        return None
    if _is_program(event, subject, found, context) or not _is_first(state, event):
        return None
    population = context.population(subject.tenant)
    return Seen(event, profile, population, of_the_tenant(found, event, profile, population))


def _is_program(event: SignIn, subject: Subject, found: Novelty, context: Context) -> bool:
    if found.device is Newness.NEW:
        return False
    is_script = event.device is not None and event.device.form is Form.SCRIPT
    return is_script or context.kind(subject, event.time) is AccountKind.SERVICE


def _is_first(state: State, event: SignIn) -> bool:
    """Whether this device in this network was not weighed lately; notes that it is now."""
    name, weighed = handed(event), state.weighed
    before = weighed.pop(name, None)
    weighed[name] = event.time
    while len(weighed) > MAXIMUM_REMEMBERED:
        del weighed[min(weighed, key=lambda one: (weighed[one], one))]
    return before is None or event.time - before > MEMORY


def _facts(event: SignIn, strength: float, parts: Sequence[float], version: str) -> dict[str, Fact]:
    moved = sorted(zip(parts, FEATURES, strict=True), key=lambda p: (-p[0], p[1].name))
    told = [(f.name, round(part, 1)) for part, f in moved[:SHOWN] if part > 0]
    facts: dict[str, Fact] = {
        "device": device_label(event.device),
        "network": network_label(event.network),
        "place": label(event.place),
        "odds": round(exp(strength), 2),
        "model": version[:12],
    }
    facts |= reasons(told)
    return facts
