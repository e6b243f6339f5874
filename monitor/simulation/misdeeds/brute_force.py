"""Passwords guessed at one account: fast, from many addresses, or slowly; now and then rightly."""

from detectors.core.event import HOUR, MINUTE, SECOND
from monitor.simulation import networks
from monitor.simulation.acts import BAD_PASSWORD, LOGON, Act
from monitor.simulation.agents import Machine, user_agent
from monitor.simulation.misdeeds.scene import ABROAD, Scene, Strategy
from monitor.simulation.world import Person

BEHAVIOUR = "brute_force"
RATE = 10.0
_SUCCESSES = 0.3
_PROGRAMS = ("python-requests", "Go", "curl", "Chrome")


def _one_address(scene: Scene) -> list[Act]:
    """A program on one rented server, a guess every second or two."""
    rng = scene.dice
    network = networks.network(rng, "hosting", rng.choice(networks.places("hosting")))
    ip = networks.address(rng, network)
    count = rng.randint(40, 80) if scene.hurry else rng.randint(60, 300)
    return _guess(scene, [ip], count, low=0.6, high=3.0)


def _many_addresses(scene: Scene) -> list[Act]:
    """A botnet: every address guesses once to three times."""
    rng = scene.dice
    addresses = [
        networks.address(rng, networks.network(rng, "fixed", rng.choice(ABROAD)))
        for _ in range(rng.randint(30, 80))
    ]
    pause = 1.0 if scene.hurry else 90.0
    return _guess(scene, addresses, rng.randint(60, 140), low=0.4 * pause, high=1.6 * pause)


def _slow(scene: Scene) -> list[Act]:
    """A guess every few minutes for a day, so as not to be locked out."""
    rng = scene.dice
    network = networks.network(rng, "fixed", rng.choice(ABROAD))
    ip = networks.address(rng, network)
    if scene.hurry:
        return _guess(scene, [ip], 45, low=1.0, high=4.0)
    minutes = rng.uniform(6, 15)
    count = round(rng.uniform(10, 24) * HOUR / (minutes * MINUTE))
    return _guess(scene, [ip], count, low=0.7 * minutes * 60, high=1.3 * minutes * 60)


def _guess(scene: Scene, addresses: list[str], count: int, *, low: float, high: float) -> list[Act]:
    """So many guesses, `low` to `high` seconds apart, and perhaps a right one at the end."""
    rng = scene.dice
    program = Machine(rng.choice(_PROGRAMS), "Linux", 30)
    agent = user_agent(program, scene.start)
    acts: list[Act] = []
    moment = scene.start
    for _ in range(count):
        ip = rng.choice(addresses)
        acts.append(Act(moment, scene.person, LOGON, BAD_PASSWORD, None, ip, agent, cause=scene.id))
        moment += round(rng.uniform(low, high) * SECOND)
    if scene.person.mfa is None and rng.random() < _SUCCESSES:
        end = moment + scene.lasting(5, 40)
        acts += scene.use(moment, end, program, acts[-1].ip, mfa=False, closes=0.1, pace=3.0)
    return acts


def _is_a_person(person: Person) -> bool:
    return person.kind == "person"


STRATEGIES = (
    Strategy("one_address", _one_address, _is_a_person),
    Strategy("many_addresses", _many_addresses, _is_a_person),
    Strategy("slow", _slow, _is_a_person),
)
