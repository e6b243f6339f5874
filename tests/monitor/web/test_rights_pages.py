"""The protection desk for one account: two clicks from where it is met, each act written down."""

import io
import zipfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from detectors.core.identity import Subject, SubjectKind
from monitor.services.account_notes import AccountNotes
from monitor.services.actor import operator
from monitor.services.admission import form_token
from monitor.store import erasures, restrictions
from tests.monitor.services.listed import deeds
from tests.monitor.web.conftest import TERMS, Console
from tests.monitor.web.staging import NOON, TENANT, Stage, shared_account

WHOSE = Subject(SubjectKind.ACCOUNT, TENANT, "u-20417")
PATH = f"/accounts/{WHOSE.handle()}/rights"


@pytest.fixture
def desk(tmp_path: Path) -> Console:
    stage = Stage(tmp_path / "v.db")
    shared_account(stage)
    return Console(stage, {}, TERMS)


def send(client: TestClient, name: str, **form: str) -> int:
    told = {"token": form_token(next(iter(client.cookies.values()))), **form}
    return client.post(f"{PATH}/{name}", data=told).status_code


def test_the_page_says_what_there_is_and_until_when(desk: Console) -> None:
    page = desk.signed_in().get(PATH)
    assert page.status_code == 200
    for word in ("A copy of the data", "Erasure", "Restriction", "Objection", "Goes from"):
        assert word in page.text
    assert "Register of processing" in page.text
    assert "u-20417" not in page.text


def test_it_is_restricted_and_released(desk: Console) -> None:
    client = desk.signed_in()
    assert send(client, "restrict", reason="ticket 1") == 303
    with desk.stage.engine.begin() as connection:
        [one] = restrictions.restrictions_of(connection, WHOSE)
    assert one.until is None
    assert "Restricted since" in client.get(PATH).text
    assert send(client, "release", number=str(one.id), reason="settled") == 303
    assert send(client, "release", number="77", reason="settled") == 404
    assert [deed for deed, _, _ in deeds(desk.stage.engine)].count("person:restrict") == 2


def test_an_objection_is_noted_and_decided_here_and_not_anothers(desk: Console) -> None:
    other = Subject(SubjectKind.ACCOUNT, TENANT, "u-other")
    with desk.stage.engine.begin() as connection:
        foreign = restrictions.object_to(connection, other, NOON, "x", "operator:x")
    client = desk.signed_in()
    assert send(client, "object", reason="I work nights") == 303
    assert "Objection to be decided" in client.get(PATH).text
    with desk.stage.engine.begin() as connection:
        [one] = restrictions.objections_of(connection, WHOSE)
    assert send(client, "decide", number=str(foreign), reason="no") == 404
    assert send(client, "decide", number=str(one.id), reason="true", upheld="on") == 303
    assert "What was asked for before" in client.get(PATH).text


def test_a_copy_is_a_file_with_the_notes_in_it(desk: Console) -> None:
    AccountNotes(desk.stage.engine).write(operator(), WHOSE.handle(), "Called the owner.")
    client = desk.signed_in()
    token = form_token(next(iter(client.cookies.values())))
    answer = client.post(f"{PATH}/copy", data={"token": token, "reason": "ticket 1"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        assert b"Called the owner." in opened.read("notes.ndjson")


def test_it_is_erased(desk: Console) -> None:
    client = desk.signed_in()
    assert send(client, "erase", reason="ticket 1") == 303
    with desk.stage.engine.begin() as connection:
        assert erasures.at_work(connection) == {(TENANT, WHOSE.uid)}
    page = client.get(PATH).text
    assert "being erased" in page
    assert "Erase for good" not in page


@pytest.mark.parametrize("name", ["erase", "restrict", "object", "copy"])
def test_without_a_reason_nothing_is_done_and_it_is_said(desk: Console, name: str) -> None:
    client = desk.signed_in()
    told = {"token": form_token(next(iter(client.cookies.values()))), "reason": " "}
    answer = client.post(f"{PATH}/{name}", data=told)
    assert answer.status_code == 409
    assert "Say why." in answer.text
    assert [deed for deed, _, _ in deeds(desk.stage.engine)] == ["session:open"]
