"""Somebody who asks which accounts there are: names that do not exist, one after the other."""

from msgspec import Struct

from detectors.core.event import SECOND
from monitor.simulation import agents, names, networks
from monitor.simulation.acts import BAD_PASSWORD, LOGON, UNKNOWN_USER, Act
from monitor.simulation.agents import user_agent
from monitor.simulation.lives.persona import PERSON
from monitor.simulation.misdeeds.scene import ABROAD, Scene, Strategy
from monitor.simulation.parameters import Span
from monitor.simulation.world import Person

BEHAVIOUR = "account_enumeration"
RATE = 4.0


class Ranges(Struct, frozen=True, kw_only=True):
    """From which ranges an enumeration is drawn. Gaps are seconds between two names."""

    fast: Span = (0.3, 3.0)
    patient: Span = (40.0, 240.0)
    spread: Span = (3.0, 40.0)
    names: tuple[int, int] = (60, 300)
    addresses: tuple[int, int] = (5, 30)


RANGES = Ranges()


def _dictionary(scene: Scene) -> list[Act]:
    """A dictionary of names from one rented server, within minutes."""
    place = scene.dice.choice(networks.places("hosting"))
    network = networks.network(scene.dice, "hosting", place)
    return _ask(scene, [networks.address(scene.dice, network)], RANGES.fast)


def _patient(scene: Scene) -> list[Act]:
    """The same from a home abroad, a name every other minute."""
    network = networks.network(scene.dice, "fixed", scene.dice.choice(ABROAD))
    return _ask(scene, [networks.address(scene.dice, network)], RANGES.patient)


def _many_addresses(scene: Scene) -> list[Act]:
    """The same from the exits of a VPN provider."""
    rng = scene.dice
    addresses = [
        networks.address(rng, networks.network(rng, "vpn", rng.choice(networks.places("vpn"))))
        for _ in range(rng.randint(*RANGES.addresses))
    ]
    return _ask(scene, addresses, RANGES.spread)


def _ask(scene: Scene, addresses: list[str], gap: Span) -> list[Act]:
    rng = scene.dice
    tenant = scene.person.tenant.uid
    agent = user_agent(agents.program(rng, "curl", "python-requests", "Chrome"), scene.start)
    hurry = 0.2 if scene.hurry else 1.0
    known = rng.randrange(60)
    moment, acts = scene.start, list[Act]()
    for number in range(rng.randint(*RANGES.names)):
        person = scene.person if number == known else None
        name = None if person is not None else names.name(rng).replace(".", "")
        detail = UNKNOWN_USER if person is None else BAD_PASSWORD
        acts.append(
            Act(
                moment,
                person,
                LOGON,
                detail,
                None,
                rng.choice(addresses),
                agent,
                cause=scene.id,
                name=name,
                tenant=tenant,
            )
        )
        moment += round(rng.uniform(*gap) * hurry * SECOND)
    return acts


def _is_a_person(person: Person) -> bool:
    return person.kind == PERSON


STRATEGIES = (
    Strategy("dictionary", _dictionary, _is_a_person),
    Strategy("patient", _patient, _is_a_person),
    Strategy("many_addresses", _many_addresses, _is_a_person, held_back=True),
)
