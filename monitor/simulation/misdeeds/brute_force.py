"""Passwords guessed at one account: fast, from many addresses, or slowly; now and then rightly."""

from msgspec import Struct

from detectors.core.event import HOUR, MINUTE, SECOND
from monitor.simulation import agents, networks
from monitor.simulation.acts import BAD_PASSWORD, LOCKED, LOGON, Act
from monitor.simulation.agents import user_agent
from monitor.simulation.lives.persona import PERSON
from monitor.simulation.misdeeds.scene import ABROAD, Scene, Strategy
from monitor.simulation.parameters import Span
from monitor.simulation.world import Person

BEHAVIOUR = "brute_force"
RATE = 10.0
_PROGRAMS = ("python-requests", "Go", "curl", "Chrome")


class Ranges(Struct, frozen=True, kw_only=True):
    """From which ranges a guessing is drawn. Gaps are seconds between two guesses."""

    fast: Span = (0.6, 5.0)
    spread: Span = (30.0, 150.0)
    slow_minutes: Span = (6.0, 15.0)
    """Minutes between two guesses of somebody who has time."""
    hours: Span = (10.0, 24.0)
    """For how long he tries."""
    guesses: tuple[int, int] = (60, 300)
    spread_guesses: tuple[int, int] = (60, 160)
    addresses: tuple[int, int] = (25, 90)
    success: float = 0.3
    """How often one guess is right, where a password is enough."""
    stay: Span = (5.0, 40.0)
    """Minutes inside, then."""
    locked: Span = (0.0, 0.6)
    """The share of guesses that find the account locked."""


RANGES = Ranges()


def sources(scene: Scene, count: int) -> list[str]:
    """So many addresses to guess from: one is a rented server's, several are homes abroad."""
    rng = scene.dice
    if count == 1:
        network = networks.network(rng, "hosting", rng.choice(networks.places("hosting")))
        return [networks.address(rng, network)]
    return [
        networks.address(rng, networks.network(rng, "fixed", rng.choice(ABROAD)))
        for _ in range(count)
    ]


def guesses(scene: Scene, addresses: list[str]) -> list[Act]:
    """Guesses that are all wrong."""
    if len(addresses) == 1:
        return _wrong(scene, addresses, scene.dice.randint(*RANGES.guesses), RANGES.fast)
    return _wrong(scene, addresses, scene.dice.randint(*RANGES.spread_guesses), RANGES.spread)


def _one_address(scene: Scene) -> list[Act]:
    """A program on one rented server, a guess every second or two."""
    count = scene.dice.randint(40, 80) if scene.hurry else scene.dice.randint(*RANGES.guesses)
    return _guess(scene, sources(scene, 1), count, RANGES.fast)


def _many_addresses(scene: Scene) -> list[Act]:
    """A botnet: every address guesses once to three times."""
    addresses = sources(scene, scene.dice.randint(*RANGES.addresses))
    return _from_many(scene, addresses)


def _own_country(scene: Scene) -> list[Act]:
    """The same from homes in the owner's own country."""
    rng = scene.dice
    places = [*scene.in_the_country(), scene.person.site.city]
    addresses = [
        networks.address(rng, networks.network(rng, "fixed", rng.choice(places)))
        for _ in range(rng.randint(*RANGES.addresses))
    ]
    return _from_many(scene, addresses)


def _slow(scene: Scene) -> list[Act]:
    """A guess every few minutes for a day, so as not to be locked out."""
    rng = scene.dice
    network = networks.network(rng, "fixed", rng.choice(ABROAD))
    ip = networks.address(rng, network)
    if scene.hurry:
        return _guess(scene, [ip], 45, (1.0, 4.0))
    minutes = scene.draw(RANGES.slow_minutes)
    count = round(scene.draw(RANGES.hours) * HOUR / (minutes * MINUTE))
    return _guess(scene, [ip], count, (0.7 * minutes * 60, 1.3 * minutes * 60))


def _from_many(scene: Scene, addresses: list[str]) -> list[Act]:
    gap = (0.4, 1.6) if scene.hurry else RANGES.spread
    return _guess(scene, addresses, scene.dice.randint(*RANGES.spread_guesses), gap)


def _guess(scene: Scene, addresses: list[str], count: int, gap: Span) -> list[Act]:
    """So many guesses, and perhaps a right one at the end: a takeover, as a side of its own."""
    rng = scene.dice
    acts = _wrong(scene, addresses, count, gap)
    if scene.person.mfa is None and rng.random() < RANGES.success:
        start = acts[-1].time + round(rng.uniform(*gap) * SECOND)
        acts += scene.use(
            start,
            start + scene.minutes(RANGES.stay),
            agents.program(rng, *_PROGRAMS),
            acts[-1].ip,
            mfa=False,
            closes=0.1,
            pace=3.0,
            cause=scene.part("account_takeover"),
        )
    return acts


def _wrong(scene: Scene, addresses: list[str], count: int, gap: Span) -> list[Act]:
    rng = scene.dice
    agent = user_agent(agents.program(rng, *_PROGRAMS), scene.start)
    locked = scene.draw(RANGES.locked) if rng.random() < 0.3 else 0.0
    acts: list[Act] = []
    moment = scene.start
    for number in range(count):
        ip = rng.choice(addresses)
        detail = LOCKED if number > 4 and rng.random() < locked else BAD_PASSWORD
        acts.append(Act(moment, scene.person, LOGON, detail, None, ip, agent, cause=scene.id))
        moment += round(rng.uniform(*gap) * SECOND)
    return acts


def _is_a_person(person: Person) -> bool:
    return person.kind == PERSON


STRATEGIES = (
    Strategy("one_address", _one_address, _is_a_person),
    Strategy("many_addresses", _many_addresses, _is_a_person),
    Strategy("own_country", _own_country, _is_a_person, held_back=True),
    Strategy("slow", _slow, _is_a_person),
)
