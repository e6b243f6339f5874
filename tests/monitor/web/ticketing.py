"""A console over a few tickets, for tests of their pages and of their API."""

import re

from sqlalchemy import Engine
from starlette.testclient import TestClient

from monitor.store import reviewers
from monitor.store.reviewers import ReviewerRow
from tests.monitor.services.ticketed import Desk
from tests.monitor.web.conftest import NOW

TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')
ADA = ReviewerRow("r-1", "ada@x.example", "Ada", "analyst", None, "active", 1, 1, None)


def desk_of(database: Engine) -> Desk:
    """A desk at the console's time, with somebody who can be given tickets."""
    with database.begin() as connection:
        reviewers.add(connection, ADA)
    made = Desk(database)
    made.now = NOW
    return made


def sent(browser: TestClient, path: str, page: str | None = None, **form: str) -> tuple[int, str]:
    """The status and the page that a form leads to, sent from `page`."""
    token = TOKEN.search(shown(browser, page or path))
    assert token
    answer = browser.post(path, data={"token": token[1], **form})
    if answer.status_code == 303:
        return 303, shown(browser, answer.headers["location"])
    return answer.status_code, answer.text


def shown(browser: TestClient, path: str) -> str:
    """The page that an address leads to: a ticket's is its incident's, where it has one."""
    return browser.get(path, follow_redirects=True).text
