"""More sign-ins than the login page can bear: a program that will not stop, or many of them."""

from msgspec import Struct

from detectors.core.event import SECOND
from monitor.simulation import agents, networks
from monitor.simulation.acts import BAD_PASSWORD, LOCKED, LOGON, Act
from monitor.simulation.agents import user_agent
from monitor.simulation.lives.persona import PERSON
from monitor.simulation.misdeeds.scene import ABROAD, Scene, Strategy
from monitor.simulation.parameters import Span
from monitor.simulation.world import Person

BEHAVIOUR = "login_flood"
RATE = 3.0


class Ranges(Struct, frozen=True, kw_only=True):
    """From which ranges a flood is drawn."""

    requests: tuple[int, int] = (1_200, 5_000)
    """How many sign-ins there are."""
    each_second: Span = (5.0, 60.0)
    """How many in a second, on average."""
    addresses: tuple[int, int] = (40, 200)
    """From how many addresses, where there are many."""
    names: tuple[int, int] = (1, 400)
    """How many accounts are named, again and again: few of a tenant's, or all."""
    bursts: tuple[int, int] = (3, 8)
    """In how many waves, where it comes in waves."""
    lull: Span = (2.0, 40.0)
    """Minutes between two waves."""


RANGES = Ranges()


def _one_address(scene: Scene) -> list[Act]:
    """A program on one rented server."""
    rng = scene.dice
    network = networks.network(rng, "hosting", rng.choice(networks.places("hosting")))
    return _flood(scene, [networks.address(rng, network)], waves=1)


def _many_addresses(scene: Scene) -> list[Act]:
    """A botnet."""
    rng = scene.dice
    addresses = [
        networks.address(rng, networks.network(rng, "fixed", rng.choice(ABROAD)))
        for _ in range(rng.randint(*RANGES.addresses))
    ]
    return _flood(scene, addresses, waves=1)


def _in_waves(scene: Scene) -> list[Act]:
    """From the exits of a few VPN providers, in waves."""
    rng = scene.dice
    addresses = [
        networks.address(rng, networks.network(rng, "vpn", rng.choice(networks.places("vpn"))))
        for _ in range(rng.randint(3, 12))
    ]
    return _flood(scene, addresses, waves=rng.randint(*RANGES.bursts))


def _flood(scene: Scene, addresses: list[str], *, waves: int) -> list[Act]:
    rng = scene.dice
    tenant = scene.person.tenant.uid
    others = [p for p in scene.world.people if p.tenant.uid == tenant and p.kind == PERSON]
    named = rng.sample(others, min(len(others), rng.randint(*RANGES.names)))
    agent = user_agent(agents.program(rng, "python-requests", "Go", "curl"), scene.start)
    count = 200 if scene.hurry else rng.randint(*RANGES.requests)
    gap = SECOND / scene.draw(RANGES.each_second)
    moment, acts = scene.start, list[Act]()
    for number in range(count):
        if number and waves > 1 and number % (count // waves) == 0:
            moment += scene.minutes(RANGES.lull)
        person = scene.person if number == 0 else rng.choice(named)
        detail = LOCKED if number > 50 and rng.random() < 0.7 else BAD_PASSWORD
        ip = rng.choice(addresses)
        acts.append(Act(moment, person, LOGON, detail, None, ip, agent, cause=scene.id))
        moment += 1 + round(rng.expovariate(1.0) * gap)
    return acts


def _is_a_person(person: Person) -> bool:
    return person.kind == PERSON


STRATEGIES = (
    Strategy("one_address", _one_address, _is_a_person),
    Strategy("many_addresses", _many_addresses, _is_a_person),
    Strategy("in_waves", _in_waves, _is_a_person, held_back=True),
)
