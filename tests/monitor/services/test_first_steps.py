"""The path is shown to whoever can take it, until it is over or skipped."""

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import insert

from monitor.services.actor import Role
from monitor.services.first_steps import FirstSteps, Step
from monitor.services.refusal import NotAllowedError
from monitor.store import tables
from tests.monitor.services.people import person
from tests.monitor.services.reviewing import House

ADA = person(Role.ADMINISTRATOR, uid="ada")
EVE = person(Role.ADMINISTRATOR, uid="eve")


def test_each_step_is_done_once_it_is(database: Database) -> None:
    steps, house = FirstSteps(database, "vigie"), House(database)

    def following() -> Step | None:
        path = steps.path(ADA)
        return None if path is None else path.next

    assert following() is Step.ADMINISTRATOR
    house.person("ada@x.example", Role.ADMINISTRATOR)
    assert following() is Step.SOURCE
    own = {"id": 1, "name": "vigie", "format": "own", "lines": 9}
    with database.begin() as connection:
        connection.execute(insert(tables.sources), [own])
    assert following() is Step.SOURCE, "what Vigie tells of itself is none"
    with database.begin() as connection:
        connection.execute(insert(tables.sources), [own | {"id": 2, "name": "crm"}])
    assert following() is Step.INCIDENT
    path = steps.path(ADA)
    assert path is not None
    assert path.done[Step.SOURCE]


def test_who_skips_it_sees_it_no_more_and_others_do(database: Database) -> None:
    steps = FirstSteps(database, "vigie")
    steps.skip(ADA)
    steps.skip(ADA)
    assert steps.path(ADA) is None
    assert steps.path(EVE) is not None


def test_it_is_for_administrators(database: Database) -> None:
    steps = FirstSteps(database, "vigie")
    with pytest.raises(NotAllowedError):
        steps.path(person(Role.ANALYST))
    with pytest.raises(NotAllowedError):
        steps.skip(person(Role.APPROVER))
