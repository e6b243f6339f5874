"""An account's page: masked by default, shown after a reason, escaped, in both languages; its parts
come alone for htmx and as pages of their own without it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from detectors.core.identity import Subject, SubjectKind
from monitor.services.admission import form_token
from monitor.store import restrictions
from tests.monitor.web.conftest import TERMS, Console
from tests.monitor.web.staging import HOSTILE, NOON, TENANT, Stage, fill

WHOSE = Subject(SubjectKind.ACCOUNT, TENANT, "u-20417")
PATH = f"/accounts/{WHOSE.handle()}"
HTMX = {"hx-request": "true"}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    stage = Stage(Path(tmp_path_factory.mktemp("account")) / "v.db")
    yield Console(stage, fill(stage), TERMS)
    stage.engine.dispose()


@pytest.fixture
def client(known: Console) -> TestClient:
    return known.signed_in()


def token(client: TestClient) -> str:
    return form_token(next(iter(client.cookies.values())))


def test_it_is_masked_and_offers_to_say_why(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "v.db")
    page = Console(stage, fill(stage), TERMS).signed_in().get(PATH)
    stage.engine.dispose()
    assert page.status_code == 200
    assert "Show personal data" in page.text
    for name in ("u-20417", "camille", "81.250.3.17"):
        assert name not in page.text
    assert "in no directory: the logs alone know it" in page.text
    assert re.search(r"/incidents/[0-9a-f-]{36}", page.text)


def test_a_reason_shows_names_here_and_masks_them_on_request(known: Console) -> None:
    client = known.signed_in()
    answer = client.post(f"{PATH}/look", data={"token": token(client), "reason": "ticket 12"})
    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    assert "u-20417" in client.get(PATH).text
    assert "81.250.3.17" in client.get(f"{PATH}/activity", headers=HTMX).text
    assert "u-20417" in client.get(f"{PATH}/export").text
    for path in (f"{PATH}?masked", f"{PATH}/export?masked", f"{PATH}/activity?masked"):
        text = client.get(path).text
        assert "u-20417" not in text
        assert "81.250.3.17" not in text


def test_without_a_reason_it_says_so_and_shows_nothing(known: Console) -> None:
    client = known.signed_in("fr")
    other = f"/accounts/{Subject(SubjectKind.ACCOUNT, TENANT, 'u-00001').handle()}"
    answer = client.post(f"{other}/look", data={"token": token(client), "reason": " "})
    assert answer.status_code == 422
    assert "Dites pourquoi." in answer.text
    assert "u-00001" not in answer.text


def test_parts_come_alone_for_htmx_and_as_pages_without_it(client: TestClient) -> None:
    for name, word in (("activity", "Hours of the week"), ("people", "How many use it")):
        part = client.get(f"{PATH}/{name}", headers=HTMX).text
        assert word in part
        assert "<html" not in part
        whole = client.get(f"{PATH}/{name}").text
        assert word in whole
        assert "<html" in whole


def test_every_chart_has_its_numbers_as_json_and_a_table(client: TestClient) -> None:
    text = client.get(f"{PATH}/activity", headers=HTMX).text
    drawn = re.findall(r'data-chart="([\w-]+)" data-numbers="([^"]*)"', text)
    assert [name for name, _ in drawn] == ["account-hours", "account-sessions", "account-map"]
    for _, numbers in drawn:
        assert json.loads(numbers.replace("&#34;", '"').replace("&amp;", "&"))["drawn"]
    assert text.count('role="img"') == 3
    assert '<th scope="row">Wednesday</th>' in text


def test_what_logs_say_becomes_no_markup(client: TestClient) -> None:
    path = f"/accounts/{Subject(SubjectKind.ACCOUNT, TENANT, HOSTILE).handle()}"
    client.post(f"{path}/look", data={"token": token(client), "reason": HOSTILE})
    for name in ("", "/activity", "/people", "/rights"):
        answer = client.get(path + name)
        assert answer.status_code == 200
        assert "<img src=x" not in answer.text
        assert "49" not in re.findall(r"\{\{7\*7\}\}|>49<", answer.text)


def test_notes_are_kept_and_taken_away(known: Console) -> None:
    client = known.signed_in()
    sent = {"token": token(client), "do": "write", "text": "Called <b>back</b>."}
    assert client.post(f"{PATH}/notes", data=sent).status_code == 303
    page = client.get(PATH).text
    assert "Called &lt;b&gt;back&lt;/b&gt;." in page
    number = re.search(r'name="note" value="(\d+)"', page)
    assert number is not None
    gone = {"token": token(client), "do": "remove", "note": number[1]}
    assert client.post(f"{PATH}/notes", data=gone).status_code == 303
    assert "Called" not in client.get(PATH).text
    refused = client.post(f"{PATH}/notes", data=sent | {"text": ""})
    assert refused.status_code == 422
    assert "Write something." in refused.text


def test_a_restricted_account_shows_its_head_alone(known: Console) -> None:
    whose = Subject(SubjectKind.ACCOUNT, TENANT, "u-00003")
    path = f"/accounts/{whose.handle()}"
    client = known.signed_in()
    assert "Risk over time" in client.get(path).text
    with known.stage.engine.begin() as connection:
        restrictions.restrict(connection, whose, NOON, "#1", "operator:x")
    page = client.get(path)
    assert page.status_code == 200
    assert "it is kept and not used" in page.text
    assert "Risk over time" not in page.text
    assert client.get(f"{path}/activity").status_code == 404
    assert set(client.get(f"{path}/export").json()) == {"account"}


def test_nobodys_handle_leads_nowhere(client: TestClient) -> None:
    for handle in ("0" * 16, "nonsense", "u-20417", "%00"):
        assert client.get(f"/accounts/{handle}").status_code == 404


def test_it_speaks_french(known: Console) -> None:
    client = known.signed_in("fr")
    assert "Risque au fil du temps" in client.get(PATH).text
    assert "Heures de la semaine" in client.get(f"{PATH}/activity").text
    assert "Combien l'utilisent" in client.get(f"{PATH}/people").text.replace("&#39;", "'")


def test_a_measure_or_a_proof_can_be_asked_for_of_whoever_no_directory_lists(
    client: TestClient,
) -> None:
    for path in ("/measures/new", "/challenges/new"):
        page = client.get(f"{path}?account={WHOSE.handle()}")
        assert page.status_code == 200
        assert "u-20417" in page.text
    factors = client.get(f"/directory/accounts/{WHOSE.handle()}/factors")
    assert factors.status_code == 200
