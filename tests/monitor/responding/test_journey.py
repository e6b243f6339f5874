"""From a log's line to a reactivation, over real servers, and killed anywhere on the way: one
account, one ticket, one deactivation, and an audit that proves itself whole."""

import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.monitor.faults.killing import forked
from tests.monitor.responding import journey
from tests.monitor.responding.journey import LEGS, World, month, states, world


def is_killed(ended: int) -> bool:
    """Of a process: killed, else done."""
    assert ended in (0, -signal.SIGKILL)
    return ended != 0


def undisturbed(folder: Path) -> tuple[dict[str, Any], list[int]]:
    """What it comes to when nobody is killed; how many steps each leg takes."""
    simulation, shared = month()
    with world(folder, [*simulation.lines()], shared) as made:
        steps = [leg(made) for _, leg in LEGS]
        return states(made), steps


def killed(folder: Path, points: Callable[[int], list[int]]) -> dict[str, Any]:
    """What it comes to when in each leg processes die at points, one after the other."""
    simulation, shared = month()
    with world(folder, [*simulation.lines()], shared) as made:
        for number, (name, leg) in enumerate(LEGS):
            for point in points(number):
                ended = forked(lambda leg=leg, point=point: leg(made, point))
                if not is_killed(ended):
                    break
            assert not is_killed(forked(lambda leg=leg: leg(made))), name
        return states(made)


def test_one_account_from_a_line_to_its_reactivation(tmp_path: Path) -> None:
    simulation, shared = month()
    with world(tmp_path / "calm", [*simulation.lines()], shared) as made:
        told: dict[str, list[str]] = {}
        for name, leg in LEGS:
            before = len(made.mail.messages)
            leg(made)
            told[name] = [str(mail["To"]) for mail in made.mail.messages[before:]]
            _check(name, made)
        assert journey.verdict(made).is_whole
        assert {"measures:request", "measures:approve", "measures:undo"} <= journey.audited(made)
        assert told["suspended"].count(journey.ADDRESS) == 2
        assert told["deactivated"].count(journey.ADDRESS) == 1
        assert told["heard"].count(journey.ADDRESS) == 1
        assert told["reactivated"].count(journey.ADDRESS) == 1


def _check(name: str, made: World) -> None:
    """How it stands behind a leg."""
    steps = dict(journey.steps(made))
    writes = len(made.scim.writes)
    is_active = made.scim.is_active(made.user)
    if name == "read":
        assert journey.category(made) == "credential_sharing"
    if name == "suspended":
        assert (steps["suspend"], steps["notify"]) == ("in_force", "done")
        assert (is_active, writes) == (False, 1)
        assert journey.tickets(made) == [("incident", "new")]
    if name == "requested":
        assert (steps["deactivate"], writes) == ("requested", 1)
    if name == "deactivated":
        assert steps["deactivate"] == "in_force"
        assert (is_active, writes) == (False, 1), "it was switched off already"
    if name == "suspension over":
        assert (steps["suspend"], steps["deactivate"]) == ("undone", "in_force")
        assert (is_active, writes) == (False, 1)
    if name == "contested":
        assert ("appeal", "new") in journey.tickets(made)
    if name == "reactivated":
        assert steps["deactivate"] == "undone"
        assert (is_active, writes) == (True, 2)


def test_whoever_dies_on_the_way_nothing_is_done_twice_or_not_at_all(tmp_path: Path) -> None:
    expected, steps = undisturbed(tmp_path / "calm")
    dice = random.Random(7)

    def points(leg: int) -> list[int]:
        # The engine's own deaths are looked at by tests of their own.
        return [] if leg == 0 else [dice.randint(1, steps[leg]) for _ in range(2)]

    assert killed(tmp_path / "storm", points) == expected


@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_a_death_at_every_step(tmp_path: Path) -> None:
    expected, steps = undisturbed(tmp_path / "calm")
    for point in range(1, max(steps[1:]) + 1):
        came = killed(tmp_path / f"storm-{point}", lambda leg, at=point: [at] if leg else [])
        assert came == expected, point
