"""Programs: an integration that signs in from a hosting company, like clockwork."""

from random import Random

from detectors.core.event import DAY, HOUR, MINUTE, SECOND
from monitor.simulation import agents, networks
from monitor.simulation.acts import BAD_PASSWORD, LOGON, Act
from monitor.simulation.agents import user_agent
from monitor.simulation.chance import dice
from monitor.simulation.lives.day import Day
from monitor.simulation.lives.persona import PROGRAM, SERVICE, Persona

_PLACES = ("Paris", "Roubaix", "Dublin", "Frankfurt", "Gravelines", "London")


def service_day(day: Day) -> list[Act]:
    """A token every few minutes, day and night, from one address and one program."""
    own = dice(day.world.seed, "service", day.person.number)
    return _poll(day, [_address(own)])


def balanced_service_day(day: Day) -> list[Act]:
    """The same from several addresses in two places: a cluster, or a queue of workers."""
    own = dice(day.world.seed, "service", day.person.number)
    return _poll(day, [_address(own) for _ in range(own.randint(2, 6))])


def expired_service_day(day: Day) -> list[Act]:
    """The same, whose password runs out one day and is renewed hours or days later."""
    own = dice(day.world.seed, "expiry", day.person.number)
    out = (day.world.first_day + own.randrange(3, 24)) * DAY + own.randrange(DAY)
    renewed = out + round(own.uniform(1, 60) * HOUR)
    return [
        act._replace(detail=BAD_PASSWORD) if out <= act.time < renewed else act
        for act in service_day(day)
    ]


def _address(rng: Random) -> str:
    return networks.address(rng, networks.network(rng, "hosting", rng.choice(_PLACES)))


def _poll(day: Day, addresses: list[str]) -> list[Act]:
    own = dice(day.world.seed, "program", day.person.number)
    machine = agents.program(own, "python-requests", "Go", "okhttp")
    agent = user_agent(machine, 0)
    every = own.choice((5, 10, 15, 30, 60)) * MINUTE
    phase = own.randrange(every)
    midnight = day.day * DAY
    return [
        Act(
            midnight + phase + n * every + day.dice.randrange(2 * SECOND),
            day.person,
            LOGON,
            None,
            None,
            addresses[n % len(addresses)],
            agent,
            False,
        )
        for n in range(DAY // every)
    ]


PERSONAS = (
    Persona("service", service_day, 0.6, PROGRAM, SERVICE),
    Persona("balanced_service", balanced_service_day, 0.3, PROGRAM, SERVICE, held_back=True),
    Persona("expired_service", expired_service_day, 0.4, PROGRAM, SERVICE),
)
