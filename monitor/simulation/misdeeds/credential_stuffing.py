"""Pairs of names and passwords leaked elsewhere: most names unknown here, a few pairs right."""

from detectors.core.event import MINUTE, SECOND
from monitor.simulation import names, networks
from monitor.simulation.acts import BAD_PASSWORD, LOGON, UNKNOWN_USER, Act
from monitor.simulation.agents import Machine, user_agent
from monitor.simulation.misdeeds.scene import ABROAD, Scene, Strategy

BEHAVIOUR = "credential_stuffing"
RATE = 10.0
_HITS = 2


def _one_address(scene: Scene) -> list[Act]:
    """A program on one rented server that runs down a list."""
    rng = scene.dice
    network = networks.network(rng, "hosting", rng.choice(networks.places("hosting")))
    return _stuff(scene, [networks.address(rng, network)], 0.5, 3.0)


def _many_addresses(scene: Scene) -> list[Act]:
    """The same list through a botnet, a try or two from each address."""
    rng = scene.dice
    addresses = [
        networks.address(rng, networks.network(rng, "fixed", rng.choice(ABROAD)))
        for _ in range(rng.randint(60, 150))
    ]
    return _stuff(scene, addresses, 2.0, 15.0)


def _stuff(scene: Scene, addresses: list[str], low: float, high: float) -> list[Act]:
    rng = scene.dice
    tenant = scene.person.tenant
    known = [p for p in scene.world.people if p.tenant.uid == tenant.uid and p.kind == "person"]
    targets = rng.sample(known, min(len(known), rng.randint(8, 25)))
    if scene.person in targets:
        targets.remove(scene.person)
    pool = [p for p in targets if p.mfa is None]
    hits = {p.uid for p in pool[: rng.randint(0, _HITS)]}
    tries = [*targets, scene.person, *([None] * rng.randint(100, 300))]
    rng.shuffle(tries)
    program = Machine(rng.choice(("python-requests", "Go")), "Linux", 20)
    agent = user_agent(program, scene.start)
    hurry = 0.2 if scene.hurry else 1.0
    moment, acts = scene.start, []
    for person in tries:
        ip = rng.choice(addresses)
        hit = person is not None and person.uid in hits
        detail = None if hit else UNKNOWN_USER if person is None else BAD_PASSWORD
        session = scene.session() if hit else None
        name = f"{names.name(rng)}{rng.randrange(100)}" if person is None else None
        acts.append(
            Act(
                moment,
                person,
                LOGON,
                detail,
                session,
                ip,
                agent,
                cause=scene.id,
                name=name,
                tenant=tenant.uid,
            )
        )
        moment += round(rng.uniform(low, high) * hurry * SECOND)
    return acts if moment - scene.start > MINUTE // 4 else []


STRATEGIES = (
    Strategy("one_address", _one_address),
    Strategy("many_addresses", _many_addresses),
)
