"""A page knows who asks, or says that nobody is known."""

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor.services.sessions import Client
from monitor.web.acting import actor_of, client_at
from tests.monitor.services.people import ADMINISTRATOR


def test_who_asks_is_who_the_guard_found() -> None:
    request = Request({"type": "http", "state": {"actor": ADMINISTRATOR}})
    assert actor_of(request) is ADMINISTRATOR


def test_nobody_is_turned_away() -> None:
    with pytest.raises(HTTPException) as caught:
        actor_of(Request({"type": "http", "state": {}}))
    assert caught.value.status_code == 401


def test_where_a_request_came_from_is_text_also_where_it_is_not_known() -> None:
    scope = {"type": "http", "headers": [(b"user-agent", b"curl/8")], "client": ("192.0.2.1", 5)}
    assert client_at(Request(scope)) == Client("192.0.2.1", "curl/8")
    assert client_at(Request({"type": "http", "headers": []})) == Client("", "")
