"""Every operation x every role x the own tenant or none, against a table that people read.

`roles.csv` is written by hand and says what is meant: which role may, whether somebody who is
bound to a tenant may there, whether a key can be made for it, and whether it needs a new proof of
who asks. An operation that is not in it fails, and so does a row that is no operation.
"""

import csv
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import monitor.services
from monitor.services.actor import Actor, ActorKind, Role, operator
from monitor.services.authority import FRESH, Operation, authorise, operation_of, permits
from monitor.services.refusal import NotAllowedError, NotFreshError
from tests.monitor.services.people import person, program

NOW = 1_800_000_000_000
with (Path(__file__).parent / "roles.csv").open(encoding="utf-8", newline="") as lines:
    TABLE = {row["operation"]: row for row in csv.DictReader(lines)}
UNSAID = "yes or no is missing in roles.csv"


def meant(operation: Operation, column: str) -> bool:
    told = TABLE[operation.scope][column]
    assert told in ("yes", "no"), UNSAID
    return told == "yes"


def outcome(actor: Actor, operation: Operation) -> str:
    try:
        authorise(actor, operation, NOW)
    except NotAllowedError:
        return "refused"
    except NotFreshError:
        return "proof"
    return "done"


def test_every_operation_is_in_the_table_and_every_row_is_an_operation() -> None:
    assert set(TABLE) == {operation.scope for operation in Operation}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("tenant", [None, "acme"])
@pytest.mark.parametrize("operation", Operation)
def test_each_role_does_what_the_table_says(
    operation: Operation, role: Role, tenant: str | None
) -> None:
    is_meant = meant(operation, role.value)
    if tenant is not None:
        is_meant = is_meant and meant(operation, "bound")
    elif role is Role.TENANT_CONTACT:
        is_meant = False  # of no tenant: nobody's contact
    fresh = person(role, tenant=tenant, authenticated=NOW)
    stale = person(role, tenant=tenant, authenticated=NOW - FRESH - 1)
    assert outcome(fresh, operation) == ("done" if is_meant else "refused")
    lacking = "proof" if meant(operation, "proof") else "done"
    assert outcome(stale, operation) == (lacking if is_meant else "refused")


@pytest.mark.parametrize("tenant", [None, "acme"])
@pytest.mark.parametrize("operation", Operation)
def test_a_key_does_what_it_was_made_for_alone(operation: Operation, tenant: str | None) -> None:
    others = [other.scope for other in Operation if other is not operation]
    assert outcome(program(*others, tenant=tenant), operation) == "refused"
    within = tenant is None or meant(operation, "bound")
    told = outcome(program(operation.scope, tenant=tenant), operation)
    assert told == ("done" if within else "refused")
    assert operation.for_keys is meant(operation, "key")


@pytest.mark.parametrize("operation", Operation)
def test_whoever_has_the_machine_does_what_an_administrator_does(operation: Operation) -> None:
    assert permits(operator(), operation) is meant(operation, "administrator")


@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize("kind", ActorKind)
def test_nobody_in_particular_does_nothing(operation: Operation, kind: ActorKind) -> None:
    assert not permits(Actor(kind=kind, uid="x", name="x"), operation)


def services() -> Iterator[tuple[str, type[Any]]]:
    for found in pkgutil.walk_packages(monitor.services.__path__, "monitor.services."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            if inspect.isclass(value) and value.__module__ == found.name:
                yield f"{found.name}.{name}", value


ASKED = [
    (f"{name}.{method}", function)
    for name, service in services()
    for method, function in inspect.getmembers(service, inspect.isfunction)
    if "actor" in inspect.signature(function).parameters
]


def test_whoever_takes_who_asks_says_which_operation_it_is() -> None:
    assert len(ASKED) > 10
    undecided = [name for name, method in ASKED if operation_of(method) is None]
    assert not [name for name in undecided if not name.rpartition(".")[2].startswith("_")]


def test_every_operation_is_one_that_something_does() -> None:
    import monitor

    folder = Path(monitor.__file__).parent
    text = "\n".join(
        path.read_text("utf-8") for path in folder.rglob("*.py") if path.name != "authority.py"
    )
    unused = [
        operation.name for operation in Operation if f"Operation.{operation.name}" not in text
    ]
    assert not unused
