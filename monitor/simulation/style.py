"""How much a tenant's log tells: everything that happens, or hardly anything."""

from random import Random

from msgspec import Struct

from monitor.simulation.parameters import Parameters

RICH = "rich"
REFRESHES = "refreshes"
ENDS = "ends"
LOGONS = "logons"
BY_CHANCE = "chance"
BY_CLOCK = "clock"
BY_USE = "use"
BY_EITHER = "either"
RENEWALS = (BY_CLOCK, BY_USE, BY_EITHER)
"""When a token is renewed: every so many minutes, when the page next needs it after it ran out, or
by the clock as long as somebody works and else by use. By chance: as in a log that tells all, of
which some of what is done are renewals."""
ACTIVITIES = (RICH, REFRESHES, ENDS, LOGONS)
"""What is logged: all activity; log-ons, log-offs and refreshes; log-ons and -offs; log-ons."""


class Style(Struct, frozen=True):
    """`refresh` are minutes between two refreshes of a session, where they are logged.

    `names_only`: failures tell the user's name and not the id. `factors`: a sign-on tells whether
    there was a second one. A renewal by the clock is early or late by `jitter` of its time.
    `breaks`: people sign off for breaks, and on again.
    """

    activities: str
    refresh: float
    sessions: bool
    agents: bool
    names_only: bool
    renews: str = BY_CHANCE
    jitter: float = 0.03
    factors: bool = True
    breaks: bool = False

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


def vary(rng: Random, style: Style, drawn: Parameters) -> Style:
    """The same style, or by lot one whose renewals follow the work, with signing off for breaks."""
    if rng.random() >= drawn.varied:
        return style
    (activities,) = rng.choices(ACTIVITIES, drawn.varied_activities)
    (renews,) = rng.choices(RENEWALS, drawn.renewals)
    is_bare = rng.random() < drawn.bare
    return Style(
        activities,
        rng.uniform(*drawn.token),
        style.sessions and not is_bare,
        style.agents and not is_bare,
        style.names_only,
        renews,
        rng.uniform(*drawn.jitter),
        rng.random() >= drawn.without_factors,
        rng.random() < drawn.signs_off,
    )
