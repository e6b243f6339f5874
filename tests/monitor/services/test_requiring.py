"""People are told when their days begin and before they end; then the gate asks for a factor, until
there is one or the policy asks no longer. Nobody else is written to."""

from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from alerts.policy import Mode
from detectors.core.context import AccountKind
from detectors.core.event import DAY
from monitor.directory.account import State
from monitor.services import requiring
from monitor.services.requiring import AHEAD, order_key
from monitor.services.subscriber import Subscriber
from monitor.store import enrolments, gate_changes, restrictions, tables
from tests.monitor.services.enrolled import (
    ANN,
    NOW,
    ROSTER,
    STRANGER,
    audited,
    known,
    orders,
    required,
    templates,
    with_factor,
)

SITE = "https://vigie.example"
DUE = NOW + 14 * DAY


def begun(database: Engine, now: int = NOW) -> int:
    with database.begin() as connection:
        return requiring.begin_days(connection, ROSTER, SITE, now, 100)


def reminded(database: Engine, now: int) -> int:
    with database.begin() as connection:
        return requiring.remind(connection, ROSTER, SITE, now, 100)


def demanded(database: Engine, now: int) -> int:
    with database.begin() as connection:
        return requiring.demand(connection, now, 100)


def at_gate(database: Engine) -> list[tuple[str, str]]:
    table = tables.gate_list
    with database.begin() as connection:
        rows = connection.execute(select(table.c.account, table.c.key)).all()
    return [(account, key) for account, key in rows]


def changes(database: Engine) -> int:
    with database.begin() as connection:
        return len(gate_changes.changes(connection, 0))


def test_days_begin_once_and_are_told_of(database: Engine) -> None:
    known(database)
    known(database, STRANGER)
    assert begun(database) == 0
    required(database)
    assert begun(database) == 1
    assert begun(database) == 0
    (order,) = orders(database)
    assert (order.template, order.until) == ("enrolment_required", DUE)
    assert order.values == {"mine": f"{SITE}/me"}
    assert order.target is not None
    assert order.target.email == "ann@acme.example"
    assert requiring.BEGUN in audited(database)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": AccountKind.SERVICE},
        {"kind": AccountKind.BREAK_GLASS},
        {"state": State.SUSPENDED},
        {"state": State.OFFBOARDED},
    ],
    ids=str,
)
def test_no_program_and_nobody_who_left_is_asked(database: Engine, fields: dict[str, Any]) -> None:
    known(database, **fields)
    required(database)
    assert begun(database) == 0


def test_whoever_has_a_factor_or_is_left_alone_is_not_asked(database: Engine) -> None:
    other = Subscriber(ANN.tenant, "u-18")
    known(database)
    known(database, other)
    required(database)
    with database.begin() as connection:
        with_factor(connection)
        restrictions.restrict(connection, other.subject, NOW, "x", "reviewer:ada")
    assert begun(database) == 0


def test_nothing_is_done_in_shadow_mode(database: Engine) -> None:
    known(database)
    required(database, mode=Mode.SHADOW)
    assert begun(database) == 0


def test_reminded_once_before_and_asked_by_the_gate_after(database: Engine) -> None:
    known(database)
    required(database)
    begun(database)
    assert reminded(database, DUE - AHEAD - 1) == 0
    assert reminded(database, DUE - AHEAD) == 1
    assert reminded(database, DUE - 1) == 0
    assert templates(database) == ["enrolment_required", "enrolment_reminder"]
    assert demanded(database, DUE - 1) == 0
    assert demanded(database, DUE) == 1
    assert demanded(database, DUE + DAY) == 0
    assert at_gate(database) == [(ANN.account, order_key(ANN.key))]
    assert changes(database) == 1
    with database.begin() as connection:
        assert requiring.lift(connection, ANN)
        assert not requiring.lift(connection, ANN)
    assert at_gate(database) == []
    assert changes(database) == 2


def test_whoever_set_one_up_meanwhile_is_left_in_peace(database: Engine) -> None:
    known(database)
    required(database)
    begun(database)
    with database.begin() as connection:
        with_factor(connection)
    reminded(database, DUE - 1)
    demanded(database, DUE)
    assert templates(database) == ["enrolment_required"]
    assert at_gate(database) == []
    with database.begin() as connection:
        assert enrolments.grace(connection, ANN.tenant, ANN.account) is None


@pytest.mark.parametrize("after", [{"days": None}, {"mode": Mode.SHADOW}], ids=str)
def test_when_the_policy_asks_no_longer_nor_does_the_gate(
    database: Engine, after: dict[str, Any]
) -> None:
    known(database)
    required(database, 0)
    begun(database)
    assert demanded(database, NOW) == 1
    required(database, **after)
    with database.begin() as connection:
        assert requiring.release(connection, 100) == 1
        assert requiring.release(connection, 100) == 0
    assert at_gate(database) == []


def test_who_sets_one_up_just_as_the_gate_begins_to_ask_is_asked_no_longer(
    database: Engine,
) -> None:
    known(database)
    required(database, 0)
    begun(database)
    assert demanded(database, NOW) == 1
    with database.begin() as connection:
        with_factor(connection)
        assert requiring.release(connection, 100) == 1
    assert at_gate(database) == []


def test_what_else_the_gate_asks_stays(database: Engine) -> None:
    known(database)
    required(database, 0)
    begun(database)
    row = {"tenant": ANN.tenant, "account": ANN.account, "verdict": "challenge", "since": NOW}
    row |= {"subject_key": ANN.key, "until": None, "key": "measure.1.0.done"}
    with database.begin() as connection:
        connection.execute(insert(tables.gate_list).values(row))
    assert demanded(database, NOW) == 0
    with database.begin() as connection:
        assert not requiring.lift(connection, ANN)
    assert at_gate(database) == [(ANN.account, "measure.1.0.done")]
