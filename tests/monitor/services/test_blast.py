"""Before a measure is asked for, whoever asks sees whom it reaches, and what speaks against it."""

from typing import Any

import pytest
from sqlalchemy import Engine

from alerts.ladder import Step
from alerts.measure import State
from alerts.responders.roster import Roster
from detectors.core.context import AccountKind
from monitor.directory.account import AccountChanges
from monitor.services.actor import operator
from monitor.services.blast import CAUTIONS, Caution, Preview, preview_of
from monitor.services.directory import Directory
from monitor.store import restrictions
from tests.monitor.erasing.leaving import SUBJECT, fill
from tests.monitor.services.measured import (
    ACCOUNT,
    NOW,
    ROSTER,
    TENANT,
    WHO,
    kept,
    known_account,
    measure,
)


def look(
    database: Engine,
    *accounts: str,
    step: Step = Step.SUSPEND,
    roster: Roster = ROSTER,
    tenant: str = TENANT,
) -> Preview:
    with database.connect() as connection:
        return preview_of(connection, roster, tenant, accounts or (ACCOUNT,), step, 0)


def add(database: Engine, uid: str, **fields: Any) -> None:
    Directory(database).create(operator(), TENANT, uid, AccountChanges(**fields))


def test_a_plain_account_needs_no_second_look(database: Engine) -> None:
    known_account(database)
    told = look(database)
    assert (told.all_cautions, told.needs_look, told.is_forbidden) == (frozenset(), False, False)
    assert (told.of, told.responders) == (1, ("scim", "gate"))


@pytest.mark.parametrize(
    ("fields", "caution"),
    [
        ({"kind": AccountKind.SERVICE}, Caution.PROTECTED),
        ({"privileged": True}, Caution.PRIVILEGED),
        ({"privileged": True}, Caution.LAST),
        ({"email": ""}, Caution.UNTOLD),
    ],
)
def test_what_speaks_against_it_is_said(
    database: Engine, fields: dict[str, Any], caution: Caution
) -> None:
    known_account(database, **fields)
    assert caution in look(database).all_cautions


def test_it_is_not_the_last_with_rights_where_another_stays(database: Engine) -> None:
    known_account(database, privileged=True)
    add(database, "u-18", privileged=True)
    assert Caution.LAST not in look(database).all_cautions
    assert Caution.LAST in look(database, ACCOUNT, "u-18").all_cautions


def test_many_at_once_are_many_of_how_many_there_are(database: Engine) -> None:
    known_account(database)
    for number in range(20, 29):
        add(database, f"u-{number}")
    two = look(database, ACCOUNT, "u-20")
    assert (two.needs_look, two.of, Caution.MANY in two.cautions) == (True, 10, False)
    assert Caution.MANY in look(database, ACCOUNT, "u-20", "u-21").cautions


def test_what_nobody_would_do_is_said(database: Engine) -> None:
    known_account(database)
    told = look(database, roster=Roster(()))
    assert Caution.NOBODY in told.cautions
    assert Caution.UNTOLD in told.all_cautions


def test_what_may_not_be_asked_for_is_said(database: Engine) -> None:
    assert look(database).accounts[0].cautions[0] is Caution.UNKNOWN
    known_account(database)
    with database.begin() as connection:
        kept(connection, measure(state=State.IN_FORCE))
        restrictions.restrict(connection, WHO, NOW, "ticket 4", "operator:root")
    told = look(database)
    assert {Caution.UNDER, Caution.RESTRICTED} <= told.all_cautions
    assert told.is_forbidden
    assert Caution.UNDER not in look(database, step=Step.DEACTIVATE).all_cautions
    assert [one.state for one in told.accounts[0].standing] == [State.IN_FORCE]


def test_an_account_that_only_logs_know_is_known(database: Engine) -> None:
    fill(database)
    told = look(database, SUBJECT.uid, tenant=SUBJECT.tenant)
    assert Caution.UNKNOWN not in told.all_cautions
    assert told.accounts[0].last_used is not None


def test_what_was_shown_changes_with_what_it_says(database: Engine) -> None:
    known_account(database)
    first = look(database)
    assert first.seen == look(database).seen
    assert first.seen != look(database, step=Step.DEACTIVATE).seen
    with database.begin() as connection:
        kept(connection, measure(state=State.REQUESTED))
    assert first.seen != look(database).seen


def test_every_caution_is_said_in_both_languages() -> None:
    assert set(CAUTIONS) == set(Caution)
    assert all(text.en and text.fr for text in CAUTIONS.values())
