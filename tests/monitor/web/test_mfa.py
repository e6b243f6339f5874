"""Programs read factors and recoveries and lead them on; each change on the version that was
read."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from detectors.core.identity import as_uuid
from monitor.directory.account import AccountChanges, account_id
from monitor.mfa.lost_factor import State
from monitor.services.actor import operator
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from monitor.services.directory import Directory
from monitor.services.refusal import NotThereError
from monitor.services.subscriber import Subscriber
from monitor.store import factors
from monitor.web.filters import BadQueryError
from monitor.web.mfa import handle_of, states_of
from tests.monitor.web.conftest import NOW, Console

ANN = Subscriber("acme", "u-17")
ID = as_uuid(account_id(ANN.tenant, ANN.account))
API = "/api/v1"
WHOSE = f"{API}/directory/accounts/{ID}"


@pytest.fixture
def browser(empty: Console) -> TestClient:
    Directory(empty.stage.engine, empty.clock).create(
        operator(), ANN.tenant, ANN.account, AccountChanges(display_name="Ann")
    )
    return empty.signed_in()


def changed(browser: TestClient, path: str, told: dict[str, Any], version: int) -> Any:
    return browser.post(API + path, json=told, headers={"if-match": f'"{version}"'})


def test_what_somebody_has_and_a_link_for_them(browser: TestClient, empty: Console) -> None:
    held = browser.get(f"{WHOSE}/factors").json()
    assert (held["factors"], held["subscriber"]["account"]) == ([], "u-17")
    made = browser.post(f"{WHOSE}/enrolment-links", json={"language": "en", "minutes": 10})
    assert made.status_code == 201
    assert made.json()["expires"] == NOW + 600_000
    assert browser.post(f"{WHOSE}/enrolment-links", json={"minutes": 1}).status_code == 422
    handle = made.json()["handle"]
    assert browser.delete(f"{API}/enrolment-links/{handle}").status_code == 204
    assert browser.delete(f"{API}/enrolment-links/{'0' * 32}").status_code == 404
    with empty.stage.engine.begin() as connection:
        factors.add(connection, ANN.owner, "totp", b"x", NOW, handle=handle, name="Phone")
    shown = browser.get(f"{WHOSE}/factors").json()["factors"]
    assert [(one["name"], one["kind"]) for one in shown] == [("Phone", "totp")]
    assert browser.post(f"{WHOSE}/enrolment-links", json={}).status_code == 409
    gone = browser.post(f"{WHOSE}/factors/{handle}/revoke", json={"reason": "stolen"})
    assert gone.status_code == 204
    assert browser.get(f"{WHOSE}/factors").json()["factors"] == []


def test_a_recovery_is_led_on(browser: TestClient) -> None:
    made = browser.post(f"{WHOSE}/recoveries", json={})
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    handle = made.json()["handle"]
    assert changed(browser, f"/recoveries/{handle}/proof", {"proof": "seen"}, 9).status_code == 412
    proved = changed(browser, f"/recoveries/{handle}/proof", {"proof": "seen"}, 1)
    assert (proved.status_code, proved.json()["state"]) == (200, "proved")
    assert changed(browser, f"/recoveries/{handle}/approve", {}, 2).status_code == 409
    assert browser.post(f"{API}/recoveries/{handle}/link", json={}).status_code == 409
    listed = browser.get(f"{API}/recoveries?state=proved").json()["items"]
    assert [one["handle"] for one in listed] == [handle]
    assert changed(browser, f"/recoveries/{handle}/refuse", {"reason": "no"}, 2).status_code == 200
    assert browser.get(f"{API}/recoveries/{handle}").json()["state"] == "refused"
    assert browser.post(f"{API}/recoveries/{handle}/refuse", json={}).status_code == 428


def test_a_key_reads_and_gives_nothing(browser: TestClient, empty: Console) -> None:
    key = ApiKeys(empty.stage.engine, empty.clock).create(
        operator(), "siem", [Operation.MFA_READ], tenant=ANN.tenant
    )
    program = empty.client()
    program.headers.pop("sec-fetch-site")
    program.headers["authorization"] = f"Bearer {key}"
    assert program.get(f"{WHOSE}/factors").status_code == 200
    assert program.get(f"{API}/recoveries").json() == {"items": [], "next": None}
    assert program.post(f"{WHOSE}/enrolment-links", json={}).status_code == 403


def test_what_an_address_or_a_query_says() -> None:
    assert handle_of("ab" * 16) == "ab" * 16
    for text in ("", "AB" * 16, "g" * 32, "ab" * 17):
        with pytest.raises(NotThereError):
            handle_of(text)
    assert states_of("") == ()
    assert states_of("ready") == (State.READY,)
    with pytest.raises(BadQueryError):
        states_of("done ")
