"""From an incident to its ticket, the policy's answer, measures, orders and who is told; once."""

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import Engine, select

from alerts.hours import Hours
from alerts.messages.rendering import rendered
from alerts.policy import TenantTerms
from detectors.core.context import AccountKind
from detectors.core.event import DAY, HOUR
from detectors.core.finding import Severity
from detectors.core.identity import SubjectKind
from monitor.backup.noted import RESTORED, encode
from monitor.directory.account import AccountChanges
from monitor.services.actor import operator
from monitor.services.directory import Directory
from monitor.settings import Responding
from monitor.store import tables
from monitor.store.outbox import Wanted, page
from monitor.store.writing import Writing
from tests.monitor.responding.incidents import (
    NOW,
    TENANT,
    acting,
    adopt,
    made,
    put,
    put_shown,
    rule,
    withdraw,
)
from tests.monitor.responding.responded import (
    called,
    follow,
    measures_of,
    orders_of,
    tickets_of,
)

pytestmark = pytest.mark.one_on_postgresql


def test_before_anybody_wrote_a_policy_nothing_is_ordered_and_everything_told(
    database: Engine,
) -> None:
    put_shown(database, made(1))
    counts = follow(database)
    assert tickets_of(database) == [("incident", TENANT, "new")]
    assert measures_of(database) == [
        ("notify", "shadow", None),
        ("challenge", "shadow", None),
        ("revoke", "shadow", None),
    ]
    assert orders_of(database) == [("hook", "tell")], "people, and nobody else"
    assert called(database) == ["incident"]
    assert counts == {"incidents": 1, "tickets.opened": 1, "step.shadow": 3}


def test_a_policy_that_acts_orders_each_step_once_however_often_the_incident_changes(
    database: Engine,
) -> None:
    adopt(database, acting(rule("challenge", "revoke")))
    put_shown(database, made(1))
    follow(database)
    before = orders_of(database)
    assert before == [
        ("hook", "challenge"),
        ("hook", "revoke"),
        ("hook", "notify"),
        ("hook", "tell"),
    ]
    put_shown(database, structs.replace(made(1), updated=NOW + 5))
    put_shown(database, structs.replace(made(1), updated=NOW + 9))
    follow(database, NOW + 10)
    assert orders_of(database) == before
    assert [state for _, state, _ in measures_of(database)] == ["executing", "executing"]


def test_what_was_only_told_is_done_once_the_policy_acts_and_the_incident_changes(
    database: Engine,
) -> None:
    put_shown(database, made(1))
    follow(database)
    adopt(database, acting(rule("challenge")))
    put_shown(database, structs.replace(made(1), updated=NOW + 5))
    follow(database, NOW + 10)
    assert measures_of(database)[-1] == ("challenge", "executing", None)


def test_a_policy_that_nobody_can_read_does_nothing(database: Engine) -> None:
    adopt(database, acting(rule("challenge")))
    with database.begin() as connection:
        connection.execute(tables.policies.update().values(document="version = 99"))
    put_shown(database, made(1))
    follow(database)
    assert measures_of(database) == []
    assert len(tickets_of(database)) == 1


def test_what_only_a_model_says_is_for_people(database: Engine) -> None:
    adopt(database, acting(rule("revoke")))
    put_shown(database, made(1), learned=True)
    follow(database)
    assert measures_of(database) == [("revoke", "proposed", "grounds")]
    assert called(database) == ["incident"]


@pytest.mark.parametrize("by", ["settings", "directory"])
def test_protected_accounts_are_for_people(database: Engine, by: str) -> None:
    adopt(database, acting(rule("challenge")))
    settings = {}
    if by == "settings":
        from monitor.settings import Accounts

        settings["accounts"] = Accounts(break_glass=(f"{TENANT}:camille",))
    else:
        changes = AccountChanges(kind=AccountKind.BREAK_GLASS)
        Directory(database, lambda: NOW - DAY).create(operator(), TENANT, "camille", changes)
    put_shown(database, made(1))
    follow(database, **settings)
    assert measures_of(database) == [("challenge", "proposed", "protected")]


def test_evidence_of_long_ago_moves_nothing_and_calls_nobody(database: Engine) -> None:
    """A log of three months that is read for the first time is for people, at their leisure."""
    adopt(database, acting(rule("notify", "revoke")))
    put_shown(database, made(1, updated=NOW - 3 * DAY))
    follow(database)
    assert measures_of(database) == [("notify", "shadow", "old"), ("revoke", "shadow", "old")]
    assert orders_of(database) == []
    assert len(tickets_of(database)) == 1
    put_shown(database, made(2, "b", updated=NOW - 3 * DAY))
    follow(database, responding=Responding(fresh_hours=100))
    assert [state for _, state, _ in measures_of(database)][2:] == ["executing", "executing"]


def test_what_may_have_been_done_before_a_backup_was_put_back_is_only_told(
    database: Engine,
) -> None:
    """The logs are read again, and nobody is suspended a second time for the same evidence."""
    adopt(database, acting(rule("challenge")))
    with database.begin() as connection:
        Writing(connection).set_note(RESTORED, encode((NOW + 1, NOW - DAY)))
    put_shown(database, made(1))
    follow(database, NOW + 2)
    assert measures_of(database) == [("challenge", "shadow", "restored")]
    put_shown(database, structs.replace(made(1), updated=NOW + 3))
    follow(database, NOW + 4)
    assert measures_of(database)[-1] == ("challenge", "executing", None)


def test_what_nobody_is_set_up_to_do_is_told_and_done_once_somebody_is(database: Engine) -> None:
    adopt(database, acting(rule("challenge", "revoke")))
    put_shown(database, made(1))
    mail = {"mail": {"kind": "mail"}}
    follow(database, responders=mail)
    assert measures_of(database) == [
        ("challenge", "shadow", "nobody"),
        ("revoke", "shadow", "nobody"),
    ]
    with database.connect() as connection:
        [row] = page(connection, Wanted())
    assert "no responder is set up" in rendered(row.order, "en").text
    put_shown(database, structs.replace(made(1), updated=NOW + 1))
    follow(database, NOW + 1, responders=mail | {"gate": {"kind": "gate"}})
    assert [state for _, state, _ in measures_of(database)][2:] == ["executing", "executing"]


def test_what_is_found_of_an_address_or_a_tenant_is_for_people(database: Engine) -> None:
    adopt(database, acting(rule("challenge")))
    put(database, made(1, "203.0.113.9", kind=SubjectKind.SOURCE))
    follow(database)
    assert measures_of(database) == []
    assert called(database) == ["incident"]


def test_what_grows_graver_is_answered_again(database: Engine) -> None:
    put_shown(database, made(1, severity=Severity.MEDIUM))
    follow(database)
    assert measures_of(database) == []
    assert called(database) == ["incident"]
    put_shown(database, structs.replace(made(1), updated=NOW + 1))
    follow(database, NOW + 2)
    assert len(measures_of(database)) == 3
    assert called(database) == ["incident", "incident"]


def test_each_decision_is_in_the_audit_with_what_it_rests_on(database: Engine) -> None:
    put_shown(database, made(1))
    follow(database)
    with database.connect() as connection:
        operations = connection.execute(select(tables.audit.c.operation)).scalars().all()
    assert operations.count("policy:decided") == 1
    put_shown(database, made(1))
    follow(database)
    with database.connect() as connection:
        operations = connection.execute(select(tables.audit.c.operation)).scalars().all()
    assert operations.count("policy:decided") == 1, "the same answer again is none"


def test_people_are_told_when_what_they_acted_on_was_withdrawn(database: Engine) -> None:
    put_shown(database, made(1))
    follow(database)
    withdraw(database, made(1))
    counts = follow(database, NOW + 1)
    assert called(database) == ["incident", "withdrawn"]
    assert counts["tickets.withdrawn"] == 1
    withdraw(database, made(1))
    follow(database, NOW + 2)
    assert called(database) == ["incident", "withdrawn"]


def test_what_waits_for_the_end_of_quiet_hours_is_called_off_with_what_it_rests_on(
    database: Engine,
) -> None:
    """Nobody is woken by, or told in the morning, what was withdrawn in the night."""
    always = {"from": "00:00", "to": "23:59"}

    quiet = TenantTerms(quiet=msgspec.convert(always, Hours))
    adopt(database, acting(rule("notify"), tenants={TENANT: quiet}))
    at = NOW + HOUR
    put_shown(database, made(1, severity=Severity.MEDIUM, updated=at))
    responders = {"mail": {"kind": "mail"}, "hook": {"kind": "webhook"}}
    follow(database, at, responders=responders)
    assert measures_of(database) == [("notify", "executing", None)]
    withdraw(database, made(1))
    follow(database, at + 1, responders=responders)
    assert measures_of(database) == [("notify", "undone", None)]
    with database.connect() as connection:
        states = {(row.action.value, row.state.value) for row in page(connection, Wanted())}
    assert ("notify", "cancelled") in states


def test_a_message_to_the_team_goes_with_the_account_when_it_is_erased(database: Engine) -> None:
    put_shown(database, made(1))
    follow(database)
    with database.connect() as connection:
        [key] = connection.execute(select(tables.outbox.c.subject_key)).scalars()
    assert key == made(1).subject.key()
