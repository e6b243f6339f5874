"""Probes answer whoever asks and say nothing of the data; metrics are for who has the token."""

import pytest
from sqlalchemy import Engine as Database
from starlette.testclient import TestClient

from monitor.clock import now_ms
from monitor.health.pulse import PULSE, Pulse, encode, ourselves
from monitor.store.writing import Writing
from monitor.web.app import create_app

TOKEN = "a token of sixteen characters or more"


@pytest.fixture
def client(database: Database) -> TestClient:
    app = create_app(str(database.url), engine=database, metrics_token=TOKEN)
    return TestClient(app, base_url="http://127.0.0.1:8320", raise_server_exceptions=False)


def beat(database: Database) -> None:
    pulse = Pulse(time=now_ms(), who=ourselves(0), caught_up=now_ms())
    with database.begin() as connection:
        Writing(connection).set_note(PULSE, encode(pulse))


def test_it_is_ready_when_an_engine_is_there(database: Database, client: TestClient) -> None:
    before = client.get("/readyz")
    assert before.status_code == 503
    assert before.json()["reasons"][0]["code"] == "engine"
    assert client.get("/healthz").status_code == 200
    beat(database)
    after = client.get("/readyz")
    assert after.status_code == 200
    told = after.json()
    assert (told["ready"], told["engine"], told["reasons"]) == (True, "alive", [])
    assert set(told) == {"ready", "engine", "role", "waiting", "responding", "reasons"}
    assert after.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN} ", "Bearer é"],
)
def test_without_the_token_there_are_no_metrics(client: TestClient, header: str) -> None:
    answer = client.get("/metrics", headers=[(b"authorization", header.encode())])
    assert answer.status_code == 401
    assert "vigie_engine_up" not in answer.text


def test_with_the_token_there_are(client: TestClient) -> None:
    answer = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "vigie_engine_up 0.0" in answer.text


def test_where_no_token_is_set_none_opens(database: Database) -> None:
    app = create_app(str(database.url), engine=database)
    client = TestClient(app, base_url="http://127.0.0.1:8320")
    for header in ("Bearer ", "Bearer None", ""):
        answer = client.get("/metrics", headers={"authorization": header})
        assert answer.status_code == 401
