"""Who plays the subscriber of the demonstration: somebody at work, to whom nothing was done."""

from msgspec import Struct

from detectors.core.event import HOUR
from monitor.simulation.acts import LOGOFF, Act
from monitor.simulation.calendar import day_of
from monitor.simulation.demonstration import Demonstration
from monitor.simulation.lives import live
from monitor.simulation.world import Person, World

DAYS = 7
"""Of so many days it is looked who shows something."""


class Played(Struct, frozen=True):
    """An account as the demonstration's log has it, and the last session of it, open if may be."""

    tenant: str
    account: str
    name: str
    session: str


def subscriber(demonstration: Demonstration) -> Played | None:
    """Of those with a session, whom it fits best: no part in an incident, a session that is open,
    many places and programs to look at. None where nobody has a session."""
    # What is tried on many at once accuses none of them; in a month it reaches everybody.
    taken = {label.account for label in demonstration.simulation.incidents}
    found: list[tuple[tuple[bool, bool, int], Played]] = []
    for person in demonstration.world.people:
        acts = _acts(demonstration.world, person, demonstration.now)
        if acts:
            last = acts[-1]
            is_open = last.activity != LOGOFF and demonstration.now - last.time < HOUR
            seen = len({(act.ip, act.agent) for act in acts})
            played = Played(person.tenant.uid, person.uid, person.name, last.session or "")
            found.append(((person.uid not in taken, is_open, seen), played))
    return max(found, key=lambda one: one[0])[1] if found else None


def _acts(world: World, person: Person, now: int) -> list[Act]:
    """What a person did in sessions of theirs, where logs know people by an id."""
    if person.kind != "person" or person.tenant.style.names_only:
        return []
    days = range(day_of(now) - DAYS + 1, day_of(now) + 1)
    lived = (act for day in days for act in live(world, person, day))
    return sorted(
        (act for act in lived if act.time < now and act.session and act.detail is None),
        key=lambda act: act.time,
    )
