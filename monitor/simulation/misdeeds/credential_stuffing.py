"""Pairs of names and passwords leaked elsewhere: most names unknown here, a few pairs right."""

from msgspec import Struct

from detectors.core.event import MINUTE, SECOND
from monitor.simulation import agents, names, networks
from monitor.simulation.acts import BAD_PASSWORD, LOGON, UNKNOWN_USER, Act
from monitor.simulation.agents import user_agent
from monitor.simulation.lives.persona import PERSON
from monitor.simulation.misdeeds import password_spraying
from monitor.simulation.misdeeds.scene import Scene, Strategy
from monitor.simulation.parameters import Span
from monitor.simulation.world import Person

BEHAVIOUR = "credential_stuffing"
RATE = 5.0


class Ranges(Struct, frozen=True, kw_only=True):
    """From which ranges a stuffing is drawn. Gaps are seconds between two tries."""

    fast: Span = (0.4, 4.0)
    spread: Span = (1.0, 25.0)
    addresses: tuple[int, int] = (50, 250)
    """How many there are, where there are many."""
    unknown: tuple[int, int] = (80, 500)
    """How many names of the list are nobody's here."""
    known: tuple[int, int] = (5, 30)
    """How many are somebody's."""
    hits: tuple[int, int] = (0, 2)
    """How many pairs are right."""
    stay: Span = (1.0, 40.0)
    """Minutes inside, then."""


RANGES = Ranges()


def sources(scene: Scene, count: int) -> list[str]:
    """So many addresses to try from: one is a rented server's, several are homes abroad."""
    return password_spraying.sources(scene, count)


def tries(scene: Scene, addresses: list[str]) -> list[Act]:
    """A list with the owner's name in it, that gets in nowhere else."""
    return _stuff(scene, addresses, RANGES.fast if len(addresses) == 1 else RANGES.spread)


def _one_address(scene: Scene) -> list[Act]:
    """A program on one rented server that runs down a list."""
    return _campaign(scene, sources(scene, 1), RANGES.fast)


def _many_addresses(scene: Scene) -> list[Act]:
    """The same list through a botnet, a try or two from each address."""
    return _campaign(scene, sources(scene, scene.dice.randint(*RANGES.addresses)), RANGES.spread)


def _own_country(scene: Scene) -> list[Act]:
    """The same through homes in the tenant's own country."""
    rng = scene.dice
    places = [*scene.in_the_country(), scene.person.site.city]
    addresses = [
        networks.address(rng, networks.network(rng, "fixed", rng.choice(places)))
        for _ in range(rng.randint(*RANGES.addresses))
    ]
    return _campaign(scene, addresses, RANGES.spread)


def _campaign(scene: Scene, addresses: list[str], gap: Span) -> list[Act]:
    """A stuffing, and what becomes of the accounts whose passwords were right."""
    acts = _stuff(scene, addresses, gap)
    open_to_it: dict[int, Act] = {}
    for act in acts:
        person = act.person
        if person is not None and person.mfa is None and person is not scene.person:
            open_to_it.setdefault(person.number, act)
    free = [act for number, act in open_to_it.items() if number not in scene.taken]
    for hit in free[: scene.dice.randint(*RANGES.hits)]:
        acts.remove(hit)
        acts += password_spraying.break_in(scene, hit, scene.minutes(RANGES.stay))
    return acts


def _stuff(scene: Scene, addresses: list[str], gap: Span) -> list[Act]:
    rng = scene.dice
    tenant = scene.person.tenant
    known = [
        p
        for p in scene.world.people
        if p.tenant.uid == tenant.uid and p.kind == PERSON and p is not scene.person
    ]
    targets = rng.sample(known, min(len(known), rng.randint(*RANGES.known)))
    tried: list[Person | None] = [*targets, scene.person]
    tried += [None] * rng.randint(*RANGES.unknown)
    rng.shuffle(tried)
    agent = user_agent(agents.program(rng, "python-requests", "Go", "Chrome"), scene.start)
    hurry = 0.2 if scene.hurry else 1.0
    moment, acts = scene.start, list[Act]()
    for person in tried:
        name = f"{names.name(rng)}{rng.randrange(100)}" if person is None else None
        acts.append(
            Act(
                moment,
                person,
                LOGON,
                UNKNOWN_USER if person is None else BAD_PASSWORD,
                None,
                rng.choice(addresses),
                agent,
                cause=scene.id,
                name=name,
                tenant=tenant.uid,
            )
        )
        moment += round(rng.uniform(*gap) * hurry * SECOND)
    return acts if moment - scene.start > MINUTE // 4 else []


def _is_a_person(person: Person) -> bool:
    return person.kind == PERSON


STRATEGIES = (
    Strategy("one_address", _one_address, _is_a_person),
    Strategy("many_addresses", _many_addresses, _is_a_person),
    Strategy("own_country", _own_country, _is_a_person, held_back=True),
)
