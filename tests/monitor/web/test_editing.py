"""A change is made on the version that was seen, from a body that fits and has an end."""

import pytest
from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from monitor.web.editing import MOST, body_of, tagged, version_of
from monitor.web.problem import Problem, answer


class Change(Struct, forbid_unknown_fields=True):
    name: str


async def changed(request: Request) -> Response:
    try:
        version = version_of(request)
        change = await body_of(request, Change)
    except Problem as problem:
        return answer(problem)
    return tagged({"name": change.name}, version + 1)


CLIENT = TestClient(Starlette(routes=[Route("/", changed, methods=["PUT"])]))
JSON = {"content-type": "application/json"}


def test_a_version_goes_out_and_comes_back() -> None:
    told = CLIENT.put("/", json={"name": "x"}, headers={"if-match": '"7"'})
    assert (told.status_code, told.headers["etag"], told.json()) == (200, '"8"', {"name": "x"})


@pytest.mark.parametrize(
    "tag", ["7", '"x"', 'W/"7"', "*", '""', '"7", "8"', '"٣"', '"' + "9" * 19 + '"']
)
def test_what_is_no_tag_of_ours_is_another_version(tag: str) -> None:
    told = CLIENT.put("/", json={"name": "x"}, headers={"if-match": tag.encode()})
    assert told.status_code == 412


def test_without_a_version_nothing_is_changed() -> None:
    assert CLIENT.put("/", json={"name": "x"}).status_code == 428


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"name":1}', JSON, 422),
        (b'{"name":"x","more":1}', JSON, 422),
        (b"{", JSON, 422),
        (b'{"name":"\xff"}', JSON, 422),
        (b"[" * 20_000, JSON, 422),
        (b'{"name":"x"}', {"content-type": "text/plain"}, 415),
        (b'{"name":"' + b"x" * MOST + b'"}', JSON, 413),
    ],
)
def test_what_does_not_fit_is_said(body: bytes, headers: dict[str, str], status: int) -> None:
    told = CLIENT.put("/", content=body, headers={**headers, "if-match": '"1"'})
    assert told.status_code == status
    assert told.headers["content-type"] == "application/problem+json"


def test_an_answer_says_its_version() -> None:
    assert isinstance(tagged({}, 3, 201), JSONResponse)
    assert tagged({}, 3, 201).status_code == 201
