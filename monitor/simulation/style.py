"""How much a tenant's log tells: everything that happens, or hardly anything."""

from random import Random

from msgspec import Struct

from monitor.simulation.parameters import Parameters

RICH = "rich"
REFRESHES = "refreshes"
ENDS = "ends"
LOGONS = "logons"
ACTIVITIES = (RICH, REFRESHES, ENDS, LOGONS)
"""What is logged: all activity; log-ons, log-offs and refreshes; log-ons and -offs; log-ons."""


class Style(Struct, frozen=True):
    """`refresh` are minutes between two refreshes of a session, where they are logged.

    `names_only`: failures tell the user's name and not the id.
    """

    activities: str
    refresh: float
    sessions: bool
    agents: bool
    names_only: bool

    @property
    def tells_activity(self) -> bool:
        """Whether what happens within a session can be seen, and in which one."""
        return self.sessions and self.activities in {RICH, REFRESHES}


def draw(rng: Random, drawn: Parameters) -> Style:
    """One tenant's style, by lot."""
    (activities,) = rng.choices(ACTIVITIES, drawn.activities)
    return Style(
        activities,
        rng.uniform(*drawn.refresh),
        rng.random() >= drawn.without_sessions,
        rng.random() >= drawn.without_agents,
        rng.random() < drawn.names_only,
    )
