"""The tour goes from page to page, is left and taken up again, and is in the demonstration only."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from monitor.services.admission import Admission, form_token
from monitor.settings import Settings, Web
from monitor.web.app import create_app
from monitor.web.tour import COOKIE, LEFT, STOPS
from tests.monitor.web.conftest import NOW, TERMS, Console, page_of
from tests.monitor.web.staging import Stage, fill


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    stage = Stage(Path(tmp_path_factory.mktemp("tour")) / "vigie.db")
    fill(stage)
    settings = Settings(web=Web(tour=True))
    app = create_app(
        stage.url, now=lambda: NOW, engine=stage.engine, terms=TERMS, settings=settings
    )
    made = TestClient(
        app,
        base_url="http://127.0.0.1:8320",
        headers={"accept-language": "fr", "sec-fetch-site": "same-origin"},
        follow_redirects=False,
    )
    key = Admission(stage.engine, lambda: NOW).issue_link()
    assert made.post("/enter", data={"key": key}).status_code == 303
    return made


@pytest.fixture
def client(demonstration: TestClient) -> TestClient:
    """Somebody who has not begun the tour, whatever was done in it before."""
    for kept in [one for one in demonstration.cookies.jar if one.name == COOKIE]:
        demonstration.cookies.jar.clear(kept.domain, kept.path, kept.name)
    return demonstration


def go(client: TestClient, to: object) -> str:
    keys = [value for name, value in client.cookies.items() if name != COOKIE]
    told = {"token": form_token(keys[0]), "to": str(to), "next": "/sources"}
    answer = client.post("/tour", data=told)
    assert answer.status_code == 303
    return answer.headers["location"]


def test_it_leads_through_its_stops_with_a_note_at_each(client: TestClient) -> None:
    assert "1 sur" in client.get("/").text
    for number, stop in enumerate(STOPS, 1):
        where = go(client, number)
        assert where.startswith(stop.path)
        page = client.get(where)
        assert page.status_code == 200, where
        assert f"{number} sur {len(STOPS)}" in page.text
        assert "data-tour-title" in page.text
    assert go(client, 99).startswith(STOPS[-1].path)
    assert go(client, "nowhere") == STOPS[0].path


def test_it_is_left_where_one_is_and_taken_up_again(client: TestClient) -> None:
    assert go(client, LEFT) == "/sources"
    left = client.get("/").text
    assert "data-tour-title" not in left
    assert "Visite guidée" in left
    assert go(client, 1) == "/"
    assert "data-tour-title" in client.get("/").text


def test_beside_its_stop_it_keeps_out_of_the_way(client: TestClient) -> None:
    go(client, 2)
    assert "data-tour-title" not in client.get("/sources").text
    assert client.get("/tour/reading").json() == {"share": None}


def test_elsewhere_there_is_none(console: Console) -> None:
    client = console.signed_in()
    assert "data-tour-title" not in client.get(page_of(console, next(iter(console.incidents)))).text
    assert client.get("/tour/reading").status_code == 404
