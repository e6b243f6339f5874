"""A persona says how common it is, where it is led and what the directory calls it."""

import pytest

from monitor.simulation.lives import personas
from monitor.simulation.lives.persona import (
    DESK,
    FLOOR,
    HOME,
    KIOSK,
    PERSON,
    PROGRAM,
    ROAD,
    ROOM,
    SERVICE,
    SHARED,
)


@pytest.mark.parametrize("name", [*personas()])
def test_a_persona_is_complete(name: str) -> None:
    persona = personas()[name]
    assert persona.weight > 0
    assert persona.place in {FLOOR, DESK, HOME, ROAD, PROGRAM, ROOM}
    assert (persona.kind == PERSON) is (persona.place in {FLOOR, DESK, HOME, ROAD})
    assert persona.kind in {PERSON, SERVICE, KIOSK, SHARED}
