"""One account for programs: by its handle, masked until a reason is given, and its notes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from detectors.core.identity import Subject, SubjectKind
from monitor.services.actor import operator
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from tests.monitor.web.conftest import TERMS, Console
from tests.monitor.web.staging import TENANT, Stage, fill

WHOSE = Subject(SubjectKind.ACCOUNT, TENANT, "u-20417")
PATH = f"/api/v1/accounts/{WHOSE.handle()}"
SCOPES = frozenset(
    (
        Operation.ACCOUNTS_READ,
        Operation.PERSON_LOOK,
        Operation.INCIDENTS_READ,
        Operation.NOTES_READ,
        Operation.NOTES_WRITE,
    )
)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    stage = Stage(Path(tmp_path_factory.mktemp("accounts-api")) / "v.db")
    yield Console(stage, fill(stage), TERMS)
    stage.engine.dispose()


def program(console: Console, name: str) -> TestClient:
    key = ApiKeys(console.stage.engine, console.clock).create(operator(), name, SCOPES)
    client = console.client()
    client.headers.pop("sec-fetch-site")
    client.headers["authorization"] = f"Bearer {key}"
    return client


def test_an_account_is_found_by_name_and_told_by_handle(known: Console) -> None:
    client = program(known, "finder")
    found = client.post("/api/v1/accounts/find", json={"tenant": TENANT, "account": "u-20417"})
    assert found.json() == {"handle": WHOSE.handle()}
    nobody = client.post("/api/v1/accounts/find", json={"tenant": TENANT, "account": "nobody"})
    assert nobody.status_code == 404
    told = client.get(PATH).json()
    assert (told["head"]["account"], told["head"]["is_whole"]) == ("u•••", False)
    assert told["risks"][0]["posterior"]["shared"] == 0.94
    assert told["tickets"] is None


def test_a_reason_makes_the_answers_whole(known: Console) -> None:
    client = program(known, "looker")
    assert client.post(f"{PATH}/looks", json={"reason": " "}).status_code == 422
    answer = client.post(f"{PATH}/looks", json={"reason": "case 7"})
    assert answer.status_code == 201
    assert answer.json()["until"] > known.clock.now
    assert client.get(PATH).json()["head"]["account"] == "u-20417"
    # Another program has given none.
    assert program(known, "other").get(PATH).json()["head"]["account"] == "u•••"


def test_activity_and_people_are_told_without_ids_of_events(known: Console) -> None:
    client = program(known, "reader")
    told = client.get(f"{PATH}/activity").json()
    assert told["places"][0]["city"] == "Paris"
    assert set(told["sign_ins"][0]) >= {"time", "outcome", "ip", "place"}
    assert "id" not in told["sign_ins"][0]
    people = client.get(f"{PATH}/people").json()
    assert people["verdict"] in ("silent", "open", "one", "several")
    assert people["days"][0]["computers"] == 2


def test_notes_come_in_pages_and_go(known: Console) -> None:
    client = program(known, "scribe")
    made = [client.post(f"{PATH}/notes", json={"text": text}).json()["id"] for text in "abc"]
    first = client.get(f"{PATH}/notes?limit=2").json()
    assert [one["text"] for one in first["items"]] == ["c", "b"]
    second = client.get(f"{PATH}/notes?limit=2&cursor={first['next']}").json()
    assert ([one["text"] for one in second["items"]], second["next"]) == (["a"], None)
    assert client.post(f"{PATH}/notes", json={"text": " "}).status_code == 422
    assert program(known, "thief").delete(f"{PATH}/notes/{made[0]}").status_code == 409
    for number in made:
        assert client.delete(f"{PATH}/notes/{number}").status_code == 204
    assert client.delete(f"{PATH}/notes/{made[0]}").status_code == 404
