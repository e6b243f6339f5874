"""No more is done by itself than the policy allows; then people are called and waited for."""

import pytest
from msgspec import structs
from sqlalchemy import Engine, update

from alerts.policy import Guardrails
from alerts.ticket import Disposition, Status
from detectors.core.event import HOUR, MINUTE
from monitor.responding import guardrails
from monitor.store import tables
from tests.monitor.responding.incidents import NOW, TENANT, acting, adopt, made, put_shown, rule
from tests.monitor.responding.responded import called, follow, measures_of, tickets_of

pytestmark = pytest.mark.one_on_postgresql


def limited(database: Engine, *, tenant: int = 100, whole: int = 100) -> None:
    limits = Guardrails(per_hour=whole, per_tenant_hour=tenant)
    adopt(database, acting(rule("challenge"), guardrails=limits))


def people(database: Engine, numbers: range, now: int = NOW, tenant: str = TENANT) -> None:
    """An incident for each of so many accounts, followed."""
    incidents = [made(n, f"u-{n}", updated=now, tenant=tenant) for n in numbers]
    put_shown(database, *incidents)
    follow(database, now)


def states(database: Engine) -> list[str]:
    return sorted(state for _, state, _ in measures_of(database))


def close(database: Engine, now: int) -> None:
    """Somebody looks, and closes the ticket."""
    values = {
        "status": Status.RESOLVED.value,
        "disposition": Disposition.TRUE_POSITIVE.value,
        "resolved": now,
    }
    with database.begin() as connection:
        mine = tables.tickets.c.kind == "guardrail"
        connection.execute(update(tables.tickets).where(mine).values(values))


def test_beyond_what_is_allowed_for_a_tenant_everything_is_held_and_people_are_called_once(
    database: Engine,
) -> None:
    limited(database, tenant=2)
    people(database, range(1, 6))
    assert states(database) == ["executing", "executing", "held", "held", "held"]
    assert [one for one in tickets_of(database) if one[0] == "guardrail"] == [
        ("guardrail", TENANT, "new")
    ]
    assert called(database).count("guardrail") == 1
    people(database, range(11, 12), tenant="globex")
    assert states(database).count("executing") == 3, "another tenant is not held"


def test_beyond_what_is_allowed_in_all_every_tenant_is_held(database: Engine) -> None:
    limited(database, whole=1)
    people(database, range(1, 2))
    people(database, range(2, 3), tenant="globex")
    people(database, range(3, 4), tenant="initech")
    assert states(database) == ["executing", "held", "held"]
    assert ("guardrail", guardrails.ALL, "new") in tickets_of(database)
    assert called(database).count("guardrail") == 1


def test_it_stays_held_however_long_nobody_looks(database: Engine) -> None:
    """An attacker has no more accounts locked out an hour later."""
    limited(database, tenant=1)
    people(database, range(1, 3))
    people(database, range(3, 5), NOW + 5 * HOUR)
    assert states(database) == ["executing", "held", "held", "held"]
    assert called(database).count("guardrail") == 1


def test_once_somebody_looked_counting_begins_anew(database: Engine) -> None:
    limited(database, tenant=1)
    people(database, range(1, 3))
    close(database, NOW + MINUTE)
    people(database, range(3, 5), NOW + 2 * MINUTE)
    assert states(database) == ["executing", "executing", "held", "held"]
    assert called(database).count("guardrail") == 2


def test_further_steps_about_an_account_that_is_counted_are_no_further_account(
    database: Engine,
) -> None:
    limited(database, tenant=1)
    people(database, range(1, 2))
    adopt(
        database,
        acting(rule("challenge", "revoke"), guardrails=Guardrails(per_tenant_hour=1)),
    )
    one = structs.replace(made(1, "u-1"), updated=NOW + 1)
    put_shown(database, one)
    follow(database, NOW + 1)
    assert states(database) == ["executing", "executing"]


def test_where_nothing_is_allowed_everything_is_held(database: Engine) -> None:
    limited(database, tenant=0)
    people(database, range(1, 2))
    assert states(database) == ["held"]


def test_what_is_only_told_counts_for_nothing(database: Engine) -> None:
    with database.connect() as connection:
        found = guardrails.tally(connection, made(1), NOW)
    assert (found.hour, found.tenant_hour) == (0, 0)
    put_shown(database, *(made(n, f"u-{n}") for n in range(1, 30)))
    follow(database)
    assert set(states(database)) == {"shadow"}
    with database.connect() as connection:
        found = guardrails.tally(connection, made(99, "u-99"), NOW)
    assert (found.hour, found.tenant_hour) == (0, 0)
