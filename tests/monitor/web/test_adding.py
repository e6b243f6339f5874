"""From a file or a program to a source, a page after the other, in both languages."""

import re
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest

from monitor.services import adding as module
from monitor.services.admission import form_token
from monitor.services.delivery import PATIENCE_MS
from monitor.services.handing_in import parcels_of
from monitor.store import tables
from monitor.store.inbox import Parcel
from monitor.web import adding, intake
from tests.monitor.services.test_adding import LINES
from tests.monitor.web.conftest import Console


def token(client) -> dict[str, str]:  # type: ignore[no-untyped-def]
    return {"token": form_token(next(iter(client.cookies.values())))}


def test_a_file_is_shown_before_it_is_taken(empty: Console) -> None:
    client = empty.signed_in()
    ways = client.get("/sources/new")
    assert ways.status_code == 200
    assert "Keycloak" in ways.text
    sent = client.post("/sources/new/file", files={"log": ("auth.log", LINES)}, data=token(client))
    assert sent.status_code == 303
    where = sent.headers["location"]
    shown = client.get(where)
    assert "Read as sshd" in shown.text
    assert "Take all 2 lines" in shown.text
    fr = empty.signed_in("fr").get(where)
    assert "Lu comme sshd" in fr.text
    look = client.post(where, data={**token(client), "do": "look", "zone": "Europe/Paris"})
    assert "zone=Europe%2FParis" in look.headers["location"]
    bad = client.post(where, data={**token(client), "do": "take", "name": "no name"})
    assert bad.status_code == 422
    taken = client.post(where, data={**token(client), "do": "take", "name": "auth"})
    assert taken.headers["location"] == "/sources/new/of/auth"
    begun = client.get("/sources/new/of/auth")
    assert "It is being read" in begun.text
    assert 'hx-trigger="every 2s"' in client.get("/sources/new/arrival/auth").text
    assert client.get(where).status_code == 404


def test_a_file_that_is_none_is_refused_in_words(
    empty: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = empty.signed_in("fr")
    for sent in (b"", b"PK\x03\x04"):
        answer = client.post("/sources/new/file", files={"log": ("a", sent)}, data=token(client))
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    monkeypatch.setattr(adding, "MAXIMUM_SENT", 1_000)
    large = client.post("/sources/new/file", files={"log": ("a", b"x" * 5_000)}, data=token(client))
    assert large.status_code == 413
    assert "dépasse" in large.text
    without = client.post("/sources/new/file", files={"log": ("a", LINES)})
    assert without.status_code == 403, "only a page of this session hands in files"


def test_a_file_waits_for_whoever_writes_at_that_moment(
    empty: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, writes, may_end = empty.signed_in(), Event(), Event()

    def write() -> None:
        with empty.stage.engine.begin() as connection:
            connection.execute(tables.health.delete())
            writes.set()
            # Longer than a program is left waiting.
            may_end.wait(4 * PATIENCE_MS / 1000)

    writer = Thread(target=write)

    def met(*given: Any) -> Iterator[Parcel]:
        yield from parcels_of(*given)
        writer.start()
        assert writes.wait(240)

    monkeypatch.setattr(module, "parcels_of", met)
    told = {"log": ("auth.log", LINES)}
    assert client.post("/sources/new/file", files=told, data=token(client)).status_code == 303
    writer.join()


def test_only_logs_may_be_so_large() -> None:
    assert intake.most_of("/sources/new/file") > intake.FILE
    assert intake.most_of("/sources/new/push") == intake.FORM


def test_a_key_is_made_with_what_sends_by_it_and_shown_once(empty: Console) -> None:
    client = empty.signed_in()
    made = client.post("/sources/new/push", data={**token(client), "name": "crm"})
    assert made.status_code == 200
    [key] = set(re.findall(r"vgk_\w{49}", made.text))
    assert "Waiting for the first line" in made.text
    assert f"Authorization: Bearer {key}" in made.text.replace("&#34;", '"')
    again = client.post("/sources/new/push", data={**token(client), "name": "crm"})
    assert again.status_code == 422
    assert key not in again.text
    gone = client.post("/sources/new/remove", data={**token(client), "name": "crm"})
    assert gone.headers["location"] == "/sources"
    assert client.get("/sources/new/of/crm").status_code == 404
