"""What stands against an account keeps a stranger in it from setting up a first factor; what is
settled, somebody else's, or only asks for a factor does not."""

from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, update

from alerts.ladder import Step
from alerts.measure import State as MeasureState
from detectors.core.event import MINUTE
from detectors.core.finding import Severity
from monitor.mfa.challenge import Reason, State
from monitor.services.requiring import order_key
from monitor.services.subscriber import Subscriber
from monitor.services.suspicion import RECENT, Suspicion, suspicion_of
from monitor.store import tables
from tests.monitor.services import ticketed
from tests.monitor.services.enrolled import NOW
from tests.monitor.services.measured import kept, measure
from tests.monitor.services.ticketed import Desk, incident

WHO = Subscriber(ticketed.ANN.tenant, ticketed.ANN.uid)


def seen(
    database: Engine, session: str | None = "s-1", now: int = NOW, who: Subscriber = WHO
) -> Suspicion | None:
    with database.begin() as connection:
        return suspicion_of(connection, who, session, now)


def test_nothing_stands_against_somebody_of_whom_nothing_is_known(database: Engine) -> None:
    assert seen(database) is None
    assert seen(database, None) is None


def test_an_incident_that_nobody_settled_does(database: Engine) -> None:
    desk = Desk(database)
    ticket = desk.ticket(desk.take(incident()).ticket_id)
    assert seen(database) is Suspicion.INCIDENT
    assert seen(database, who=Subscriber("other", WHO.account)) is None
    desk.close(ticket)
    assert seen(database) is None


def test_one_that_no_ticket_follows_yet_does_too(database: Engine) -> None:
    Desk(database).put(incident())
    assert seen(database) is Suspicion.INCIDENT


def test_what_calls_nobody_or_is_withdrawn_does_not(database: Engine) -> None:
    Desk(database).put(incident(severity=Severity.LOW))
    Desk(database).put(incident(name="two"), withdrawn=True)
    assert seen(database) is None


@pytest.mark.parametrize(
    ("step", "state", "stands"),
    [
        (Step.CHALLENGE, MeasureState.IN_FORCE, True),
        (Step.SUSPEND, MeasureState.REQUESTED, True),
        (Step.REVOKE, MeasureState.DONE, False),
        (Step.CHALLENGE, MeasureState.UNDONE, False),
        (Step.NOTIFY, MeasureState.EXECUTING, False),
        (Step.CHALLENGE, MeasureState.SHADOW, False),
    ],
)
def test_what_is_decided_about_the_account_does(
    database: Engine, step: Step, state: MeasureState, stands: bool
) -> None:
    with database.begin() as connection:
        kept(connection, measure(step, state, WHO.account))
    assert (seen(database) is Suspicion.MEASURE) == stands


def at_gate(connection: Connection, key: str, verdict: str = "challenge") -> None:
    row = {"tenant": WHO.tenant, "account": WHO.account, "verdict": verdict, "key": key}
    row |= {"subject_key": WHO.key, "since": NOW, "until": NOW + MINUTE}
    connection.execute(insert(tables.gate_list).values(row))


def test_the_gate_asks_because_of_what_was_seen_or_because_there_is_no_factor(
    database: Engine,
) -> None:
    with database.begin() as connection:
        at_gate(connection, order_key(WHO.key))
    assert seen(database) is None
    with database.begin() as connection:
        connection.execute(update(tables.gate_list).values(key="measure.1.0.done"))
    assert seen(database) is Suspicion.DEMAND
    assert seen(database, now=NOW + MINUTE) is None
    with database.begin() as connection:
        connection.execute(update(tables.gate_list).values(verdict="revoked"))
    assert seen(database) is None


def test_one_session_that_has_to_prove_itself_says_nothing_of_another(database: Engine) -> None:
    row = {"tenant": WHO.tenant, "account": WHO.account, "session": "s-1", "key": "k"}
    row |= {"verdict": "challenge", "subject_key": WHO.key, "since": NOW, "until": None}
    with database.begin() as connection:
        connection.execute(
            insert(tables.session_demands).values(row | {"reason": Reason.UNUSUAL.value})
        )
    assert seen(database, "s-1") is Suspicion.DEMAND
    assert seen(database, "s-2") is None
    assert seen(database, None) is Suspicion.DEMAND
    with database.begin() as connection:
        connection.execute(update(tables.session_demands).values(reason=Reason.REQUIRED.value))
    assert seen(database, "s-1") is None


def challenged(database: Engine, **told: Any) -> None:
    row = {
        "handle": "ab" * 16,
        "subject_key": WHO.key,
        "tenant": WHO.tenant,
        "account": WHO.account,
        "session": "s-1",
        "reason": Reason.UNUSUAL.value,
        "origin": "policy",
        "key": "k",
        "digest": b"d" * 32,
        "state": State.OPEN.value,
        "attempts": 0,
        "created": NOW,
        "expires": NOW + MINUTE,
        "language": "fr",
        "version": 1,
    }
    with database.begin() as connection:
        connection.execute(insert(tables.challenges).values(row | told))


def test_somebody_who_is_asked_because_of_something_unusual(database: Engine) -> None:
    challenged(database)
    assert seen(database, "s-1") is Suspicion.CHALLENGE
    assert seen(database, "s-2") is None
    assert seen(database, "s-1", NOW + MINUTE) is None


@pytest.mark.parametrize("reason", [Reason.REQUIRED, Reason.SENSITIVE])
def test_what_everybody_is_asked_for_is_no_suspicion(database: Engine, reason: Reason) -> None:
    challenged(database, reason=reason.value)
    assert seen(database) is None


@pytest.mark.parametrize("state", [State.LOCKED, State.DENIED])
def test_a_challenge_that_failed_counts_for_a_day_in_whatever_session(
    database: Engine, state: State
) -> None:
    challenged(database, state=state.value, settled=NOW, reason=Reason.REQUIRED.value)
    assert seen(database, "s-2") is Suspicion.CHALLENGE
    assert seen(database, "s-2", NOW + RECENT) is None
