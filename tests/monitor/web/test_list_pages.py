"""Lists on pages: sent by a form, shown line by line, confirmed and undone."""

import re

import pytest
from starlette.testclient import TestClient

from tests.monitor.web.conftest import Console

TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')
LIST = "Identifiant;Nom complet;Langue;Couleur\nu-1;<b>Zoé;fr;red\nu-2;Bob;?;\n".encode("cp1252")


@pytest.fixture
def browser(empty: Console) -> TestClient:
    return empty.signed_in()


def token_of(browser: TestClient, path: str) -> str:
    found = TOKEN.search(browser.get(path).text)
    assert found
    return found[1]


def upload(browser: TestClient, content: bytes = LIST, **form: str) -> tuple[int, str, str]:
    data = {"token": token_of(browser, "/directory/import"), "tenant": "acme", **form}
    answer = browser.post("/directory/import", data=data, files={"list": ("a.csv", content)})
    if answer.status_code != 303:
        return answer.status_code, "", answer.text
    path = answer.headers["location"]
    return 303, path, browser.get(path).text


def decide(browser: TestClient, path: str, do: str) -> tuple[int, str]:
    answer = browser.post(path, data={"token": token_of(browser, path), "do": do})
    return answer.status_code, browser.get(path).text


def test_it_is_shown_confirmed_and_undone(browser: TestClient) -> None:
    code, path, page = upload(browser)
    assert code == 303
    for part in ("a.csv", "1 added", "1 refused", "line 3", "Windows-1252", "Couleur"):
        assert part in page, part
    assert "<b>" not in page
    assert "no such account" in browser.get("/directory").text
    code, page = decide(browser, path, "apply")
    assert (code, "taken over" in page) == (303, True)
    assert "Zoé" in browser.get("/directory").text
    code, page = decide(browser, path, "undo")
    assert (code, "undone" in page) == (303, True)
    assert "no such account" in browser.get("/directory").text
    assert "a.csv" in browser.get("/directory/import").text


def test_changes_are_shown_field_by_field(browser: TestClient) -> None:
    _, path, _ = upload(browser)
    decide(browser, path, "apply")
    _, path, page = upload(browser, b"uid,locale\nu-1,de\n")
    assert re.search(r"<del[^>]*><bdi>fr</bdi></del> → <ins><bdi>de</bdi></ins>", page)
    assert "u-1" in browser.get(f"{path}?outcome=changed").text
    assert "u-1</bdi>" not in browser.get(f"{path}?outcome=added").text


def test_long_lists_come_in_pages(browser: TestClient) -> None:
    content = b"uid\n" + b"".join(b"u-%03d\n" % number for number in range(70))
    _, path, page = upload(browser, content)
    assert "u-069" not in page
    following = re.search(rf'href="({path}\?cursor=[^"]*)"', page)
    assert following
    assert "u-069" in browser.get(following[1]).text


def test_one_that_may_not_be_taken_over_offers_it_not(browser: TestClient) -> None:
    _, path, page = upload(browser, b"uid\n")
    assert "the list has no lines" in page
    assert 'value="apply"' not in page
    answer = browser.post(path, data={"token": token_of(browser, path), "do": "apply"})
    assert (answer.status_code, "the list has no lines" in answer.text) == (409, True)
    assert decide(browser, path, "discard")[0] == 303


def test_what_is_no_list_is_said_in_the_readers_language(empty: Console) -> None:
    code, _, page = upload(empty.signed_in("fr"), b"PK\x03\x04")
    assert (code, "enregistrez d&#39;abord la feuille en CSV" in page) == (422, True)
    code, _, page = upload(empty.signed_in(), b"colour\nred\n")
    assert (code, "no column names the account" in page) == (422, True)


def test_a_form_from_elsewhere_is_refused(browser: TestClient) -> None:
    answer = browser.post("/directory/import", files={"list": ("a.csv", LIST)})
    assert answer.status_code == 403
    assert browser.post("/directory/import", data={"tenant": "a"}).status_code == 415


def test_an_export_is_a_file_for_the_readers_spreadsheet(empty: Console) -> None:
    browser = empty.signed_in("fr")
    _, path, _ = upload(browser, b"uid,nom complet\n=u-1,+33\n")
    decide(browser, path, "apply")
    answer = browser.get("/directory/export?tenant=acme")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert '"\'=u-1";"acme";"\'+33"' in answer.text
