"""What waits for a second person is read and decided on one page, and several are only refused."""

import re

from sqlalchemy import Engine

from alerts.ladder import Step
from alerts.measure import State
from detectors.core.event import HOUR
from monitor.services.actor import Role
from monitor.store import measures
from tests.monitor.services.measured import kept, known_account, measure
from tests.monitor.web.conftest import NOW, Console
from tests.monitor.web.entering import Console as House

TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


def ask(database: Engine, account: str, by: str = "reviewer:ada") -> int:
    told = {"until": None, "reason": "two at once", "requested_name": "Ada", "expires": NOW + HOUR}
    one = measure(Step.DEACTIVATE, State.REQUESTED, account, **told, requested_by=by)
    with database.begin() as connection:
        return kept(connection, one).id


def state(database: Engine, number: int) -> State:
    with database.begin() as connection:
        one = measures.get(connection, number)
    assert one is not None
    return one.state


def test_it_is_read_and_decided_there_and_the_menu_counts_it(database: Engine) -> None:
    house = House(database)
    known_account(database)
    first = ask(database, "u-17")
    bob = house.person("bob@vigie.example", Role.APPROVER)
    browser = house.inside(bob)
    own = ask(database, "u-99", by=f"reviewer:{bob.uid}")
    page = browser.open("/approvals").text
    for told in ("Deactivate", "u-17", "two at once", "Nobody can sign in", "Ada", "lapses"):
        assert told in page
    assert "What you asked for yourself" in page
    assert re.search(r'href="/approvals"[^>]*>.*?class="vigie-badge">1<', page, re.DOTALL)
    form = {"number": str(own), "version": "1"}
    told = browser.send("/approvals", do="approve", **form)
    assert told.status_code == 409
    assert state(database, own) is State.REQUESTED
    done = browser.send("/approvals", do="approve", number=str(first), version="1")
    assert done.status_code == 303
    assert state(database, first) in (State.EXECUTING, State.UNFINISHED)
    assert 'class="vigie-badge"' not in browser.open("/approvals").text


def test_several_are_refused_at_once_and_those_that_changed_are_said(empty: Console) -> None:
    database = empty.stage.engine
    numbers = [ask(database, f"u-{n}") for n in range(3)]
    browser = empty.signed_in()
    page = browser.get("/approvals").text
    assert "Refuse several at once" in page
    # Whoever has the machine may be whoever asked.
    assert ">Approve</button>" not in page
    token = TOKEN.search(page)
    assert token
    form = {"token": token[1], "do": "refuse-chosen", "reason": "explained"}
    told = browser.post("/approvals", data=form)
    assert told.status_code == 409
    assert "Choose at least one" in told.text
    chosen = {f"chosen-{numbers[0]}": "1", f"chosen-{numbers[1]}": "9"}
    told = browser.post("/approvals", data=form | chosen)
    assert told.status_code == 409
    assert "1 refused, 1 not" in told.text
    assert [state(database, one) for one in numbers] == [
        State.REFUSED,
        State.REQUESTED,
        State.REQUESTED,
    ]


def test_an_empty_page_says_what_comes_there(empty: Console) -> None:
    page = empty.signed_in("fr").get("/approvals").text
    assert "Rien n'attend une seconde personne" in page.replace("&#39;", "'")
    told = empty.signed_in().get("/api/v1/approvals").json()
    assert told == {"items": [], "more": 0}
