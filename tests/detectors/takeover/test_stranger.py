"""What is remembered of strangers: bounded, and those that were strangest longest."""

from detectors.core.event import SignIn
from detectors.core.novelty import Novelty
from detectors.core.place import Device, Form
from detectors.core.population import Line, Newness
from detectors.core.profile import Profile
from detectors.takeover.stranger import (
    LEAST,
    MAXIMUM_INTRUDERS,
    Intruder,
    State,
    count,
    is_beside,
    is_far,
    is_other_desk,
    is_other_family,
    note,
)
from tests.detectors.story import LINUX, LYON, LYON_HOME, MAC, MOSCOW, Story, Where

STRANGE = Novelty(Newness.NEW, Line.ABROAD, handheld=False)


def at(day: int, minute: float, where: Where, device: Device) -> SignIn:
    """One sign-on."""
    [event] = Story().sign_on(day, minute, where, device, "x").sorted()
    assert isinstance(event, SignIn)
    return event


def came(state: State, worth: float = 3.0) -> Intruder:
    """One stranger in Moscow."""
    return note(state, at(10, 600, MOSCOW, LINUX), STRANGE, worth, Profile())


def test_the_strangest_are_remembered_longest() -> None:
    """A crowd of passers-by does not push out the one that was a stranger's."""
    state = State()
    first = came(state, LEAST + 1)
    for number in range(2 * MAXIMUM_INTRUDERS):
        passer = Device(f"passer-{number}", "Chrome", "Windows", Form.DESKTOP)
        note(state, at(11, number, LYON, passer), STRANGE, 0.0, Profile())
    assert len(state.intruders) == MAXIMUM_INTRUDERS
    assert state.intruders[first.name] is first


def test_hours_and_days_of_work_are_counted_once_each() -> None:
    state = State()
    stranger = came(state)
    assert not count(state, stranger, at(10, 610, MOSCOW, LINUX))
    assert count(state, stranger, at(10, 670, MOSCOW, LINUX))
    assert count(state, stranger, at(11, 600, MOSCOW, LINUX))
    assert (stranger.total, stranger.hours, stranger.visits) == (4, 3, 2)
    assert (state.hours, state.days) == (3, 2)


def test_a_stranger_is_at_another_desk_far_from_the_owners() -> None:
    stranger = came(State())
    assert is_other_desk(stranger)
    assert is_far(LYON.place, stranger, 1000.0)
    assert not is_far(None, stranger, 1000.0)
    assert not is_beside(at(10, 620, LYON_HOME, MAC), stranger.name, stranger)


def test_who_acts_at_the_strangers_own_address_is_not_the_owner_elsewhere() -> None:
    stranger = came(State())
    assert is_beside(at(10, 620, MOSCOW, MAC), stranger.name, stranger)


def test_one_machine_by_two_families_is_in_one_country() -> None:
    """The own sort of computer may be on IPv4 by one network and on IPv6 by another."""
    alike = Novelty(Newness.KNOWN, Line.NEW, handheld=False)
    stranger = note(State(), at(10, 600, MOSCOW, LINUX), alike, 3.0, Profile())
    assert not is_other_family(at(10, 620, LYON_HOME, LINUX), stranger)
    assert not is_other_family(at(10, 620, LYON_HOME.leased("2001:db8::1"), LINUX), stranger)
    near = LYON_HOME._replace(place=MOSCOW.place).leased("2001:db8::1")
    assert is_other_family(at(10, 620, near, LINUX), stranger)
