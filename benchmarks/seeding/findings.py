"""What is found of accounts and sources: findings as detectors word them, and their incidents."""

import random
from collections.abc import Callable
from typing import Any, Final

from msgspec import structs

from alerts.correlation import correlate
from alerts.incident import Incident
from benchmarks.seeding.people import HOSTED, Station, abroad
from benchmarks.seeding.scale import Scale
from benchmarks.seeding.sign_ins import Anchor
from detectors import (
    brute_force,
    concurrent_sessions,
    impossible_travel,
    mfa_fatigue,
    session_hijacking,
    unfamiliar_device,
    unusual_hours,
)
from detectors.core.campaign import CampaignFacts
from detectors.core.event import MINUTE
from detectors.core.finding import Evidence, Finding, Severity, Weights, finding
from detectors.core.identity import Subject, SubjectKind
from detectors.sharing.apart import FAR

MANY: Final = 100
"""Findings of the incident that has the most."""
_CAMPAIGNS: Final = 0.02
_OTHERS: Final = 40
_GRAVER: Final = 0.85

Worded = tuple[str, Severity, Evidence]
Wording = Callable[[random.Random, Station, Station], Worded]


class Findings:
    """Makes findings on anchors, with the incidents that they come to."""

    def __init__(self, scale: Scale) -> None:
        self._chance = random.Random(f"findings {scale.seed}")  # noqa: S311 - always the same
        self._is_many_due = True

    def of(self, anchor: Anchor) -> tuple[list[Finding], list[Incident]]:
        """Those of an anchor; of one account in time the first that can has a hundred of them."""
        if self._chance.random() < _CAMPAIGNS:
            found = [self._campaign(anchor)]
        elif self._is_many_due and len(anchor.events) > MANY:
            self._is_many_due = False
            found = [self._found(anchor, at, _GRAVE[at % 3]) for at in range(MANY)]
        else:
            graver = self._chance.random() < _GRAVER
            wordings = _GRAVE if graver else _SLIGHT
            many = 1 + self._chance.randrange(4)
            found = [self._found(anchor, at, self._chance.choice(wordings)) for at in range(many)]
        return found, correlate(found)

    def _found(self, anchor: Anchor, at: int, wording: Wording) -> Finding:
        events = anchor.events[-1 - at % len(anchor.events) :][:8]
        here, there = anchor.person.stations[0], abroad(self._chance)
        detector, severity, evidence = wording(self._chance, here, there)
        ids = tuple(event.id for event in events)
        time = anchor.time - at * MINUTE
        subject = anchor.person.subject
        return finding(detector, subject, time, severity, evidence, ids, part=str(at))

    def _campaign(self, anchor: Anchor) -> Finding:
        address = abroad(self._chance).ip
        tenant = anchor.person.tenant
        facts = structs.asdict(_campaign_facts(self._chance, address))
        evidence = Evidence("campaign", Weights(attack=4.0), facts)
        subject = Subject(SubjectKind.SOURCE, tenant, address)
        involved = tuple(
            Subject(SubjectKind.ACCOUNT, tenant, f"u{self._chance.randrange(10**6):06d}")
            for _ in range(self._chance.randrange(_OTHERS))
        )
        ids = (anchor.events[-1].id,)
        return finding(
            "password_spraying",
            subject,
            anchor.time,
            Severity.HIGH,
            evidence,
            ids,
            involved=involved,
        )


def _campaign_facts(chance: random.Random, address: str) -> CampaignFacts:
    return CampaignFacts(
        names=chance.choice((20, 50, 100)),
        unknown=5,
        failures=chance.choice((100, 200, 500)),
        minutes=20,
        sources=1,
        ip=address,
        users=0,
        agents=1,
        client="python-requests",
        network=HOSTED.organisation,
        scripted=True,
        hits=0,
        succeeded=False,
        existing=15,
    )


def _device(at: Station) -> str:
    return f"{at.device.family}, {at.device.os}"


def _place(at: Station) -> str:
    return f"{at.place.city}, {at.place.country}"


def _network(at: Station) -> str:
    return at.network.organisation or ""


def _told(of: Any) -> dict[str, Any]:
    return structs.asdict(of)


def _travel(chance: random.Random, here: Station, there: Station) -> Worded:
    facts = impossible_travel.Facts(
        from_place=_place(here),
        to_place=_place(there),
        distance_km=chance.randrange(2_000, 9_000),
        residual_km=1_900,
        minutes=float(chance.randrange(4, 90)),
        speed_kmh=chance.randrange(1_200, 9_000),
        from_device=_device(here),
        to_device=_device(there),
        from_network=_network(here),
        to_network=_network(there),
        crossings=chance.randrange(1, 5),
        days=1,
    )
    weights = Weights(roaming=-1.0, shared=3.5, taken_over=3.0)
    return "impossible_travel", Severity.HIGH, Evidence("travel", weights, _told(facts))


def _overlap(chance: random.Random, here: Station, there: Station) -> Worded:
    facts = concurrent_sessions.Facts(
        first_device=_device(here),
        second_device=_device(there),
        first_place=_place(here),
        second_place=_place(there),
        first_network=_network(here),
        second_network=_network(there),
        machines=2,
        turns=chance.randrange(4, 30),
        hours_together=round(chance.uniform(0.5, 7.0), 1),
        by_chance=round(chance.uniform(4.0, 30.0), 1),
        minutes=3.0,
        days=chance.randrange(1, 9),
        apart=FAR,
    )
    weights = Weights(shared=round(chance.uniform(2.5, 6.0), 2))
    return "concurrent_sessions", Severity.MEDIUM, Evidence("overlap", weights, _told(facts))


def _hijacked(chance: random.Random, here: Station, there: Station) -> Worded:
    facts = session_hijacking.Facts(
        session=f"{chance.getrandbits(32):x}",
        from_device=_device(here),
        to_device=_device(there),
        from_network=_network(here),
        to_network=_network(there),
        from_place=_place(here),
        to_place=_place(there),
        from_ip=here.ip,
        to_ip=there.ip,
        distance_km=chance.randrange(900, 9_000),
        minutes=float(chance.randrange(1, 60)),
        moves=1,
        other_device=True,
    )
    weights = Weights(taken_over=round(chance.uniform(3.5, 6.0), 2))
    return "session_hijacking", Severity.HIGH, Evidence("session", weights, _told(facts))


def _guessed(chance: random.Random, here: Station, there: Station) -> Worded:
    facts = brute_force.Facts(
        failures=chance.randrange(12, 200),
        minutes=float(chance.randrange(1, 30)),
        addresses=1,
        in_burst=10,
        in_day=chance.randrange(12, 200),
        ip=there.ip,
        place=_place(there),
        network=_network(there),
        device=_device(here),
        familiar=False,
        clockwork=True,
        succeeded=False,
    )
    weights = Weights(attack=round(chance.uniform(2.5, 5.0), 2))
    return "brute_force", Severity.MEDIUM, Evidence("guessing", weights, _told(facts))


def _tired(chance: random.Random, here: Station, there: Station) -> Worded:
    facts = mfa_fatigue.Facts(
        requests=chance.randrange(5, 30),
        denied=3,
        minutes=float(chance.randrange(3, 30)),
        ip=there.ip,
        place=_place(there),
        network=_network(there),
        device=_device(here),
        own=False,
        accepted=chance.random() < 0.2,
    )
    weights = Weights(taken_over=2.0, attack=3.5)
    return "mfa_fatigue", Severity.HIGH, Evidence("fatigue", weights, _told(facts))


def _new_device(chance: random.Random, here: Station, there: Station) -> Worded:
    facts = unfamiliar_device.Facts(
        device=_device(there),
        network=_network(here),
        place=_place(here),
        known_line=True,
        devices=chance.randrange(1, 5),
    )
    weights = Weights(shared=0.7, taken_over=0.9)
    return "unfamiliar_device", Severity.LOW, Evidence("device", weights, _told(facts))


def _late_hours(chance: random.Random, here: Station, _there: Station) -> Worded:
    facts = unusual_hours.Facts(
        hours_away=chance.randrange(3, 9), device=_device(here), place=_place(here)
    )
    weights = Weights(shared=0.4, taken_over=0.6)
    return "unusual_hours", Severity.LOW, Evidence("hours", weights, _told(facts))


_SLIGHT: Final[tuple[Wording, ...]] = (_new_device, _late_hours)
_GRAVE: Final[tuple[Wording, ...]] = (_travel, _overlap, _hijacked, _guessed, _tired, _new_device)
