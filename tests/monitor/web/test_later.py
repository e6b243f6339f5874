"""What is mounted to be built later is built by the first who asks, and once."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from monitor.web.later import Later


def answer(_: Request) -> Response:
    return PlainTextResponse("here")


def test_it_is_built_by_the_first_request_and_once() -> None:
    built: list[Starlette] = []

    def build() -> Starlette:
        built.append(Starlette(routes=[Route("/part", answer)]))
        return built[-1]

    client = TestClient(Starlette(routes=[Mount("/far", Later(build)), Route("/near", answer)]))
    assert client.get("/near").text == "here"
    assert built == []
    for _ in range(2):
        assert client.get("/far/part").text == "here"
    assert client.get("/far/nothing").status_code == 404
    assert len(built) == 1


def test_whoever_looks_through_the_routes_sees_its_own() -> None:
    mount = Mount("/far", Later(lambda: Starlette(routes=[Route("/part", answer)])))
    assert [route.path for route in mount.routes] == ["/part"]  # type: ignore[attr-defined]
