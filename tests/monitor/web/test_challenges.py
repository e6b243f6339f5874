"""Programs ask for a proof, see how far it is, and take it back."""

import pytest
from starlette.testclient import TestClient

from tests.monitor.web.conftest import Console

pytestmark = pytest.mark.one_on_postgresql
ASKED = {"tenant": "acme", "account": "u-17", "session": "s-1"}
API = "/api/v1/challenges"


@pytest.fixture
def program(empty: Console) -> TestClient:
    return empty.signed_in()


def test_it_is_asked_for_looked_at_and_taken_back(program: TestClient) -> None:
    made = program.post(API, json=ASKED)
    assert made.status_code == 201
    told = made.json()
    assert "/challenge#" in told["link"]
    one = program.get(f"{API}/{told['handle']}").json()
    assert (one["state"], one["account"], one["origin"]) == ("open", "u-17", "api")
    assert "link" not in one
    withdrawn = program.post(f"{API}/{told['handle']}/withdraw").json()
    assert withdrawn["state"] == "withdrawn"
    assert program.post(f"{API}/{told['handle']}/withdraw").json() == withdrawn


def test_they_are_listed_in_pages(program: TestClient) -> None:
    for number in range(3):
        program.post(API, json=ASKED | {"account": f"u-{number}"})
    first = program.get(f"{API}?limit=2&tenant=acme").json()
    assert [one["account"] for one in first["items"]] == ["u-2", "u-1"]
    rest = program.get(f"{API}?limit=2&tenant=acme&cursor={first['next']}").json()
    assert [one["account"] for one in rest["items"]] == ["u-0"]
    assert rest["next"] is None
    assert program.get(f"{API}?state=passed").json()["items"] == []
    assert program.get(f"{API}?account=u-1").json()["items"][0]["account"] == "u-1"
    assert program.get(f"{API}?state=else").status_code == 400


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"account": ""}, 422),
        ({"account": "x" * 257}, 422),
        ({"reason": "because"}, 422),
        ({"return_to": "https://evil.example/"}, 409),
        ({"incident": "00000000-0000-0000-0000-000000000001"}, 404),
        ({"more": 1}, 422),
    ],
)
def test_what_cannot_be_asked_is_refused(
    program: TestClient, more: dict[str, object], status: int
) -> None:
    answer = program.post(API, json=ASKED | more)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_not_there_is_not_found(program: TestClient) -> None:
    for name in ("0" * 32, "x"):
        assert program.get(f"{API}/{name}").status_code == 404
        assert program.post(f"{API}/{name}/withdraw").status_code == 404
