"""One account, several people: article 6 of the policy, in the ways that call centres know."""

from detectors.core.event import HOUR, MINUTE
from monitor.simulation import agents, networks
from monitor.simulation.acts import Act
from monitor.simulation.calendar import day_of, local
from monitor.simulation.misdeeds.scene import ABROAD, Scene, Strategy
from monitor.simulation.world import Person

BEHAVIOUR = "credential_sharing"
_COLLEAGUES = ("Paris", "Marseille", "Toulouse", "Tunis", "Casablanca", "Dakar", "Antananarivo")
_FAR_KM = 500.0


def _two_cities(scene: Scene) -> list[Act]:
    """A colleague in another city works on the account while its owner does."""
    city = scene.far_away(_FAR_KM, _COLLEAGUES)
    _, ip, machine = scene.stranger("fixed", city)
    acts: list[Act] = []
    for sitting in scene.working(scene.times(2, 4)):
        length = sitting.end - sitting.start
        start = max(scene.start, sitting.start + round(length * scene.dice.uniform(0.1, 0.4)))
        acts += scene.use(start, start + scene.lasting(40, 180), machine, ip)
    return acts


def _taking_turns(scene: Scene) -> list[Act]:
    """Two cities in turn within the hour: never together, and faster than anybody travels."""
    city = scene.far_away(_FAR_KM, ABROAD)
    _, ip, machine = scene.stranger("fixed", city)
    acts: list[Act] = []
    for sitting in scene.working(scene.times(2, 4)):
        ended = sitting.start + MINUTE if scene.hurry else sitting.end
        start = ended + scene.lasting(12, 50)
        acts += scene.use(start, start + scene.lasting(30, 120), machine, ip)
    return acts


def _same_office(scene: Scene) -> list[Act]:
    """Two workstations of one floor at the same time, behind one address."""
    neighbour = scene.other_machine()
    acts: list[Act] = []
    for sitting in scene.working(scene.times(3, 6)):
        start = max(scene.start, sitting.start + scene.lasting(15, 90))
        acts += scene.use(start, start + scene.lasting(120, 300), neighbour, sitting.ip)
    return acts


def _relay(scene: Scene) -> list[Act]:
    """Another takes over when the owner's shift ends: hours that no one person keeps."""
    seat = agents.office_machine(scene.dice)
    acts: list[Act] = []
    for sitting in scene.working(scene.times(4, 7)):
        start = sitting.end + round(scene.dice.uniform(2, 15) * MINUTE)
        length = round(scene.dice.uniform(6.5, 8.5) * HOUR)
        acts += scene.use(start, start + length, seat, sitting.ip, pace=14.0)
    return acts


def _resold_seat(scene: Scene) -> list[Act]:
    """The seat is sold on: three to five people in several countries use it every day."""
    rng = scene.dice
    buyers = [scene.stranger("fixed", city) for city in rng.sample(ABROAD, rng.randint(3, 5))]
    acts: list[Act] = []
    if scene.hurry:
        for number, (_, ip, machine) in enumerate(buyers):
            start = scene.start + number * 30_000
            acts += scene.use(start, start + scene.lasting(40, 100), machine, ip)
        return acts
    first = day_of(scene.start) + 1
    for day in range(first, first + rng.randint(3, 6)):
        for network, ip, machine in buyers:
            if rng.random() < 0.25:
                continue
            noon = local("Africa/Dakar", day, 720 - network.longitude * 4)
            start = noon + round(rng.uniform(-4, 6) * HOUR)
            own = ip if rng.random() < 0.7 else networks.address(rng, network)
            acts += scene.use(start, start + scene.lasting(40, 240), machine, own)
    return acts


def _loan(scene: Scene) -> list[Act]:
    """A spouse, once or twice, on another machine at the same address."""
    other = scene.other_machine()
    acts: list[Act] = []
    for sitting in scene.working(scene.times(1, 2)):
        start = max(scene.start, sitting.start + scene.lasting(60, 200))
        acts += scene.use(start, start + scene.lasting(10, 40), other, sitting.ip)
    return acts


def _works_regular_hours(person: Person) -> bool:
    return person.persona in {"agent", "home_agent", "desk"}


def _works_on_a_floor(person: Person) -> bool:
    return person.persona == "agent"


def _works_at_home(person: Person) -> bool:
    return person.persona == "home_agent"


STRATEGIES = (
    Strategy("two_cities", _two_cities, _works_regular_hours),
    Strategy("taking_turns", _taking_turns, _works_regular_hours),
    Strategy("same_office", _same_office, _works_on_a_floor),
    Strategy("relay", _relay, _works_on_a_floor),
    Strategy("resold_seat", _resold_seat, _works_regular_hours),
    Strategy("loan", _loan, _works_at_home, minor=True),
)
