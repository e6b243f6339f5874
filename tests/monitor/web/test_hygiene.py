"""The hygiene of accounts on a page and in the API."""

import re

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


def test_what_would_better_it_stands_first_and_says_what_to_do(browser: TestClient) -> None:
    told = browser.get(f"/hygiene?tenant={T}").text
    assert "Give each person an account" in told
    assert "3 of 3 accounts" in told
    by_fact = browser.get(f"/hygiene?tenant={T}&fact=generic_name").text
    assert 'href="/directory/accounts/' in by_fact
    assert "Score" not in by_fact


def test_as_tables(browser: TestClient) -> None:
    answer = browser.get(f"/hygiene/export?tenant={T}&what=accounts")
    assert answer.headers["content-disposition"].endswith('"vigie-hygiene-accounts.csv"')
    assert "poste0" in answer.text
    days = browser.get("/api/v1/hygiene/export?what=days").text
    assert len(days.splitlines()) == 2
    assert browser.get("/hygiene/export?what=else").status_code == 400


def test_the_report_is_shown_stopped_and_sent_to_nobody(browser: TestClient) -> None:
    page = browser.get(f"/hygiene/report?tenant={T}")
    assert page.status_code == 200
    assert "To nobody" in page.text
    assert "No account is named in this mail" in page.text
    address = "/hygiene/report"
    token = re.search(r'name="token" value="([0-9a-f]{64})"', page.text)
    assert token
    form = {"token": token[1], "tenant": T}
    refused = browser.post(address, data={**form, "do": "send"})
    assert refused.status_code == 409
    assert "There is nobody to write to" in refused.text
    assert browser.post(address, data={**form, "do": "stop"}).status_code == 303
    assert "somebody said so" in browser.get(f"{address}?tenant={T}").text
    assert browser.post(address, data={**form, "do": "go-on"}).status_code == 303
    assert "somebody said so" not in browser.get(f"{address}?tenant={T}").text
    assert browser.get(f"{address}?tenant=nobody").status_code == 404
