"""Every answer, whatever became of it, leaves a browser nothing to misread and nothing to run."""

import re
from http import HTTPStatus
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from monitor.web.app import create_app
from monitor.web.headers import HEADERS, HSTS, NOTHING, nonce_of, policy
from monitor.web.rendering import TEMPLATES
from tests.monitor.web.addresses import inner, paths_of
from tests.monitor.web.conftest import Console

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW")


def complaints(answer: Any, path: str, *, secure: bool = False) -> list[str]:
    """What is the matter with the headers of an answer."""
    told = [f"{name}" for name, value in HEADERS.items() if answer.headers.get(name) != value]
    policies = answer.headers.get_list("content-security-policy")
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    if len(policies) != 1 or ("script-src 'nonce-" in policies[0]) > is_page:
        told.append(f"policy {policies}")
    if any(f"{word} 'none'" not in policies[0] for word in ("frame-ancestors", "base-uri")):
        told.append("frames or base")
    kept = "private, no-cache" if path.startswith("/static/") else "no-store"
    if answer.headers.get_list("cache-control") != [kept]:
        told.append(f"cache {answer.headers.get_list('cache-control')}")
    if answer.content and "content-type" not in answer.headers:
        told.append("type")
    if secure is not ("strict-transport-security" in answer.headers):
        told.append("HSTS")
    told += [
        name
        for name in ("server", "x-powered-by", "access-control-allow-origin")
        if name in answer.headers
    ]
    return told


@pytest.fixture
def console(console: Console) -> Console:
    """The same with an application of its own, that nobody has asked too often yet: whoever asks
    for every route by every method has used up what one may."""
    return Console(console.stage, console.incidents)


@pytest.mark.parametrize("who", ["nobody", "somebody", "a stranger's page"])
def test_every_route_by_every_method_carries_them(console: Console, who: str) -> None:
    client = console.client() if who == "nobody" else console.signed_in()
    if who == "a stranger's page":
        client.headers |= {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    # First, while nobody has asked too often yet.
    for path in ("/", "/sources", "/static/vigie.css"):
        head, got = client.head(path), client.get(path)
        assert head.status_code == got.status_code
        assert head.headers["content-length"] == got.headers["content-length"]
    seen: dict[int, int] = {}
    failed: list[tuple[str, str]] = []
    for path in paths_of(console.app):
        for method in METHODS:
            answer = client.request(method, path)
            seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
            failed += [(method, path)] if answer.status_code == 500 else []
            assert complaints(answer, path) == [], (method, path, answer.status_code)
            assert method != "HEAD" or not answer.content
            if answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                assert answer.headers["allow"], (method, path)
    kinds = {status // 100 for status in seen}
    assert kinds >= {2, 4}, seen
    assert 500 not in seen, failed


def test_methods_that_nobody_needs_are_refused_everywhere(console: Console) -> None:
    client = console.signed_in()
    for path in paths_of(console.app):
        for method in ("OPTIONS", "TRACE", "CONNECT", "BREW"):
            answer = client.request(method, path, headers={"x-secret": "canary"})
            assert answer.status_code >= 400, (method, path)
            assert "canary" not in answer.text


def test_nothing_can_be_read_from_another_origin(console: Console) -> None:
    """No preflight is answered, and what is fetched without one cannot be read or embedded."""
    client = console.signed_in()
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    for path in paths_of(console.app):
        for answer in (client.options(path, headers=asked), client.get(path, headers=asked)):
            assert not [name for name in answer.headers if name.startswith("access-control-")]
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("error", [RuntimeError, HTTPException, LookupError, RecursionError])
def test_when_we_fail_too(console: Console, error: type[Exception]) -> None:
    app = inner(console.app)
    told = "a secret of ours: hunter2"

    def fail() -> Response:
        raise HTTPException(503, told) if error is HTTPException else error(told)

    for path in ("/fails", "/api/v1/fails"):
        route = Route(path, lambda _: fail())
        app.router.routes.insert(0, route)
        try:
            answer = console.signed_in().get(path)
        finally:
            app.router.routes.remove(route)
        assert answer.status_code >= 500
        assert complaints(answer, path) == []
        assert error is HTTPException or "hunter2" not in answer.text
        assert "Traceback" not in answer.text
        assert ".py" not in answer.text


def test_where_browsers_come_by_https_they_are_told_to_stay(console: Console) -> None:
    engine = console.stage.engine
    app = create_app(console.stage.url, public_url="https://vigie.example", engine=engine)
    client = TestClient(app, base_url="https://vigie.example", raise_server_exceptions=False)
    for path in ("/", "/enter", "/static/vigie.css", "/nothing", "/api/v1/status"):
        assert complaints(client.get(path), path, secure=True) == []
    assert client.get("/enter", headers={"host": "evil.example"}).status_code == 421
    assert "max-age=31536000" in HSTS


def test_each_page_has_its_own_nonce_and_nothing_without_it(console: Console) -> None:
    client = console.signed_in()
    nonces = set()
    for path in ("/", "/", "/sources", "/enter", "/nothing"):
        answer = client.get(path)
        told = re.findall(r"'nonce-([A-Za-z0-9_-]{22})'", answer.headers["content-security-policy"])
        assert len(set(told)) == 1
        assert told[0] not in nonces
        nonces.add(told[0])
        run = re.findall(
            r"<(?:script(?![^>]*application/json)|link[^>]*stylesheet)[^>]*>", answer.text
        )
        assert len(run) >= 4
        assert all(f'nonce="{told[0]}"' in tag for tag in run)
    api = client.get("/api/v1/status")
    assert api.headers["content-security-policy"] == NOTHING


def test_a_request_has_one_nonce(console: Console) -> None:
    request = Request({"type": "http", "headers": []})
    assert nonce_of(request) == nonce_of(request)
    assert nonce_of(request) in policy(nonce_of(request))


def test_the_policy_names_no_address_that_could_be_run() -> None:
    told = dict(part.partition(" ")[::2] for part in policy("n").split("; "))
    assert told["default-src"] == told["object-src"] == told["base-uri"] == "'none'"
    assert told["script-src"] == told["style-src"] == "'nonce-n'"
    assert "unsafe" not in policy("n")
    assert "*" not in policy("n")


def test_no_template_has_a_script_or_a_style_of_its_own() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for tag in re.findall(r"<script\b[^>]*>", text):
            assert 'nonce="{{ nonce }}" src="/static/' in tag or "application/json" in tag, path
        for tag in re.findall(r"<link\b[^>]*stylesheet[^>]*>", text):
            assert 'nonce="{{ nonce }}"' in tag, path
        assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=|javascript:|hx-on|\beval\b", text), (
            path
        )
