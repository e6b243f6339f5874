"""The settings beside the labels name every account that is no person's."""

import tomllib

from monitor.simulation.directory import directory
from monitor.simulation.population import build


def test_programs_and_rooms_are_named_and_people_are_not() -> None:
    people = build(3, 900, 20_775).people
    told = tomllib.loads(directory(people).decode())["accounts"]
    assert set(told) == {"service", "kiosk", "shared"}
    for kind, names in told.items():
        assert names == [f"{p.tenant.uid}:{p.uid}" for p in people if p.kind == kind]
        assert names


def test_a_world_of_people_has_none() -> None:
    people = [p for p in build(3, 20, 20_775).people if p.kind == "person"]
    told = tomllib.loads(directory(people).decode())["accounts"]
    assert told == {"service": [], "kiosk": [], "shared": []}
