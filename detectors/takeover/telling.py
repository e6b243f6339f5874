"""What is said of a stranger: the facts that a reviewer reads, and the finding that has them."""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

from detectors.core.detector import Text
from detectors.core.event import DAY, AccountChange, SignIn
from detectors.core.finding import Evidence, Fact, Finding, Weights, finding
from detectors.core.grade import grade
from detectors.core.identity import Subject
from detectors.core.novelty import hours_apart
from detectors.core.population import Newness
from detectors.core.profile import Profile
from detectors.takeover.stranger import OTHERS, Intruder, is_near_home

DETECTOR = "sign_in_risk"
NOVELTY, OWNER, CHANGE, STAY, LOOKS = "novelty", "owner", "change", "stay", "looks"
PRESENT_, BACK, CROSS, STILL = "present", "back", "crossed", "still_on"
REACH, LINES, ANSWER = "reach", "lines", "answered"
GROUPS = {
    NOVELTY: "sign_in",
    OWNER: "owner_at_work",
    PRESENT_: "owner_at_work",
    BACK: "owner_at_work",
    STILL: "owner_at_work",
    CROSS: "crossed",
    CHANGE: "changed",
    STAY: "stayed",
    LOOKS: "looks",
    REACH: "travel",
    LINES: "lines",
    ANSWER: "answered",
}
"""The evidence group of each sort of finding: they are independent of each other."""
NEARBY_IS: dict[str, tuple[float, float]] = {
    OWNER: (2.4, 0.55),
    PRESENT_: (1.8, 0.8),
    BACK: (1.4, 0.7),
}
"""Nats at most for a takeover, and the share of them for sharing, where it is on a line of a usual
country: the owner at the desk around a visit from there tells rather of two people than of a
stranger. Of some 9,800 honest accounts, 1,370 shared and 580 taken over or hijacked, in eighteen
months by five authors, the owner at work meanwhile was seen of 30, 63 and 6, just before of 31, 44
and 9, back of 23, 39 and 1."""
JUST_NOW = 2.4
"""Nats above which the owner's presence just before a sign-on of the same sort of computer counts
in full: it was minutes ago and far off (1 of these honest accounts, 8 and 4 of the others)."""
UNNAMED_IS = 1.0
"""As `NEARBY_IS`, at most, where the log names no device."""
REACHED, REACHED_ALIKE, REACH_IS_SHARED = 2.6, 1.6, 0.45
"""Nats at most for a takeover where a place beyond reach is on such a line, of another computer
(15, 34 and 6 of the same accounts) and of the owner's sort (49, 55 and 5), and the share of them
for sharing, there and abroad."""
CROSSED_IS, CROSSED_IS_SHARED = 2.6, 0.8
"""Nats at most for a takeover by journeys to and fro between two countries, and the share of them
for sharing (7, 22 and 3)."""


class Facts(Struct, frozen=True):
    """What a finding says: what it was about, who came and from where, and the signs with it."""

    what: Annotated[
        str,
        Meta(
            title="What it is about",
            extra={
                "fr": "De quoi il s'agit",
                "values": {
                    NOVELTY: Text("an unfamiliar sign-in", "une connexion inhabituelle"),
                    OWNER: Text(
                        "the owner at work elsewhere meanwhile",
                        "le titulaire à l'œuvre ailleurs pendant ce temps",
                    ),
                    PRESENT_: Text(
                        "the owner at the usual desk just before",
                        "le titulaire à son poste habituel juste avant",
                    ),
                    CROSS: Text(
                        "back and forth between two countries within days",
                        "des allers et retours entre deux pays en quelques jours",
                    ),
                    BACK: Text(
                        "the owner back at the usual desk the same day",
                        "le titulaire de retour à son poste habituel le jour même",
                    ),
                    STILL: Text(
                        "the usual desk, far off, on all the while",
                        "le poste habituel, au loin, resté ouvert pendant ce temps",
                    ),
                    CHANGE: Text(
                        "a password or factor changed from there",
                        "un mot de passe ou un facteur changé de là",
                    ),
                    ANSWER: Text(
                        "a password that the owner set anew soon after",
                        "un mot de passe redéfini peu après par le titulaire",
                    ),
                    LOOKS: Text(
                        "brief looks on several days", "de brefs passages, plusieurs jours"
                    ),
                    STAY: Text("many days of ordinary work", "de nombreux jours de travail"),
                    REACH: Text(
                        "a place that the owner could not have reached",
                        "un lieu que le titulaire n'a pas pu rejoindre",
                    ),
                    LINES: Text(
                        "several countries or servers within days",
                        "plusieurs pays ou serveurs en quelques jours",
                    ),
                },
            },
        ),
    ]
    device: Annotated[str, Meta(title="Device", extra={"fr": "Appareil"})]
    network: Annotated[str, Meta(title="Network", extra={"fr": "Réseau"})]
    place: Annotated[str, Meta(title="Place", extra={"fr": "Lieu"})]
    ip: Annotated[str | None, Meta(title="Address", extra={"fr": "Adresse"})]
    line: Annotated[
        str,
        Meta(
            title="The line",
            extra={
                "fr": "La ligne",
                "values": {
                    "same": Text("known", "connue"),
                    "elsewhere": Text("a known provider elsewhere", "un opérateur connu, ailleurs"),
                    "new": Text("new, in a usual country", "nouvelle, dans un pays habituel"),
                    "carrier": Text(
                        "a new mobile network in a usual country",
                        "un nouveau réseau mobile dans un pays habituel",
                    ),
                    "abroad": Text("in a country never seen", "dans un pays jamais vu"),
                    "hosting": Text("a hosting provider", "un hébergeur"),
                    "vpn": Text("a VPN", "un VPN"),
                    "tor": Text("Tor", "Tor"),
                    "relay": Text("a relay", "un relais"),
                    "unsaid": Text("not known", "inconnue"),
                },
            },
        ),
    ]
    new_device: Annotated[bool, Meta(title="New device", extra={"fr": "Appareil nouveau"})]
    second_factor: Annotated[
        bool | None, Meta(title="Second factor given", extra={"fr": "Second facteur donné"})
    ]
    failures: Annotated[int, Meta(title="Failures just before", extra={"fr": "Échecs juste avant"})]
    hours_away: Annotated[
        int, Meta(title="Hours from the usual ones", extra={"fr": "Heures d'écart à l'habitude"})
    ]
    score: Annotated[float, Meta(title="Freeman's score", extra={"fr": "Score de Freeman"})]
    turns: Annotated[
        int, Meta(title="Times the owner was at work", extra={"fr": "Fois où le titulaire œuvrait"})
    ]
    days: Annotated[int, Meta(title="Days of work", extra={"fr": "Jours de travail"})]


def facts_of(
    what: str,
    event: SignIn | AccountChange,
    intruder: Intruder,
    profile: Profile,
    new_device: bool,
    score: float,
) -> dict[str, Fact]:
    return {
        "what": what,
        "device": intruder.device,
        "network": intruder.network,
        "place": intruder.place,
        "ip": intruder.ip or None,
        "line": intruder.line,
        "new_device": new_device,
        "second_factor": event.mfa if isinstance(event, SignIn) else None,
        "failures": failures_from(event, profile),
        "hours_away": hours_apart(event.time, profile).away,
        "score": round(score, 2),
        "turns": intruder.turns,
        "days": intruder.visits,
    }


def weights_of(what: str, intruder: Intruder, worth: float) -> Weights:
    """What so many nats of this sort say of a takeover, and what of sharing.

    Through the company's own line comes no stranger: of the accounts of `NEARBY_IS`, what was found
    there was of 456 honest ones, 152 shared and 3 taken over.
    """
    if intruder.housed:
        return Weights(shared=REACH_IS_SHARED * worth) if what == REACH else Weights()
    if what == CROSS:
        return Weights(shared=CROSSED_IS_SHARED * worth, taken_over=min(CROSSED_IS, worth))
    nearby = is_near_home(intruder)
    if what == REACH:
        most = REACHED if intruder.newness in OTHERS else REACHED_ALIKE
        taken_over = min(most, worth) if nearby else worth
        return Weights(shared=REACH_IS_SHARED * worth, taken_over=taken_over)
    if nearby and what in NEARBY_IS:
        most, shared = NEARBY_IS[what]
        if what == PRESENT_ and intruder.newness == Newness.KNOWN.value:
            most = worth if worth > JUST_NOW else most
        if intruder.newness == Newness.UNSAID.value:
            most = min(most, UNNAMED_IS)
        return Weights(shared=shared * worth, taken_over=min(most, worth))
    return Weights(taken_over=worth)


def failures_from(event: SignIn | AccountChange, profile: Profile) -> int:
    if event.ip is None:
        return 0
    since = event.time - DAY
    return sum(1 for failure in profile.failures_since(since) if failure.ip == event.ip)


def speak(
    what: str,
    event: SignIn | AccountChange,
    subject: Subject,
    intruder: Intruder,
    weights: Weights,
    facts: dict[str, Fact],
    anew: int = 0,
) -> Iterable[Finding]:
    if weights == Weights():
        return ()
    shown = (event.id,) if intruder.anchor == event.id else (event.id, intruder.anchor)
    group = f"{GROUPS[what]}_{anew + 1}" if anew else GROUPS[what]
    return (
        finding(
            DETECTOR,
            subject,
            event.time,
            grade(weights),
            Evidence(group, weights, facts),
            shown,
            part="" if what == NOVELTY else group,
        ),
    )
