"""Programs: an integration that signs in from a hosting company, like clockwork."""

from detectors.core.event import DAY, MINUTE, SECOND
from monitor.simulation import networks
from monitor.simulation.acts import LOGON, Act
from monitor.simulation.agents import Machine, user_agent
from monitor.simulation.chance import dice
from monitor.simulation.lives.day import Day


def service_day(day: Day) -> list[Act]:
    """A token every few minutes, day and night, from one address and one program."""
    own = dice(day.world.seed, "service", day.person.number)
    place = own.choice(("Paris", "Roubaix", "Dublin", "Frankfurt"))
    ip = networks.address(own, networks.network(own, "hosting", place))
    agent = user_agent(Machine(own.choice(("python-requests", "Go")), "Linux", 0), 0)
    every = own.choice((10, 15, 30)) * MINUTE
    phase = own.randrange(every)
    midnight = day.day * DAY
    return [
        Act(
            midnight + phase + n * every + day.dice.randrange(2 * SECOND),
            day.person,
            LOGON,
            None,
            None,
            ip,
            agent,
            False,
        )
        for n in range(DAY // every)
    ]
