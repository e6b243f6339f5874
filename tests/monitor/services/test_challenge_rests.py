"""What the gate asks for says why, and is about what the order or the demand was about."""

import pytest
from msgspec import Struct, structs
from sqlalchemy import Engine

from alerts.ladder import Step
from alerts.measure import State
from detectors.core.identity import as_uuid
from monitor.mfa.challenge import REASONS, Origin, Reason
from monitor.services import assurance
from monitor.services.actor import operator
from monitor.services.challenge_rests import measure_of, rested
from monitor.services.challenge_views import Wanted
from monitor.services.subscriber import Subscriber
from monitor.store.challenges import Filter
from tests.monitor.services.challenged import ANN, BOB, HERE, NOW, Desk
from tests.monitor.services.measured import kept, measure
from tests.monitor.web.staging import Stage, shared_account

pytestmark = pytest.mark.one_on_postgresql


class Told(Struct, frozen=True):
    """What a gate says."""

    tenant: str
    account: str
    key: str
    session: str = "s-1"
    return_to: str = ""
    issued: int = NOW
    ip: str = ""
    user_agent: str = ""


def wanted(engine: Engine, key: str, whose: Subscriber = ANN) -> Wanted:
    with engine.begin() as connection:
        return rested(connection, Wanted(subscriber=whose, session="s-1", key=key))


@pytest.mark.parametrize(
    ("by", "origin", "reason"),
    [("", Origin.POLICY, Reason.UNUSUAL), ("reviewer:r-1", Origin.REVIEWER, Reason.REVIEW)],
)
def test_a_measures_challenge_is_about_its_incident(
    database: Engine, by: str, origin: Origin, reason: Reason
) -> None:
    asked = measure(Step.CHALLENGE, State.IN_FORCE, until=None, incident=b"i" * 16, requested_by=by)
    with database.begin() as connection:
        number = kept(connection, asked).id
    found = wanted(database, f"measure.{number}.0.challenge")
    assert (found.measure, found.incident) == (number, b"i" * 16)
    assert (found.origin, found.reason) == (origin, reason)
    # Of somebody else's nothing is taken.
    assert wanted(database, f"measure.{number}.0.challenge", BOB).measure is None


def test_what_a_reviewer_asked_goes_on_at_the_gate_and_the_session_stays_held(
    database: Engine,
) -> None:
    incident = shared_account(Stage(engine=database))
    whose = Subscriber(incident.subject.tenant, incident.subject.uid)
    desk = Desk(database)
    desk.created(whose, reason=Reason.REVIEW, incident=incident.id, demands=True)
    [first] = desk.challenges.page(operator("ops"), Filter())[0]
    told = Told(whose.tenant, whose.account, f"challenge:{first.handle}")
    view = desk.challenges.from_gate(told, HERE)
    assert view.reason == REASONS[Reason.REVIEW]
    second = desk.challenges.one(operator("ops"), view.handle)
    assert (second.incident, second.handle == first.handle) == (as_uuid(incident.id), False)
    with database.connect() as connection:
        held = assurance.demands(connection, whose, "s-1", NOW)
    assert [one.verdict for one in held] == ["challenge"]
    theirs = structs.replace(wanted(database, f"challenge:{first.handle}", BOB), key="")
    assert theirs.incident is None


@pytest.mark.parametrize(
    ("key", "origin", "reason"),
    [
        ("question.abc", Origin.SIGN_IN, Reason.UNUSUAL),
        ("enrolment.7", Origin.GATE, Reason.REQUIRED),
        ("else", Origin.GATE, Reason.UNUSUAL),
        ("", Origin.GATE, Reason.UNUSUAL),
        ("measure.99.0.challenge", Origin.GATE, Reason.UNUSUAL),
        (f"challenge:{'0' * 32}", Origin.GATE, Reason.UNUSUAL),
    ],
)
def test_whatever_else_the_key_is_it_says_why_and_no_more(
    database: Engine, key: str, origin: Origin, reason: Reason
) -> None:
    found = wanted(database, key)
    assert (found.origin, found.reason, found.incident) == (origin, reason, None)


@pytest.mark.parametrize(
    ("key", "measure"),
    [
        ("measure.7.0.challenge", 7),
        ("demand.7", None),
        ("measure.x.0", None),
        ("measure.²", None),
        (f"measure.{'9' * 30}", None),
        ("", None),
    ],
)
def test_the_measure_is_known_by_its_orders_key(key: str, measure: int | None) -> None:
    assert measure_of(key) == measure
