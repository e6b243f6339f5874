"""A ticket is one issue however often it is told, with its comments, where the ticket stands."""

from typing import Any

import pytest

from alerts.ports import Action, Order, RefusedError, RetryError, Target
from alerts.responders.jira import Jira, Terms, open_responder
from alerts.responders.kind import TermsError, read_terms
from alerts.responders.surroundings import Surroundings
from alerts.tracking import Stage
from tests.alerts.responders.contract import around
from tests.alerts.responders.farside import Answer
from tests.alerts.responders.jira_server import TOKEN, USER, JiraServer, jira_server

TABLE = {"kind": "jira", "url": "https://acme.atlassian.net", "token": "t", "project": "SEC"}


def jira(server: JiraServer, **kwargs: Any) -> Jira:
    given: dict[str, Any] = {"url": server.address, "username": USER, "token": TOKEN}
    terms = Terms(kind="jira", project="SEC", **(given | kwargs))
    return open_responder("jira", terms, around(now=lambda: 0))


def order(ticket: int | None = 9, key: str = "k", **values: str) -> Order:
    return Order(
        key=key,
        action=Action.TRACK,
        issued=0,
        tenant="acme",
        ticket=ticket,
        template="incident",
        values=values,
    )


@pytest.mark.parametrize("edition", ["cloud", "datacenter"])
def test_a_ticket_becomes_one_issue_whoever_asks_again(edition: Any) -> None:
    with jira_server(edition) as server:
        first = jira(server, edition=edition).deliver(order(title="Shared account", status="new"))
        # Another process, which remembers nothing.
        again = jira(server, edition=edition).deliver(order(key="other"))
    assert (first.reference, first.changed) == ("SEC-1", True)
    assert (again.reference, again.changed) == ("SEC-1", False)
    fields = server.issues["SEC-1"]["fields"]
    assert fields["summary"] == "Shared account (#9)"
    assert fields["labels"] == ["vigie", "vigie-ticket-9"]
    assert "https://vigie.example/tickets/9" in fields["description"]
    assert fields["issuetype"] == {"name": "Task"}


def test_a_comment_is_written_once_and_says_whose_it_is() -> None:
    with jira_server() as server:
        keeper = jira(server)
        for _ in range(2):
            keeper.deliver(order(comment="Called her.\nIt was her.", author="Anne"))
        keeper.deliver(order(key="k2", comment="Called her.\nIt was her.", author="Anne"))
    bodies = [one["body"] for one in server.comments["SEC-1"]]
    assert len(bodies) == 2
    assert "Anne:\nCalled her.\nIt was her." in bodies[0]


def test_what_strangers_wrote_is_no_markup() -> None:
    evil = "{noformat}[~admin] !https://evil.example/x.png! {html}<script>{html}"
    with jira_server() as server:
        jira(server).deliver(order(title=evil, comment=evil, grounds=evil))
    texts = [server.comments["SEC-1"][0]["body"], server.issues["SEC-1"]["fields"]["description"]]
    for text in texts:
        inner = text.split("{noformat}")
        assert len(inner) == 3
        assert "{" not in inner[1]
        assert "https://evil" not in text


def test_an_issue_goes_where_the_ticket_stands_by_its_own_workflow() -> None:
    with jira_server() as server:
        keeper = jira(server)
        assert keeper.deliver(order(status="in_progress")).changed
        assert not keeper.deliver(order(status="in_progress")).changed
        keeper.deliver(order(status="resolved"))
        assert server.done[1:] == ["moved SEC-1 In Progress", "moved SEC-1 Done"]
        keeper.deliver(order(status="triaged"))
    assert server.issues["SEC-1"]["fields"]["status"]["name"] == "To Do"


def test_statuses_may_be_named() -> None:
    names = {"in_progress": "In Review"}
    with jira_server() as server:
        terms = read_terms(TABLE | {"url": server.address, "username": USER, "statuses": names})
        assert isinstance(terms, Terms)
        jira(server, statuses=terms.statuses).deliver(order(status="in_progress"))
    assert server.done[-1] == "moved SEC-1 In Review"


def test_a_workflow_that_does_not_lead_there_is_left_to_people() -> None:
    with jira_server() as server:
        server.ways = {"To Do": ["In Progress"]}
        with pytest.raises(RefusedError, match="no transition of SEC-1 leads from 'To Do'"):
            jira(server).deliver(order(status="resolved"))


def test_what_jira_does_not_take_is_told_in_its_words() -> None:
    with jira_server() as server:
        server.page = 1
        keeper = jira(server)
        server.meddle = lambda request: (
            Answer(400, b'{"errors":{"issuetype":"valid issue type is required"}}')
            if request.method == "POST"
            else None
        )
        with pytest.raises(RefusedError, match="issuetype: valid issue type is required"):
            keeper.deliver(order())


def test_a_wrong_token_is_told_without_it() -> None:
    with jira_server() as server, pytest.raises(RefusedError) as caught:
        jira(server, token="wr0ng").deliver(order())
    assert "wr0ng" not in str(caught.value)


def test_the_wrong_edition_is_told() -> None:
    with jira_server("cloud") as server:
        server.edition = "datacenter"
        with pytest.raises(RefusedError):
            jira(server).deliver(order())


def test_an_issue_that_may_have_been_made_is_looked_for_and_not_made_again() -> None:
    now = [0]
    with jira_server() as server:
        terms = Terms(kind="jira", url=server.address, username=USER, token=TOKEN, project="SEC")
        keeper = open_responder("jira", terms, around(now=lambda: now[0]))
        server.fails_after = True
        with pytest.raises(RetryError):
            keeper.deliver(order())
        server.fails_after = False
        server.hidden = {"SEC-1"}  # the search is behind
        with pytest.raises(RetryError, match="does not show yet") as caught:
            keeper.deliver(order())
        assert caught.value.after_s
        now[0] = 61_000
        server.hidden = set()
        assert keeper.deliver(order()).reference == "SEC-1"
    assert [one for one in server.done if one.startswith("made")] == ["made SEC-1"]


def test_an_issue_that_was_deleted_there_is_made_again() -> None:
    with jira_server() as server:
        keeper = jira(server)
        keeper.deliver(order())
        server.issues.clear()
        server.issues["SEC-7"] = {"id": "1", "key": "SEC-7", "fields": {"labels": []}}
        assert keeper.deliver(order(key="k2")).reference == "SEC-2"


def test_what_people_do_there_is_seen_over_all_pages() -> None:
    with jira_server() as server:
        keeper = jira(server)
        for ticket in range(1, 6):
            keeper.deliver(order(ticket))
        server.put("SEC-2", "In Review")
        server.put("SEC-4", "Done", "Duplicate")
        server.issues["SEC-5"]["fields"]["labels"] = ["vigie"]
        found = keeper.changed(10)
    assert [(one.ticket, one.stage, one.resolution) for one in found] == [
        (1, Stage.NEW, ""),
        (2, Stage.BEGUN, ""),
        (3, Stage.NEW, ""),
        (4, Stage.OVER, "Duplicate"),
    ]
    assert found[0].address == f"{server.address}/browse/SEC-1"


def test_the_wall_stands_before_jira_too() -> None:
    with jira_server() as server:
        terms = Terms(kind="jira", url=server.address, username=USER, token=TOKEN, project="SEC")
        keeper = open_responder("jira", terms, Surroundings(now=lambda: 0))
        with pytest.raises(RefusedError, match=r"outbound\.allow"):
            keeper.deliver(order())
        with pytest.raises(RefusedError, match=r"outbound\.allow"):
            keeper.changed(5)
    assert server.done == []


def test_it_keeps_tickets_and_nothing_else() -> None:
    with jira_server() as server:
        keeper = jira(server)
        with pytest.raises(RefusedError):
            keeper.deliver(order(ticket=None))
        assert keeper.state(Target(tenant="acme", account="u")) is None
        keeper.close()
    assert server.done == []


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({}, "belongs to an address"),
        ({"username": "u@a.example", "url": "http://jira.example"}, "unencrypted"),
        ({"username": "u@a.example", "url": "jira.example"}, "expected an address"),
        ({"username": "u@a.example", "project": "sec"}, "matching regex"),
        ({"username": "u@a.example", "label": "two words"}, "matching regex"),
        ({"username": "u@a.example", "dispositions": {"Done": "fine"}}, "Invalid enum value"),
        ({"username": "u@a.example", "actions": ["tell"]}, "jira cannot tell"),
    ],
)
def test_terms_that_cannot_be_are_told_when_settings_are_read(
    terms: dict[str, Any], why: str
) -> None:
    with pytest.raises(TermsError, match=why):
        read_terms(TABLE | terms)
    read_terms(TABLE | {"edition": "datacenter"})
