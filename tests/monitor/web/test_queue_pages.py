"""The queue in a browser without scripts: filtered, in groups, handled at once, put back."""

import re

import pytest
from starlette.testclient import TestClient

from detectors.core.identity import as_uuid
from tests.monitor.web.conftest import Console
from tests.monitor.web.staging import TENANT, small_incidents


def token_in(text: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', text)
    assert found
    return found[1]


def rows_in(text: str) -> list[str]:
    return re.findall(r'data-row="([0-9a-f-]{36})"', text)


def send(client: TestClient, **form: str) -> str:
    """Send the queue's form; the address that it leads to."""
    token = token_in(client.get("/incidents").text)
    answer = client.post("/incidents", data={"token": token, **form})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_several_are_closed_at_once_and_put_back(empty: Console) -> None:
    small_incidents(empty.stage, 12)
    client = empty.signed_in()
    before = rows_in(client.get("/incidents").text)
    chosen = {f"incident:{uid}": "" for uid in before[:3]}
    address = send(client, do="close:false_positive", closing="a drill", **chosen)
    text = client.get(address).text
    # What is done is out of sight, and an undo is at hand.
    assert set(rows_in(text)) == set(before[3:])
    assert "3 incidents were changed." in text
    assert 'data-key="u"' in text
    assert set(rows_in(client.get("/incidents?status=resolved").text)) == set(before[:3])
    act = address.partition("done=")[2]
    assert send(client, do="undo", act=act, back="severity=high") == "/incidents?severity=high"
    assert rows_in(client.get("/incidents").text) == before
    assert "were changed." not in client.get(address).text


def test_what_cannot_be_done_is_said_and_nothing_is_lost(empty: Console) -> None:
    (made, *_) = small_incidents(empty.stage, 5)
    client = empty.signed_in("fr")
    token = token_in(client.get("/incidents").text)
    answer = client.post("/incidents", data={"token": token, "do": "close:false_positive"})
    assert answer.status_code == 409
    assert "choisissez jusqu" in answer.text
    form = {"token": token, "state": "triaged", f"incident:{as_uuid(made.id)}": "7"}
    answer = client.post("/incidents", data=form)
    assert answer.status_code == 409
    assert "a changé entre-temps" in answer.text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("severity=informational&status=all", 20),
        ("severity=informational&withdrawn=yes", 2),
        ("severity=informational&q=u-00007", 1),
        ("severity=informational&q=0007", 0),
        ("severity=informational&account=u-00003&tenant=" + TENANT, 1),
        ("severity=informational&detector=impossible_travel", 20),
        ("severity=informational&detector=nothing", 0),
        ("severity=informational&assignee=nobody", 20),
        ("severity=informational&age=older_than_day", 20),
        ("severity=informational&age=hour", 0),
        ("new=yes&severity=informational", 20),
    ],
)
def test_the_address_says_which(filled: Console, query: str, count: int) -> None:
    assert len(rows_in(filled.signed_in().get(f"/incidents?{query}").text)) == count


@pytest.fixture
def filled(empty: Console) -> Console:
    small_incidents(empty.stage, 20)
    # Long after all of them.
    empty.clock.now += 400 * 86_400_000
    return empty


def test_groups_have_their_rows_behind_them(console: Console) -> None:
    client = console.signed_in()
    for by in ("account", "tenant"):
        text = client.get(f"/incidents?group={by}").text
        (address, *_) = re.findall(r'hx-get="(/incidents/rows\?[^"]+)"', text)
        rows = client.get(address.replace("&amp;", "&"))
        assert rows_in(rows.text)
    assert client.get("/incidents?group=campaign").status_code == 200
    assert client.get("/incidents?group=nonsense").status_code == 400
    one = as_uuid(console.incidents["shared"].id)
    assert rows_in(client.get(f"/incidents/rows?ids={one},x").text) == [one]


def test_columns_and_views_are_kept(console: Console) -> None:
    client = console.signed_in()
    assert "queue-col-tenant" in client.get("/incidents").text
    address = send(client, do="columns", back="sort=severest", **{"column:age": "on"})
    assert address == "/incidents?sort=severest"
    text = client.get(address).text
    assert "queue-col-age" in text
    assert "queue-col-tenant" not in text
    send(client, do="keep", name="Grave ones", back="severity=high")
    text = client.get("/incidents").text
    assert '<a href="/incidents?severity=high"><bdi>Grave ones</bdi></a>' in text
    # Those of one list are not the other's.
    assert "Grave ones" not in client.get("/tickets").text
    (number,) = re.findall(r'name="question" value="(\d+)"', text)
    send(client, do="forget", question=number)
    assert "Grave ones" not in client.get("/incidents").text
