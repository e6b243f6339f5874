"""Every page and every answer of the API, crawled by somebody who may see all, where all names are
hostile: none becomes markup, leads away, hides, or breaks an answer."""

import csv
import io
import json
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from detectors.core.event import DAY
from detectors.core.finding import Severity
from detectors.core.identity import as_uuid
from monitor.services.admission import Admission
from monitor.store.incident_filter import Filter
from monitor.store.reading import Reading
from monitor.web.app import create_app
from tests.hostile.conftest import START, Attacked
from tests.hostile.names import FORMULA, NAMES, json_value, page
from tests.monitor.web.addresses import routes_of
from tests.monitor.web.conftest import TERMS

MOST = 400
LEFT = ("/metrics", "/readyz")
"""Of the engine, which does not run here; their own tests have them."""


@pytest.fixture(scope="module", params=["en", "fr"])
def client(attacked: Attacked, request: pytest.FixtureRequest) -> TestClient:
    now = lambda: START + 4 * DAY  # noqa: E731
    app = create_app(attacked.url, now=now, engine=attacked.engine, terms=TERMS)
    made = TestClient(
        app,
        base_url="http://127.0.0.1:8320",
        headers={"accept-language": request.param, "sec-fetch-site": "same-origin"},
        follow_redirects=False,
    )
    key = Admission(attacked.engine, now).issue_link()
    assert made.post("/enter", data={"key": key}).status_code == 303
    return made


def crawled(client: TestClient) -> Iterator[tuple[str, str, str]]:
    """(address, type, text) of all that can be reached from addresses without parameters."""
    routes = [path for method, path in routes_of(client.app) if method == "GET"]
    waiting = [path for path in routes if "{" not in path and path not in LEFT]
    waiting += [f"/incidents?{urlencode({'q': hostile[:100]})}" for hostile in NAMES.values()]
    seen: set[str] = set()
    while waiting and len(seen) < MOST:
        address = waiting.pop(0)
        shape = re.sub(r"[0-9a-f-]{8,}|\d+", "0", address.partition("?")[0])
        if address in seen or sum(shape == re.sub(r"[0-9a-f-]{8,}|\d+", "0", o) for o in seen) > 40:
            continue
        seen.add(address)
        answer = client.get(address)
        kind = answer.headers.get("content-type", "")
        assert answer.status_code < 500, (address, answer.status_code)
        yield address, kind, answer.text
        if kind.startswith("text/html"):
            waiting += sorted(page(answer.text)[1] - seen)
            waiting += re.findall(r'"(/api/v1/[^"?]+)"', answer.text)


@pytest.fixture(scope="module")
def found(client: TestClient) -> list[tuple[str, str, str]]:
    return list(crawled(client))


def test_nothing_gets_through(found: list[tuple[str, str, str]]) -> None:
    kinds: dict[str, int] = {}
    for address, kind, text in found:
        if address.startswith("/static/"):
            continue
        kinds[kind.partition(";")[0]] = kinds.get(kind.partition(";")[0], 0) + 1
        if kind.startswith("text/html"):
            assert page(text)[0] == [], address
        elif "json" in kind:
            # Only a newline ends a line of NDJSON; what else ends lines may stand in a name.
            for line in text.rstrip("\n").split("\n") if "ndjson" in kind and text else [text]:
                assert json_value(line) == [], address
        elif "csv" in kind:
            rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
            assert [cell for row in rows for cell in row if cell.startswith(FORMULA)] == [], address
    assert kinds["text/html"] > 20, kinds
    assert kinds["application/json"] > 5, kinds


def test_what_was_planted_is_shown(found: list[tuple[str, str, str]]) -> None:
    """Else there would be nothing to get through."""
    text = "".join(text for _, kind, text in found if kind.startswith("text/html"))
    for planted in ("&lt;img src=x onerror=alert(1)&gt;", "\\u202egpj.exe", "{{7*7}}", "\\x1b[2J"):
        assert planted in text, planted
    assert "HYPERLINK" in text


def test_programs_get_names_as_they_are(found: list[tuple[str, str, str]]) -> None:
    """Escaped for JSON and changed in nothing: what compares names must find the same ones."""
    texts = [text for _, kind, text in found if kind == "application/json"]
    told = json.dumps([json.loads(text) for text in texts], ensure_ascii=False)
    assert "\u202egpj.exe" in told


def test_nothing_gets_through_what_is_loaded_after_its_page(
    client: TestClient, attacked: Attacked
) -> None:
    """Parts of incidents and accounts, that no link leads to, and exports of them."""
    found = Reading(attacked.engine).incidents(Filter(severity=Severity.INFORMATIONAL), None, 8)
    walked = 0
    for stored in found:
        uid = as_uuid(stored.incident.id)
        paths = [f"/incidents/{uid}{part}" for part in ("", "/findings", "/related", "/sign-ins")]
        paths += [f"/api/v1/incidents/{uid}{part}" for part in ("", "/sign-ins")]
        handle = stored.incident.subject.handle()
        parts = ("", "/activity", "/people", "/rights", "/export")
        paths += [f"/accounts/{handle}{part}" for part in parts]
        parts = ("", "/activity", "/people", "/notes")
        paths += [f"/api/v1/accounts/{handle}{part}" for part in parts]
        for path in paths:
            answer = client.get(path)
            assert answer.status_code in (200, 404), path
            kind = answer.headers["content-type"]
            if answer.status_code == 200 and kind.startswith(("text/html", "application/json")):
                look = json_value if "json" in kind else lambda text: page(text)[0]
                assert look(answer.text) == [], path
                walked += 1
    assert walked > 60
