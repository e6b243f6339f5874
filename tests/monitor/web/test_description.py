"""The API describes itself, and what it answers is what it described, whatever it is asked."""

import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection
from starlette.testclient import TestClient

from monitor.formats.detection import named
from monitor.formats.format import Origin
from monitor.formats.occurrence import Occurrences
from monitor.formats.year import LatestBefore
from monitor.services.actor import operator
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from monitor.store.inbox import Inbox, Terms
from monitor.web.app import OPENAPI, create_app
from monitor.web.body import JSON, NDJSON, TYPES
from monitor.web.problem import MEDIA_TYPE, Kind
from monitor.web.push import PATH
from tests.monitor.web.conftest import TERMS, Clock, Console
from tests.monitor.web.staging import Stage, fill

BASE = "http://127.0.0.1:8320"
EXAMPLES = 25


@schemathesis.serializer(NDJSON[0])
def ndjson(_: Any, value: Any) -> bytes:
    """A generated text as it is; anything else as JSON."""
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def described(app: Any) -> dict[str, Any]:
    while not hasattr(app, "openapi"):
        app = app._app
    document: dict[str, Any] = app.openapi()
    return document


class Asked:
    """An application, what it says of itself, and what opens each of its addresses."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage(folder / "vigie.db")
        self.incidents = fill(self.stage)
        clock = Clock()
        Inbox(self.stage.engine).announce(Terms(("crm",)))
        key = ApiKeys(self.stage.engine, clock).create(
            operator(), "k", [Operation.EVENTS_WRITE], source="crm"
        )
        console = Console(self.stage, self.incidents)
        browser = console.signed_in()
        self.app = create_app(self.stage.url, now=clock, engine=self.stage.engine, terms=TERMS)
        self.document: dict[str, Any] = browser.get(OPENAPI).json()
        self.bearer = {"Authorization": f"Bearer {key}"}
        schema = schemathesis.openapi.from_dict(self.document)
        schema.app = self.app
        schema.config.update(base_url=BASE)
        self.operations = {one.ok().label: one.ok() for one in schema.get_all_operations()}
        self.session = {"Cookie": "; ".join(f"{n}={v}" for n, v in browser.cookies.items())}

    def opened_by(self, path: str) -> dict[str, str]:
        return self.bearer if path == PATH else self.session


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    made = Asked(tmp_path_factory.mktemp("asked"))
    yield made
    made.stage.engine.dispose()


INCIDENT = "GET /api/v1/incidents/{uid}"
SIGN_INS = "GET /api/v1/incidents/{uid}/sign-ins"
STATUS = "GET /api/v1/status"
SOURCES = "GET /api/v1/sources"
REJECTS = "GET /api/v1/sources/{number}/rejects"
GOOD, BAD = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
TOLD: dict[str, Any] = described(create_app("sqlite://"))["paths"]
ASKED = [
    (f"{method.upper()} {path}", mode)
    for path, operations in TOLD.items()
    for method, operation in operations.items()
    for mode in (GOOD, BAD)
    # Without a parameter or a body nothing can be asked wrongly but who asks, which is tried in
    # each case.
    if mode is GOOD or "parameters" in operation or "requestBody" in operation
]


def answered(asked: Asked, case: Case) -> int:
    """The status of an answer that is as it was described."""
    answer = case.call(headers=asked.opened_by(case.operation.path))
    # A generated address may be too long, which is no fault of the data.
    if answer.status_code != Kind.ADDRESS_TOO_LONG.status:
        # What should have been a text and is none is one all the same once it was sent as one.
        # What is searched for is described by letters that everybody has, and may have others.
        is_text = case.media_type not in (None, JSON) or "q" in (case.query or {})
        # What an element of pushed lines may be, is its format's to judge: it is kept aside.
        is_lines = case.operation.path == PATH and isinstance(case.body, list)
        excluded = [negative_data_rejection] if is_text or is_lines else []
        case.validate_response(answer, excluded_checks=excluded)
    return int(answer.status_code)


@pytest.mark.parametrize(("label", "mode"), ASKED)
def test_it_answers_as_it_says(asked: Asked, label: str, mode: GenerationMode) -> None:
    operation = asked.operations[label]
    statuses: set[int] = set()

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Case) -> None:
        # It would have to be encoded as it says, and is read leniently: tried elsewhere.
        case.headers.pop("Content-Encoding", None)
        if mode is GOOD:
            # Opaque: nobody but the page before can tell one.
            case.query.pop("cursor", None)
        statuses.add(answered(asked, case))

    ask()
    if mode is BAD:
        assert max(statuses) >= 400
    elif operation.path == PATH:
        assert 202 in statuses, "the description is good enough to send something by it"


@pytest.mark.parametrize("label", [INCIDENT, SIGN_INS])
def test_an_incident_that_is_there_is_told_as_described(asked: Asked, label: str) -> None:
    operation = asked.operations[label]
    for incident in asked.incidents.values():
        uid = str(UUID(bytes=incident.id))
        assert answered(asked, operation.Case(path_parameters={"uid": uid})) == 200


def test_a_source_that_is_there_is_told_as_described(asked: Asked) -> None:
    operation = asked.operations[REJECTS]
    assert answered(asked, operation.Case(path_parameters={"number": "1"})) == 200


def test_the_example_that_it_gives_is_taken(asked: Asked) -> None:
    operation = asked.document["paths"][PATH]["post"]
    example = operation["requestBody"]["content"][NDJSON[0]]["examples"]["ocsf"]["value"]
    client = TestClient(asked.app, base_url=BASE)
    headers = {**asked.bearer, "content-type": NDJSON[0]}
    assert client.post(PATH, content=example, headers=headers).json()["accepted"] == 1
    occurrence = Occurrences().occurrence
    origin = Origin("crm", "t", LatestBefore(1_790_000_000_000), occurrence)
    (event,) = named("ocsf", UTC).parse(example.strip().encode(), origin)
    assert event.tenant == "acme"
    assert event.account == "u-17"


def test_it_tells_every_type_status_and_problem_of_what_is_pushed(asked: Asked) -> None:
    operation = asked.document["paths"][PATH]["post"]
    assert operation["security"] == [{"apiKey": []}]
    assert set(operation["requestBody"]["content"]) <= set(TYPES)
    told = {int(status) for status in operation["responses"]}
    elsewhere = {
        Kind.METHOD_NOT_ALLOWED,
        Kind.HOST_UNKNOWN,
        Kind.FAILED,
        Kind.CONFLICT,
        Kind.VERSION_OTHER,
        Kind.VERSION_REQUIRED,
        Kind.BODY_UNFIT,
    }
    assert told == {202} | {kind.status for kind in Kind if kind not in elsewhere}
    problem = json.dumps(asked.document["components"]["schemas"]["Problem"])
    assert all(f"`{kind.type}`" in problem for kind in Kind)
    for status in ("429", "503"):
        assert "Retry-After" in operation["responses"][status]["headers"]


def test_nothing_is_described_that_never_comes(asked: Asked) -> None:
    for path in asked.document["paths"].values():
        for operation in path.values():
            unfit = operation["responses"].get("422")
            assert unfit is None or set(unfit["content"]) == {MEDIA_TYPE}
            assert operation["security"]
    assert set(asked.document["components"]["schemas"]) == {"Problem", "Receipt"}
