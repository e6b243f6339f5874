"""Lists by the API: nothing is changed before it is confirmed."""

import pytest
from starlette.testclient import TestClient

from monitor.directory.importing import Missing
from monitor.web.filters import BadQueryError
from monitor.web.lists import wish_of
from tests.monitor.web.conftest import Console

BASE = "/api/v1/directory"
CSV = {"content-type": "text/csv"}
LIST = "identifiant;langue\nu-1;fr\nu-2;?\n".encode("utf-16")


@pytest.fixture
def browser(empty: Console) -> TestClient:
    return empty.signed_in()


def uids(browser: TestClient) -> list[str]:
    return [one["uid"] for one in browser.get(f"{BASE}/accounts").json()["items"]]


def test_a_list_is_shown_taken_over_undone_and_written_out(browser: TestClient) -> None:
    answer = browser.post(f"{BASE}/import?tenant=acme&file=staff.csv", content=LIST, headers=CSV)
    assert answer.status_code == 201
    told = answer.json()
    assert (told["state"], told["encoding"], told["file"]) == ("previewed", "utf-16", "staff.csv")
    assert told["counts"] == {"added": 1, "refused": 1}
    path = f"{BASE}/imports/{told['id']}"
    (refused,) = browser.get(f"{path}/rows?outcome=refused").json()["items"]
    assert (refused["line"], refused["uid"], refused["why"]["fr"][:6]) == (3, "u-2", "locale")
    first = browser.get(f"{path}/rows?limit=1").json()
    rest = browser.get(f"{path}/rows", params={"cursor": first["next"]}).json()
    assert [one["uid"] for one in (*first["items"], *rest["items"])] == ["u-1", "u-2"]
    assert uids(browser) == []
    assert browser.post(f"{path}/apply").json()["state"] == "applied"
    assert uids(browser) == ["u-1"]
    assert browser.post(f"{path}/apply").status_code == 409
    assert browser.delete(path).status_code == 409
    export = browser.get(f"{BASE}/export?tenant=acme")
    assert export.headers["content-disposition"].startswith("attachment")
    assert '"u-1","acme"' in export.text
    assert browser.post(f"{path}/undo").json()["state"] == "undone"
    assert uids(browser) == []
    assert [one["id"] for one in browser.get(f"{BASE}/imports").json()["items"]] == [told["id"]]


def test_a_preview_is_thrown_away(browser: TestClient) -> None:
    told = browser.post(f"{BASE}/import?tenant=acme", content=LIST, headers=CSV).json()
    path = f"{BASE}/imports/{told['id']}"
    assert browser.delete(path).json()["state"] == "discarded"
    assert browser.get(f"{path}/rows").json()["items"] == []


@pytest.mark.parametrize(
    ("query", "body", "kind", "status"),
    [
        ("", b"colour\nred\n", "text/csv", 422),
        ("", b"", "text/csv", 422),
        ("", b"uid\n", "application/json", 415),
        ("missing=delete", b"uid\n", "text/csv", 400),
        ("missing_at_most=many", b"uid\n", "text/csv", 400),
        ("columns=x", b"uid\n", "text/csv", 400),
        ("columns=x%3Duid", b"uid\n", "text/csv", 422),
    ],
)
def test_what_is_no_list_is_a_problem(
    browser: TestClient, query: str, body: bytes, kind: str, status: int
) -> None:
    answer = browser.post(f"{BASE}/import?{query}", content=body, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_imports_that_are_not_there_are_not_found(browser: TestClient) -> None:
    for number in ("7", "x", "9" * 30):
        assert browser.get(f"{BASE}/imports/{number}").status_code == 404
        assert browser.post(f"{BASE}/imports/{number}/apply").status_code == 404


def test_a_query_says_how_a_list_is_taken() -> None:
    wish = wish_of(
        {
            "tenant": " acme ",
            "columns": "N° agent=uid\nStatut=;a=b=email",
            "month_first": "yes",
            "clear": "no",
            "missing": "offboard",
            "missing_at_most": "7",
        }
    )
    assert (wish.missing, wish.missing_at_most) == (Missing.OFFBOARD, 7)
    assert wish.reading.tenant == "acme"
    assert wish.reading.mapping == {"N° agent": "uid", "Statut": "", "a=b": "email"}
    assert (wish.reading.month_first, wish.reading.clears) == (True, False)
    with pytest.raises(BadQueryError):
        wish_of({"clear": "perhaps"})
