"""The team is called with the message that fits, which says what it rests on in both languages."""

import pytest
from sqlalchemy import Engine

from alerts.ladder import Step
from alerts.messages.rendering import rendered
from alerts.policy import Because, Outcome, Response
from alerts.ports import Action, Order
from alerts.responders.roster import Entry, Roster
from monitor.responding.summons import Summons
from monitor.services.ticket_evidence import Taken
from monitor.store.outbox import Wanted, page
from tests.monitor.responding.incidents import NOW, made, put_shown, shown_by

ROSTER = Roster((Entry(name="mail", kind="mail", actions=frozenset((Action.TELL,))),))
NEW = Taken(ticket_id=3, is_new=True)
KNOWN = Taken(ticket_id=3)

pytestmark = pytest.mark.one_on_postgresql


def response(outcome: Outcome, because: Because | None = None) -> Response:
    return Response(step=Step.SUSPEND, outcome=outcome, rule="shared", because=because)


def told(
    database: Engine, taken: Taken, gravest: Response | None, address: str = ""
) -> list[Order]:
    incident, _ = shown_by(made(1))
    put_shown(database, made(1))
    with database.begin() as connection:
        Summons(ROSTER, address).tell(connection, incident, taken, gravest, NOW)
    with database.connect() as connection:
        return [row.order for row in page(connection, Wanted())]


@pytest.mark.parametrize(
    ("taken", "gravest", "template"),
    [
        (NEW, None, "incident"),
        (NEW, response(Outcome.PROPOSE, Because.PEOPLE), "incident"),
        (Taken(ticket_id=3, reopened=True), None, "reopened"),
        (KNOWN, response(Outcome.PROPOSE, Because.PEOPLE), "proposed"),
        (KNOWN, response(Outcome.SHADOW), "incident"),
        (KNOWN, response(Outcome.ACT), None),
        (KNOWN, response(Outcome.HOLD, Because.GUARDRAIL), None),
        (KNOWN, None, None),
    ],
)
def test_they_are_called_once_for_what_is_new(
    database: Engine, taken: Taken, gravest: Response | None, template: str | None
) -> None:
    """What is done is told when it is; what is held, by the guardrail."""
    orders = told(database, taken, gravest)
    assert [one.template for one in orders] == ([] if template is None else [template])


def test_a_message_says_what_it_rests_on_and_why_people_decide(database: Engine) -> None:
    why = response(Outcome.PROPOSE, Because.PEOPLE)
    [order] = told(database, KNOWN, why, "https://vigie.example.com")
    english, french = rendered(order, "en").text, rendered(order, "fr").text
    assert "decided by people (article 5)" in english
    assert "décidée par des personnes (article 5)" in french
    assert "camille" in english
    assert "https://vigie.example.com/tickets/3" in english
    assert order.values["grounds.en"]
    assert order.values["grounds.fr"]


def test_without_an_address_from_outside_there_is_no_link(database: Engine) -> None:
    [order] = told(database, NEW, None)
    assert "link" not in order.values
