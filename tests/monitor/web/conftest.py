"""A filled database and a browser's client for it, signed in or not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from alerts.incident import Incident
from detectors.core.event import HOUR
from detectors.core.identity import as_uuid
from monitor.services.admission import Admission
from monitor.services.entrance import Terms
from monitor.services.sessions import Limits
from monitor.web.app import create_app
from tests.monitor.web.staging import NOON, Stage, fill

NOW = NOON + 200 * HOUR
TERMS = Terms(Limits(operator=12 * HOUR, needs_administrator=False), pause=0.0)
"""As of `vigie demo`: a link opens the console; and nobody waits for a refusal."""


class Clock:
    """A clock that tests set, in ms."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


class Console:
    """A console over a stage, and clients of it."""

    def __init__(self, stage: Stage, incidents: dict[str, Incident], terms: Terms = TERMS) -> None:
        self.stage = stage
        self.incidents = incidents
        self.clock = Clock()
        self.admission = Admission(stage.engine, self.clock)
        self.app = create_app(stage.url, now=self.clock, engine=stage.engine, terms=terms)

    def client(self, language: str = "en") -> TestClient:
        """A browser that is not signed in."""
        return TestClient(
            self.app,
            base_url="http://127.0.0.1:8320",
            headers={"accept-language": language, "sec-fetch-site": "same-origin"},
            raise_server_exceptions=False,
            follow_redirects=False,
        )

    def signed_in(self, language: str = "en") -> TestClient:
        """A browser that came in by a link."""
        client = self.client(language)
        answer = client.post("/enter", data={"key": self.admission.issue_link()})
        assert answer.status_code == 303
        return client


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A filled console, for tests that leave the incidents as they are."""
    stage = Stage(Path(tmp_path_factory.mktemp("console")) / "vigie.db")
    yield Console(stage, fill(stage))
    stage.engine.dispose()


@pytest.fixture
def empty(database: Engine) -> Console:
    """A console over empty tables, of either database."""
    return Console(Stage(engine=database), {})


def page_of(console: Console, name: str) -> str:
    """The page of one of the staged incidents."""
    return f"/incidents/{as_uuid(console.incidents[name].id)}"
