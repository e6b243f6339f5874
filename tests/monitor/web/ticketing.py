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
    token = TOKEN.search(browser.get(page or path).text)
    assert token
    answer = browser.post(path, data={"token": token[1], **form})
    if answer.status_code == 303:
        return 303, browser.get(answer.headers["location"]).text
    return answer.status_code, answer.text
