"""Who lost every factor asks for another one from their own page, once; people decide."""

import pytest
from sqlalchemy import Engine

from monitor.mfa.lost_factor import State
from monitor.services.actor import Role
from monitor.services.recoveries import Recoveries
from monitor.web.lost_pages import LOST, lost_pages
from tests.monitor.services.enrolled import KEYRING, TERMS, who
from tests.monitor.services.subscribing import MARIE
from tests.monitor.web.owning import Pages


class Losing(Pages):
    """The pages, with the one for who lost something."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.recoveries = Recoveries(engine, KEYRING, TERMS, None, self.clock)
        self.app.include_router(lost_pages(self.recoveries))


@pytest.fixture
def pages(database: Engine) -> Losing:
    return Losing(database)


@pytest.mark.one_on_postgresql
def test_asked_once_and_seen_how_far_it_is(pages: Losing) -> None:
    browser = pages.inside()
    browser.open(LOST)
    answer = browser.send(LOST)
    assert (answer.status_code, answer.headers["location"]) == (303, LOST)
    case = pages.recoveries.state_of(MARIE)
    assert case is not None
    assert case.state is State.REQUESTED
    page = browser.open(LOST).text
    assert "You asked for a new way" in page
    assert "Ask for a new way" not in page
    actor = who("ada", Role.ANALYST, at=pages.clock.now)
    ((one,), _) = pages.recoveries.page(actor)
    pages.recoveries.refuse(actor, one.handle, "not recognised")
    browser.open(LOST)
    again = browser.send(LOST)
    assert again.status_code == 409
    assert "This was asked for within the last day already" in again.text


def test_in_french_and_only_for_whoever_is_there(pages: Losing) -> None:
    french = pages.inside(language="fr")
    assert "Demander un nouveau moyen" in french.open(LOST).text
    stranger = pages.browser()
    assert stranger.client.get(LOST).headers["location"] == "/me"
    assert stranger.client.post(LOST, data={"token": "x"}).status_code in (401, 403)
    assert french.client.post(LOST, data={"token": "x"}).status_code == 403
    assert pages.recoveries.state_of(MARIE) is None
