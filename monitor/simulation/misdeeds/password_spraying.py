"""One or two passwords tried on everybody of a tenant."""

from detectors.core.event import SECOND
from monitor.simulation import networks
from monitor.simulation.acts import BAD_PASSWORD, LOGON, Act
from monitor.simulation.agents import Machine, user_agent
from monitor.simulation.misdeeds.scene import ABROAD, Scene, Strategy

BEHAVIOUR = "password_spraying"
RATE = 10.0


def _one_address(scene: Scene) -> list[Act]:
    """From one rented server, everybody within minutes."""
    rng = scene.dice
    network = networks.network(rng, "hosting", rng.choice(networks.places("hosting")))
    return _spray(scene, [networks.address(rng, network)], 1, 1.0, 6.0)


def _many_addresses(scene: Scene) -> list[Act]:
    """From a botnet, everybody in some hours, no address twice in a row."""
    rng = scene.dice
    addresses = [
        networks.address(rng, networks.network(rng, "fixed", rng.choice(ABROAD)))
        for _ in range(rng.randint(15, 40))
    ]
    return _spray(scene, addresses, 2, 20.0, 120.0)


def _spray(scene: Scene, addresses: list[str], rounds: int, low: float, high: float) -> list[Act]:
    rng = scene.dice
    tenant = scene.person.tenant.uid
    targets = [p for p in scene.world.people if p.tenant.uid == tenant and p.kind == "person"]
    agent = user_agent(Machine(rng.choice(("python-requests", "Chrome")), "Linux", 20), scene.start)
    hurry = 0.05 if scene.hurry else 1.0
    moment, acts = scene.start, []
    for _ in range(rounds):
        for number, person in enumerate(rng.sample(targets, len(targets))):
            ip = addresses[number % len(addresses)]
            acts.append(Act(moment, person, LOGON, BAD_PASSWORD, None, ip, agent, cause=scene.id))
            moment += round(rng.uniform(low, high) * hurry * SECOND)
    return acts if len(targets) > 1 else []


STRATEGIES = (
    Strategy("one_address", _one_address),
    Strategy("many_addresses", _many_addresses),
)
