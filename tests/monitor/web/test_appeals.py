"""Whoever was acted on contests it in their language, without an account and without a script."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from alerts.ladder import Step
from alerts.measure import State
from monitor.services.appeal_links import key_of
from tests.monitor.services.measured import kept, measure
from tests.monitor.web.conftest import NOW, Console


@pytest.fixture
def key(empty: Console) -> str:
    told = {"decided_by": "reviewer:1", "decided_name": "Eve", "reason": "used by three people"}
    one = measure(Step.DEACTIVATE, State.IN_FORCE, until=None, ordered=NOW, **told)
    with empty.stage.engine.begin() as connection:
        return key_of(b"", kept(connection, one).id, NOW + 10)


def send(client: TestClient, **form: str) -> Any:
    return client.post("/appeal", data=form)


def test_the_page_asks_for_the_code_that_the_link_brings(empty: Console) -> None:
    page = empty.client().get("/appeal")
    assert page.status_code == 200
    assert "/static/enter.js" in page.text
    assert 'id="key"' in page.text


def test_somebody_reads_contests_and_is_told_so(empty: Console, key: str) -> None:
    client = empty.client("fr")
    page = send(client, key=key)
    assert page.status_code == 200
    assert "used by three people" in page.text
    assert "Désactiver" in page.text
    assert "Eve" not in page.text
    page = send(client, key=key, do="send", text=" ")
    assert page.status_code == 422
    page = send(client, key=key, do="send", text="C'était moi.")
    assert "Votre numéro est le 1" in page.text
    again = send(client, key=key, do="send", text="Encore moi.")
    assert "déjà contesté" in again.text
    assert "Encore moi" not in again.text


@pytest.mark.parametrize("wrong", ["", "x", "A" * 40])
def test_another_key_opens_nothing(empty: Console, key: str, wrong: str) -> None:
    page = send(empty.client(), key=wrong, do="send", text="x")
    assert page.status_code == 403
    assert "does not hold" in page.text


def test_a_key_holds_until_its_end(empty: Console, key: str) -> None:
    empty.clock.now = NOW + 10
    assert send(empty.client(), key=key).status_code == 403


def test_no_other_page_sends_the_form(empty: Console, key: str) -> None:
    client = empty.client()
    client.headers["sec-fetch-site"] = "cross-site"
    assert send(client, key=key, do="send", text="x").status_code == 403
