"""What nobody is allowed is not done; a tenant's people stay there; danger needs a proof."""

import pytest

from monitor.services.actor import Actor, ActorKind, Role, operator
from monitor.services.authority import (
    FRESH,
    Operation,
    Reach,
    allowed,
    authorise,
    operation_of,
    permits,
    within,
)
from monitor.services.refusal import NotAllowedError, NotFreshError
from tests.monitor.services.people import ADMINISTRATOR, person, program

NOW = 1_800_000_000_000


class Service:
    def _now(self) -> int:
        return NOW

    @allowed(Operation.KEYS_WRITE)
    def make(self, actor: Actor, name: str, *, count: int = 1) -> str:
        return name * count


def test_a_method_is_called_for_those_who_may_and_for_nobody_else() -> None:
    fresh = person(Role.ADMINISTRATOR, authenticated=NOW)
    assert Service().make(fresh, "x", count=2) == "xx"
    assert Service().make(operator(), "x") == "x"
    for other in (person(), person(Role.ANALYST, authenticated=NOW), program("events:write")):
        with pytest.raises(NotAllowedError):
            Service().make(other, "x")
    assert operation_of(Service.make) is Operation.KEYS_WRITE
    assert operation_of(Service._now) is None


@pytest.mark.parametrize("at", [None, NOW - FRESH - 1, NOW + 1])
def test_danger_needs_a_proof_that_is_neither_old_nor_from_the_future(at: int | None) -> None:
    with pytest.raises(NotFreshError):
        Service().make(person(Role.ADMINISTRATOR, authenticated=at), "x")


def test_whoever_may_not_is_not_asked_for_a_proof_first() -> None:
    with pytest.raises(NotAllowedError):
        authorise(person(Role.VIEWER), Operation.KEYS_WRITE, NOW)


def test_a_key_does_what_it_was_made_for_and_roles_do_not_help_it() -> None:
    key = program("incidents:read")
    assert permits(key, Operation.INCIDENTS_READ)
    assert not permits(key, Operation.SOURCES_READ)
    disguised = Actor(kind=ActorKind.KEY, uid="1", name="x", roles=frozenset((Role.ADMINISTRATOR,)))
    assert not permits(disguised, Operation.INCIDENTS_READ)


@pytest.mark.parametrize("operation", [o for o in Operation if o.reach is Reach.INSTANCE])
def test_whoever_is_bound_to_a_tenant_does_nothing_that_concerns_all(operation: Operation) -> None:
    assert not permits(person(*Role, tenant="acme"), operation)
    assert not permits(program(operation.scope, tenant="acme"), operation)


def test_a_contact_without_a_tenant_is_nobody() -> None:
    contact = person(Role.TENANT_CONTACT)
    assert not any(permits(contact, operation) for operation in Operation)
    with pytest.raises(NotAllowedError):
        within(contact)


def test_questions_are_bound_to_the_tenant() -> None:
    assert within(ADMINISTRATOR) is None
    assert within(person(Role.TENANT_CONTACT, tenant="acme")) == "acme"


def test_names_are_told_apart_and_read_like_scopes() -> None:
    names = [operation.scope for operation in Operation]
    assert len(set(names)) == len(names)
    assert all(name.count(":") == 1 and name == name.lower() for name in names)
