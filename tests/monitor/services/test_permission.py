"""A first factor is set up by whoever nothing stands against; with two people's word, by somebody
whom something stands against as well."""

import pytest
from msgspec import structs
from sqlalchemy import Engine

from detectors.core.event import DAY
from monitor.directory.account import State
from monitor.services import permission, recovery_steps
from monitor.services.permission import GRANTED
from monitor.services.subscriber import Subscriber
from monitor.store import enrolments, recoveries, restrictions
from monitor.store.enrolments import LinkRow
from tests.monitor.services import ticketed
from tests.monitor.services.enrolled import (
    ANN,
    KEYRING,
    NOW,
    ROSTER,
    TERMS,
    Desk,
    known,
    with_factor,
)
from tests.monitor.services.ticketed import incident

SUSPECT = Subscriber(ticketed.ANN.tenant, ticketed.ANN.uid)


def allowed(database: Engine, who: Subscriber = ANN, now: int = NOW) -> bool:
    with database.begin() as connection:
        told = permission.on_the_spot(connection, who, "s-1", now)
        assert permission.of_link(connection, who, now) == told
    assert bool(told.why.en) == bool(told.why.fr) == (not told.allowed)
    return told.allowed


def test_granted_to_whom_nothing_stands_against(database: Engine) -> None:
    known(database)
    assert allowed(database)


def test_not_while_something_stands_against_the_account(database: Engine) -> None:
    known(database, SUSPECT)
    desk = ticketed.Desk(database)
    ticket = desk.ticket(desk.take(incident()).ticket_id)
    assert not allowed(database, SUSPECT)
    desk.close(ticket)
    assert allowed(database, SUSPECT)


def test_not_where_there_is_a_factor(database: Engine) -> None:
    with database.begin() as connection:
        with_factor(connection)
    assert not allowed(database)


@pytest.mark.parametrize("state", [State.SUSPENDED, State.OFFBOARDED])
def test_not_for_an_account_that_nobody_may_use(database: Engine, state: State) -> None:
    known(database, state=state)
    assert not allowed(database)


def test_not_where_the_accounts_data_is_restricted(database: Engine) -> None:
    with database.begin() as connection:
        restrictions.restrict(connection, ANN.subject, NOW, "x", "reviewer:ada")
    assert not allowed(database)
    assert not allowed(database, Subscriber("acme", "erased:1"))


def test_a_recovery_holds_whatever_stands_against_the_account(database: Engine) -> None:
    known(database, SUSPECT)
    ticketed.Desk(database).put(incident())
    Desk(database).agreed(SUSPECT)
    late = NOW + DAY
    with database.begin() as connection:
        with_factor(connection, SUSPECT)
        (due,) = recoveries.waited(connection, late, 9)
        recovery_steps.make_ready(connection, KEYRING, ROSTER, due, late, TERMS.recovery)
        (row,) = enrolments.of_account(connection, SUSPECT.tenant, SUSPECT.account)
        assert permission.of_row(connection, row, late) == GRANTED
        recovery_steps.stop_for(connection, ROSTER, SUSPECT, late)
        assert not permission.of_row(connection, row, late).allowed


def test_a_first_factor_by_a_link_is_looked_at_again_when_it_is_set_up(database: Engine) -> None:
    row = LinkRow(
        digest=b"d" * 32,
        handle="ab" * 16,
        purpose="enrol",
        subject_key=SUSPECT.key,
        tenant=SUSPECT.tenant,
        account=SUSPECT.account,
        issuer="reviewer:ada",
        language="fr",
        created=NOW,
        not_before=NOW,
        expires=NOW + 9,
    )
    with database.begin() as connection:
        assert permission.of_row(connection, row, NOW) == GRANTED
        lost = structs.replace(row, purpose="recover", recovery_id=7)
        assert not permission.of_row(connection, lost, NOW).allowed
    ticketed.Desk(database).put(incident())
    with database.begin() as connection:
        assert not permission.of_row(connection, row, NOW).allowed


def test_authenticators_show_whose_it_is(database: Engine) -> None:
    with database.begin() as connection:
        assert permission.shown_name(connection, ANN) == "u-17"
    known(database, aliases=("ann",))
    with database.begin() as connection:
        assert permission.shown_name(connection, ANN) == "ann"
