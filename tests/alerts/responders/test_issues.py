"""Whatever a server answers, Jira's interface is read strictly or refused in words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.egress.client import Client
from alerts.ports import RefusedError
from alerts.responders.issues import Issues, quoted
from tests.alerts.responders.contract import around
from tests.alerts.responders.farside import Answer, far_side


def test_a_text_stays_one_in_a_query() -> None:
    assert quoted('a" OR "b') == '"a\\" OR \\"b"'
    assert quoted("a\\") == '"a\\\\"'


def test_a_key_is_a_part_of_a_path() -> None:
    with far_side() as side:
        side.behave = lambda _: Answer(404)
        issues = Issues(Client(around().wall, side.address), "cloud", "u", "t")
        assert issues.issue("../../myself?x=1#y") is None
        assert side.requests[0].path.startswith("/rest/api/2/issue/..%2F..%2Fmyself%3Fx%3D1%23y?")


def test_pages_without_an_end_are_left() -> None:
    page = b'{"issues":[' + b",".join(b'{"key":"A-%d"}' % n for n in range(50)) + b"],"
    with far_side() as side:
        side.behave = lambda _: Answer(200, page + b'"nextPageToken":"again"}')
        issues = Issues(Client(around().wall, side.address), "cloud", "u", "t")
        assert len(list(issues.search("x"))) == 500


@given(st.one_of(st.binary(max_size=60), st.sampled_from([b"[]", b"null", b'{"issues":3}'])))
@settings(max_examples=25, deadline=None)
def test_what_is_no_jira_is_told_so(body: bytes) -> None:
    with far_side() as side:
        side.behave = lambda _: Answer(200, body)
        told = searched(Issues(Client(around().wall, side.address), "datacenter", None, "t"))
    assert told == "[]" or "does not answer as Jira" in told


def searched(issues: Issues) -> str:
    try:
        return str(list(issues.search("x")))
    except RefusedError as error:
        return str(error)


def test_why_something_is_not_taken_is_told_on_one_line() -> None:
    with far_side() as side:
        side.behave = lambda _: Answer(
            400, b'{"errorMessages":["no\\nway"],"errors":{"summary":"too long"}}'
        )
        issues = Issues(Client(around().wall, side.address), "cloud", "u", "t")
        with pytest.raises(RefusedError, match="no way; summary: too long"):
            issues.create({})
