"""A form is read up to its limit, and only from a page of this session."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.services.admission import form_token
from monitor.web.forms import MOST, form_of, own_form

SESSION = "s" * 43


class Signed:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {"session": SESSION}
        await self._app(scope, receive, send)


async def own(request: Request) -> Response:
    return JSONResponse(await own_form(request))


async def of_anybody(request: Request) -> Response:
    return JSONResponse(await form_of(request, 16))


CLIENT = TestClient(
    Starlette(
        routes=[Route("/own", own, methods=["POST"]), Route("/any", of_anybody, methods=["POST"])],
        middleware=[Middleware(Signed)],
    )
)


def test_a_form_of_this_session_is_read() -> None:
    sent = {"token": form_token(SESSION), "name": "é&=", "empty": ""}
    assert CLIENT.post("/own", data=sent).json() == sent


@pytest.mark.parametrize("token", ["", "x", form_token("another"), form_token(SESSION)[:-1], "é"])
def test_a_form_of_elsewhere_is_not(token: str) -> None:
    assert CLIENT.post("/own", data={"token": token}).status_code == 403


def test_a_form_has_an_end() -> None:
    assert CLIENT.post("/any", content=b"a=" + b"x" * 14).status_code == 200
    assert CLIENT.post("/any", content=b"a=" + b"x" * 15).status_code == 413
    assert CLIENT.post("/own", content=b"a=" + b"x" * MOST).status_code == 413


@pytest.mark.parametrize("body", [b"a=\0", b"a=x%00y", b"%00=a"])
def test_what_no_database_keeps_is_refused_at_once(body: bytes) -> None:
    assert CLIENT.post("/any", content=body).status_code == 400


def test_a_percent_sign_before_noughts_is_none_of_that() -> None:
    assert CLIENT.post("/any", data={"a": "100%00"}).json() == {"a": "100%00"}
