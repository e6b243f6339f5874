"""A key in a cookie opens forms of whoever has it, and of nobody else."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from monitor.services.admission import form_token
from monitor.web.kept_key import LONGEST, KeptKey

KEPT = KeptKey("thing", secure=False, same_site="lax")
NAME = "vigie_thing_8320"


async def give(request: Request) -> Response:
    answer = JSONResponse({"key": KEPT.of(request), "token": KEPT.token(request)})
    KEPT.give(request, answer, "k" * 43, 60)
    return answer


async def take(request: Request) -> Response:
    answer = JSONResponse(await KEPT.form(request))
    KEPT.take(request, answer)
    return answer


@pytest.fixture
def client() -> TestClient:
    routes = [Route("/", give), Route("/", take, methods=["POST"])]

    async def app(scope: dict, receive: object, send: object) -> None:  # type: ignore[type-arg]
        scope.setdefault("state", {})
        await Starlette(routes=routes)(scope, receive, send)  # type: ignore[arg-type]

    return TestClient(app, base_url="http://127.0.0.1:8320")


def test_it_is_kept_where_no_script_reads_it(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.json() == {"key": "", "token": ""}
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith(f"{NAME}={'k' * 43};")
    assert {"httponly", "samesite=lax", "max-age=60"} <= {
        part.strip() for part in cookie.split(";")
    }
    assert client.get("/").json() == {"key": "k" * 43, "token": form_token("k" * 43)}


def test_over_https_it_is_of_this_host_only() -> None:
    answer = Response()
    request = Request(
        {
            "type": "http",
            "headers": [],
            "server": ("x", 443),
            "path": "/",
            "scheme": "https",
            "query_string": b"",
            "method": "GET",
        }
    )
    KeptKey("thing", secure=True).give(request, answer, "k", 60)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-vigie_thing_")
    assert {"Secure", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_a_form_of_its_page_is_read_once_it_has_the_key(client: TestClient) -> None:
    client.get("/")
    told = client.post("/", data={"token": form_token("k" * 43), "code": "1"})
    assert told.json()["code"] == "1"
    assert client.cookies.get(NAME) is None


@pytest.mark.parametrize("token", ["", "x", form_token("another"), form_token("")])
def test_any_other_form_is_refused(client: TestClient, token: str) -> None:
    client.get("/")
    assert client.post("/", data={"token": token}).status_code == 403


@pytest.mark.parametrize("key", ["", "k" * (LONGEST + 1), "clé"])
def test_what_is_no_key_opens_nothing(client: TestClient, key: str) -> None:
    headers = {"cookie": f"{NAME}={key}".encode()}
    answer = client.post("/", data={"token": form_token(key)}, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 403
