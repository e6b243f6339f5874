"""The pages of the sources show what is wrong, and lines of strangers as harmless text."""

import msgspec
import pytest
from sqlalchemy import insert

from detectors.core.event import HOUR
from monitor.services.sources import REJECTS
from monitor.store import tables
from monitor.store.receipts import Receipts, SenderReceipts, note_receipts
from tests.monitor.web.conftest import NOW, Console
from tests.monitor.web.staging import HOSTILE


def put_sources(console: Console) -> None:
    """One that is silent and has rejects, with a hostile name and hostile lines; and one more."""
    sources = [
        {"id": 1, "name": HOSTILE, "format": "sshd", "rejected": 3, "received": NOW - HOUR},
        {"id": 2, "name": "erp", "format": "ocsf", "rejected": 0, "received": NOW},
    ]
    raw = f"password=hunter2 {HOSTILE} \u202e".encode()
    rejects = [
        {"source_id": 1, "position": f"/log:{n}", "reason": HOSTILE, "raw": raw, "received": NOW}
        for n in range(REJECTS + 2)
    ]
    facts = msgspec.msgpack.encode({"quiet": HOUR})
    health = {"subject": f"source:{HOSTILE}", "kind": "silent", "facts": facts}
    with console.stage.engine.begin() as connection:
        connection.execute(insert(tables.sources), sources)
        connection.execute(insert(tables.rejects), rejects)
        rows = [health | {"since": NOW, "until": None}, health | {"since": 5, "until": 9}]
        connection.execute(insert(tables.health), rows)


@pytest.mark.parametrize("path", ["/sources", "/sources/1", "/api/v1/sources"])
def test_they_are_closed_to_strangers(empty: Console, path: str) -> None:
    put_sources(empty)
    answer = empty.client().get(path)
    assert answer.status_code == 401
    assert "erp" not in answer.text


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Silent", "1 hour", "1 thing is not well")), ("fr", ("Muette", "1 heure", "1 chose"))],
)
def test_what_is_wrong_is_said_in_the_readers_language(
    empty: Console, language: str, words: tuple[str, str, str]
) -> None:
    put_sources(empty)
    client = empty.signed_in(language)
    every, one = client.get("/sources").text, client.get("/sources/1").text
    for word in words[:2]:
        assert word in every
        assert word in one
    assert words[2] in client.get("/pulse").text
    overview = client.get("/overview/sources").text
    assert 'href="/sources/1"' in overview
    assert "is-unwell" in overview


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Senders", "Listens on 127.0.0.1:514.", "dropped by the kernel")),
        ("fr", ("Émetteurs", "Écoute sur 127.0.0.1:514.", "perdus par le noyau")),
    ],
)
def test_of_syslog_the_senders_are_shown(
    empty: Console, language: str, words: tuple[str, ...]
) -> None:
    put_sources(empty)
    senders = [SenderReceipts("192.0.2.7", NOW, 7)]
    receipts = Receipts("x", 1, listening=["127.0.0.1:514"], refused={"kernel": 2}, senders=senders)
    with empty.stage.engine.begin() as connection:
        note_receipts(connection, {"erp": receipts})
    page = empty.signed_in(language).get("/sources/2").text
    for word in (*words, "192.0.2.7"):
        assert word in page


def test_where_all_is_well_nothing_is_said(empty: Console) -> None:
    client = empty.signed_in()
    assert "not well" not in client.get("/").text
    assert client.get("/sources").status_code == 200


def test_lines_of_strangers_are_text_and_redacted(empty: Console) -> None:
    put_sources(empty)
    client = empty.signed_in()
    for path in ("/sources", "/sources/1"):
        text = client.get(path).text
        assert "<img" not in text
        assert "hunter2" not in text
        assert "\u202e" not in text
    assert "password=***" in client.get("/sources/1").text


def test_older_lines_are_a_page_away(empty: Console) -> None:
    put_sources(empty)
    client = empty.signed_in()
    first = client.get("/sources/1").text
    assert first.count("vigie-line") == REJECTS
    address = first.partition("/sources/1?before=")[2].partition('"')[0]
    second = client.get(f"/sources/1?before={address}").text
    assert second.count("vigie-line") == 2
    assert "Back to the first" in second


@pytest.mark.parametrize("number", ["3", "x", "-1", "9" * 40, "1%2F2", "²"])
def test_there_is_no_other(empty: Console, number: str) -> None:
    put_sources(empty)
    client = empty.signed_in()
    assert client.get(f"/sources/{number}").status_code == 404
    assert client.get(f"/api/v1/sources/{number}/rejects").status_code == 404


@pytest.mark.parametrize("before", ["x", "-1", "1e3", "9" * 30])
def test_a_page_that_is_none_is_refused(empty: Console, before: str) -> None:
    put_sources(empty)
    assert empty.signed_in().get(f"/sources/1?before={before}").status_code == 400


def test_programs_read_the_same(empty: Console) -> None:
    put_sources(empty)
    client = empty.signed_in()
    told = client.get("/api/v1/sources").json()
    assert [one["name"] for one in told["sources"]] == ["erp", HOSTILE]
    assert told["sources"][1]["findings"][0]["kind"] == "silent"
    rejects = client.get("/api/v1/sources/1/rejects").json()
    assert len(rejects) == REJECTS
    assert "hunter2" not in str(rejects)
