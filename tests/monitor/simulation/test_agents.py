"""User agents are what programs say, and their versions move on."""

import pytest

from detectors.core.event import DAY
from monitor.enrichment.device import Devices
from monitor.simulation import agents
from monitor.simulation.agents import Machine, user_agent
from monitor.simulation.chance import dice

NOW = 1_795_467_790_000


@pytest.mark.parametrize(
    "machine",
    [
        Machine("Chrome", "Windows"),
        Machine("Edge", "Windows"),
        Machine("Firefox", "Linux"),
        Machine("Safari", "Mac"),
        Machine("Safari", "iPhone"),
        Machine("Chrome", "Android"),
    ],
)
def test_an_update_changes_the_words_and_not_the_device(machine: Machine) -> None:
    before, after = user_agent(machine, NOW - 400 * DAY), user_agent(machine, NOW)
    assert before != after
    reader = Devices()
    one, other = reader.read(before), reader.read(after)
    assert one is not None
    assert other is not None
    assert one.fingerprint == other.fingerprint


def test_an_update_comes_as_late_as_the_machine_is_slow() -> None:
    quick, slow = Machine("Chrome", "Windows", 0), Machine("Chrome", "Windows", 20)
    apart = [
        day
        for day in range(56)
        if user_agent(quick, NOW + day * DAY) != user_agent(slow, NOW + day * DAY)
    ]
    assert len(apart) == 40


def test_programs_say_what_they_are() -> None:
    assert user_agent(Machine("python-requests", "Linux"), NOW).startswith("python-requests/")
    assert user_agent(Machine("curl", "Linux"), NOW).startswith("curl/")
    assert user_agent(Machine("Go", "Linux"), NOW).startswith("Go-http-client/")


def test_another_machine_is_another_device() -> None:
    rng = dice("agents")
    for _ in range(50):
        one = agents.own_machine(rng)
        other = agents.other_than(rng, one)
        assert user_agent(one, NOW) != user_agent(other, NOW)


def test_telephones_are_telephones_and_computers_are_not() -> None:
    rng = dice("telephones")
    assert all(agents.is_phone(agents.phone(rng)) for _ in range(20))
    assert not any(agents.is_phone(agents.office_machine(rng)) for _ in range(20))
