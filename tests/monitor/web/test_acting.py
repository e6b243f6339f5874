"""A page knows who asks, or says that nobody is known."""

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor.web.acting import actor_of
from tests.monitor.services.people import ADMINISTRATOR


def test_who_asks_is_who_the_guard_found() -> None:
    request = Request({"type": "http", "state": {"actor": ADMINISTRATOR}})
    assert actor_of(request) is ADMINISTRATOR


def test_nobody_is_turned_away() -> None:
    with pytest.raises(HTTPException) as caught:
        actor_of(Request({"type": "http", "state": {}}))
    assert caught.value.status_code == 401
