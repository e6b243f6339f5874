"""One or two passwords tried on everybody of a tenant."""

from collections.abc import Sequence

from msgspec import Struct

from detectors.core.event import SECOND
from monitor.simulation import agents, networks
from monitor.simulation.acts import BAD_PASSWORD, LOCKED, LOGON, Act
from monitor.simulation.agents import user_agent
from monitor.simulation.lives.persona import PERSON
from monitor.simulation.misdeeds.scene import ABROAD, Scene, Strategy
from monitor.simulation.parameters import Span
from monitor.simulation.world import Person

BEHAVIOUR = "password_spraying"
RATE = 6.0


class Ranges(Struct, frozen=True, kw_only=True):
    """From which ranges a spraying is drawn. Gaps are seconds between two tries."""

    fast: Span = (1.0, 8.0)
    minute: Span = (40.0, 90.0)
    slow: Span = (240.0, 1_500.0)
    spread: Span = (10.0, 120.0)
    addresses: tuple[int, int] = (8, 60)
    """How many there are, where there are several."""
    share: Span = (0.5, 1.0)
    """The share of the tenant's people that is tried."""
    hits: float = 0.35
    """How often the password is somebody's."""
    stay: Span = (5.0, 60.0)
    """Minutes inside, then."""


RANGES = Ranges()


def sources(scene: Scene, count: int) -> list[str]:
    """So many addresses to try from: one is a rented server's, several are homes abroad."""
    rng = scene.dice
    if count == 1:
        network = networks.network(rng, "hosting", rng.choice(networks.places("hosting")))
        return [networks.address(rng, network)]
    return [
        networks.address(rng, networks.network(rng, "fixed", rng.choice(ABROAD)))
        for _ in range(count)
    ]


def tries(scene: Scene, addresses: list[str]) -> list[Act]:
    """A spraying that includes the owner, and gets in nowhere."""
    gap = scene.dice.choice((RANGES.fast, RANGES.minute))
    return _spray(scene, addresses, 1, gap, share=1.0)


def _one_address(scene: Scene) -> list[Act]:
    """From one rented server, everybody within minutes."""
    return _campaign(scene, sources(scene, 1), 1, RANGES.fast)


def _one_a_minute(scene: Scene) -> list[Act]:
    """The same at the pace of one a minute, a home abroad or a server."""
    addresses = sources(scene, 1) if scene.dice.random() < 0.5 else sources(scene, 2)[:1]
    return _campaign(scene, addresses, scene.dice.choice((1, 2)), RANGES.minute)


def _very_slow(scene: Scene) -> list[Act]:
    """A try every ten minutes or so, for days."""
    addresses = sources(scene, 1) if scene.dice.random() < 0.5 else sources(scene, 3)
    return _campaign(scene, addresses, 1, RANGES.slow)


def _many_addresses(scene: Scene) -> list[Act]:
    """From a botnet, everybody in some hours, no address twice in a row."""
    count = scene.dice.randint(*RANGES.addresses)
    return _campaign(scene, sources(scene, count), 2, RANGES.spread)


def _residential(scene: Scene) -> list[Act]:
    """From homes in the tenant's own country, one or two tries from each."""
    rng = scene.dice
    places = [*scene.in_the_country(), scene.person.site.city]
    addresses = [
        networks.address(rng, networks.network(rng, "fixed", rng.choice(places)))
        for _ in range(rng.randint(60, 150))
    ]
    return _campaign(scene, addresses, 1, RANGES.spread)


def _campaign(scene: Scene, addresses: list[str], rounds: int, gap: Span) -> list[Act]:
    """A spraying, and what becomes of the account whose password it was."""
    rng = scene.dice
    acts = _spray(scene, addresses, rounds, gap, share=scene.draw(RANGES.share))
    open_to_it = [
        act
        for act in acts
        if act.person is not None
        and act.person.mfa is None
        and act.person.number not in scene.taken | {scene.person.number}
    ]
    if open_to_it and rng.random() < RANGES.hits:
        hit = rng.choice(open_to_it)
        acts.remove(hit)
        acts += break_in(scene, hit, scene.minutes(RANGES.stay))
    return acts


def break_in(scene: Scene, hit: Act, stay: int) -> list[Act]:
    """A try that was right, and a stay of so many ms: a takeover, as a side of its own."""
    person = hit.person or scene.person
    scene.concerned.add(person.number)
    program = agents.program(scene.dice, "python-requests", "Chrome", "Firefox")
    return scene.use(
        hit.time,
        hit.time + stay,
        program,
        hit.ip,
        person=person,
        mfa=False,
        closes=0.1,
        pace=3.0,
        cause=scene.part("account_takeover"),
    )


def _spray(
    scene: Scene, addresses: list[str], rounds: int, gap: Span, *, share: float
) -> list[Act]:
    rng = scene.dice
    everybody = _everybody(scene)
    targets = [p for p in everybody if p is scene.person or rng.random() < share]
    agent = user_agent(agents.program(rng, "python-requests", "Chrome", "Go"), scene.start)
    hurry = 0.05 if scene.hurry else 1.0
    moment, acts = scene.start, list[Act]()
    for _ in range(rounds):
        for person in rng.sample(targets, len(targets)):
            ip = addresses[len(acts) % len(addresses)]
            detail = LOCKED if rng.random() < 0.01 else BAD_PASSWORD
            acts.append(Act(moment, person, LOGON, detail, None, ip, agent, cause=scene.id))
            moment += round(rng.uniform(*gap) * hurry * SECOND)
    return acts if len(targets) > 1 else []


def _everybody(scene: Scene) -> Sequence[Person]:
    tenant = scene.person.tenant.uid
    return [p for p in scene.world.people if p.tenant.uid == tenant and p.kind == PERSON]


def _is_a_person(person: Person) -> bool:
    return person.kind == PERSON


STRATEGIES = (
    Strategy("one_address", _one_address, _is_a_person),
    Strategy("one_a_minute", _one_a_minute, _is_a_person),
    Strategy("very_slow", _very_slow, _is_a_person, held_back=True),
    Strategy("many_addresses", _many_addresses, _is_a_person),
    Strategy("residential", _residential, _is_a_person, held_back=True),
)
