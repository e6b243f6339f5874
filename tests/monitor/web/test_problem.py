"""What is the matter has a stable name, a status, and a sentence."""

import json
import re

import pytest
from starlette.exceptions import HTTPException

from monitor.web.problem import MEDIA_TYPE, Kind, Problem, answer, refused


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_is_told_as_a_problem_document(kind: Kind) -> None:
    told = answer(Problem(kind, "Because.", {"Retry-After": "1"}, line=7))
    assert told.status_code == kind.status
    assert told.media_type == MEDIA_TYPE
    assert told.headers["retry-after"] == "1"
    document = json.loads(bytes(told.body))
    assert document == {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": "Because.",
        "line": 7,
    }
    assert re.fullmatch(r"urn:vigie:problem:[a-z]+(-[a-z]+)*", kind.type)


def test_no_two_kinds_are_the_same() -> None:
    """An enumeration takes two members of one value for one."""
    assert len(list(Kind)) == len(Kind.__members__)
    assert len({kind.type for kind in Kind}) == len(list(Kind))


def test_a_refusal_of_the_server_is_a_problem_too() -> None:
    made = refused(HTTPException(405, headers={"Allow": "POST"}))
    assert (made.kind, made.headers) == (Kind.METHOD_NOT_ALLOWED, {"Allow": "POST"})
    assert refused(HTTPException(418)).kind is Kind.FAILED
    own = Problem(Kind.BUSY, "Wait.")
    assert refused(own) is own
