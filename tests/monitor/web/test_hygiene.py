"""The hygiene of accounts on a page and in the API."""

import pytest
from starlette.testclient import TestClient

from tests.monitor.hygiene.world import T, World, enter, work
from tests.monitor.test_listings import account
from tests.monitor.web.conftest import Console


@pytest.fixture
def filled(empty: Console) -> Console:
    """Three accounts with nobody's names, one of them in the logs."""
    world = World(empty.stage.engine)
    enter(world.database, *(account(f"poste{n}", display_name="") for n in range(3)))
    world.at(2).read(work("poste0", range(2)).sorted()).round()
    empty.clock.now = world.clock.now
    return empty


@pytest.fixture
def browser(filled: Console) -> TestClient:
    return filled.signed_in()


def test_before_the_first_round_the_page_says_so(empty: Console) -> None:
    assert "not looked through the accounts yet" in empty.signed_in().get("/hygiene").text


def test_a_tenant_its_parts_and_its_accounts(browser: TestClient) -> None:
    whole = browser.get("/hygiene").text
    assert f'href="/hygiene?tenant={T}"' in whole
    assert "poste0" not in whole
    one = browser.get(f"/hygiene?tenant={T}").text
    assert "“poste0” is a place or a machine" in one
    assert "3 accounts" in one
    by_fact = browser.get("/hygiene?fact=generic_name")
    assert by_fact.status_code == 200
    assert "poste2" in by_fact.text


def test_in_french(filled: Console) -> None:
    told = filled.signed_in("fr").get(f"/hygiene?tenant={T}").text
    assert "est un lieu ou une machine" in told
    assert "Nom impersonnel" in told


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("fact=unheard", 400),
        ("tenant=nobody", 404),
        ("cursor=!", 400),
        (f"tenant={T}&cursor=WyJ4Il0", 404),
    ],
)
def test_what_is_none_is_refused(browser: TestClient, query: str, status: int) -> None:
    assert browser.get(f"/hygiene?{query}").status_code == status


def test_the_api_in_pages(browser: TestClient) -> None:
    (tenant,) = browser.get("/api/v1/hygiene").json()["items"]
    assert (tenant["tenant"], tenant["accounts"]) == (T, 3)
    days = browser.get("/api/v1/hygiene/days", params={"tenant": T, "days": 30}).json()
    assert [day["score"] for day in days] == [tenant["score"]]
    assert browser.get("/api/v1/hygiene/days?days=0").status_code == 400
    first = browser.get("/api/v1/hygiene/accounts?limit=2").json()
    rest = browser.get("/api/v1/hygiene/accounts", params={"cursor": first["next"]}).json()
    assert [one["uid"] for one in (*first["items"], *rest["items"])] == [
        "poste0",
        "poste1",
        "poste2",
    ]
    assert rest["next"] is None
    assert first["items"][0]["facts"][0]["fact"] == "generic_name"
