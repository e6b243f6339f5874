"""Every page is the same, to the letter, whichever database it is read from."""

import re
from collections.abc import Iterator

import pytest

from detectors.core.identity import as_uuid
from monitor.store.connection import connect
from tests.databases import TEMPLATE, Server
from tests.monitor.web.conftest import Console
from tests.monitor.web.staging import Stage, fill

PAGES = (
    "/",
    "/incidents?severity=low",
    "/incidents?severity=low&order=severity",
    "/incidents?severity=low&q=U-0000",
    "/incidents?severity=low&q=%25",
    "/incidents?category=brute_force&severity=informational",
    "/sources",
    "/sources/1",
    "/api/v1/status",
    "/api/v1/sources",
    "/api/v1/sources/1/rejects",
)


@pytest.fixture(scope="module")
def served(postgresql: Server) -> Iterator[Console]:
    with postgresql.database(TEMPLATE) as name:
        engine = connect(postgresql.url_of(name))
        stage = Stage(engine=engine)
        yield Console(stage, fill(stage))
        engine.dispose()


def read(console: Console, path: str) -> str:
    """A page without what differs from session to session."""
    answer = console.signed_in("fr").get(path)
    assert answer.status_code == 200, (path, answer.text[:300])
    return re.sub(r'(name="token" value|nonce|content|data-token)="[^"]*"', "", answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_the_same(path: str, console: Console, served: Console) -> None:
    assert read(served, path) == read(console, path)


@pytest.mark.parametrize("name", ["shared", "hostile", "attack"])
@pytest.mark.parametrize("part", ["", "/sign-ins"])
def test_an_incident_is_the_same(name: str, part: str, console: Console, served: Console) -> None:
    path = f"/incidents/{as_uuid(console.incidents[name].id)}{part}"
    assert read(served, path) == read(console, path)
    if not part:
        path = f"/api/v1{path}"
        assert read(served, path) == read(console, path)
