"""Responders on a page and in the API: what was given up is tried again from there."""

import re

from alerts.outbox import Breaker, State
from monitor.store import leases
from tests.monitor.store.orders import NOW
from tests.monitor.web.conftest import Console
from tests.monitor.web.test_outbox import put

TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


def test_one_that_failed_is_shown_and_driven_again(empty: Console) -> None:
    browser = empty.signed_in()
    assert "There is no responder" in browser.get("/responders").text
    put(empty.stage.engine, "a", State.DEAD, reason="HTTP 404", updated=NOW)
    with empty.stage.engine.begin() as connection:
        leases.note_breaker(
            connection, "idp", Breaker(failures=5, until=NOW + 1), "does not answer", NOW
        )
    page = browser.get("/responders").text
    assert "It failed 5 times in a row" in page
    assert "Try what was given up again" in page
    (one,) = browser.get("/api/v1/responders").json()
    assert (one["name"], one["dead"], one["failures"]) == ("idp", 1, 5)
    token = TOKEN.search(page)
    assert token
    form = {"token": token[1], "state": "dead", "responder": "idp"}
    refused = browser.post("/responders", data={**form, "reason": " "})
    assert refused.status_code == 409
    assert 'role="alert"' in refused.text
    assert browser.post("/responders", data={**form, "reason": "ticket 12"}).status_code == 303
    assert browser.get("/api/v1/responders").json()[0]["waiting"] == 1
