"""What was joined answers as if it had been written in one."""

from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from monitor.web.joining import join


def router(path: str, told: str, method: str = "GET") -> APIRouter:
    made = APIRouter()
    made.add_api_route(path, lambda: told, methods=[method], name=told)
    return made


def test_routes_are_asked_in_turn_and_by_method() -> None:
    inner = router("/a", "first")
    join(inner, router("/a", "second"), router("/{any}", "any"))
    app = FastAPI()
    join(app.router, inner, router("/a", "posted", "POST"))
    client = TestClient(app)
    assert client.get("/a").json() == "first"
    assert client.get("/b").json() == "any"
    assert client.post("/a").json() == "posted"
    refused = client.put("/a")
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET"
    assert client.get("/a/b").status_code == 404


def test_they_are_described() -> None:
    app = FastAPI()
    join(app.router, router("/a", "first"), router("/a", "posted", "POST"))
    assert set(app.openapi()["paths"]["/a"]) == {"get", "post"}
