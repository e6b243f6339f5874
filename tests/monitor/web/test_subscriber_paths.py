"""A path is subscribers' only as a whole word of it."""

import pytest

from monitor.web.subscriber_paths import is_subscribers


@pytest.mark.parametrize("path", ["/me", "/me/sign-ins", "/challenge/ab", "/enrol"])
def test_theirs(path: str) -> None:
    assert is_subscribers(path)


@pytest.mark.parametrize(
    "path", ["/", "/measures", "/message", "/api/v1/challenges", "/me-too", ""]
)
def test_not_theirs(path: str) -> None:
    assert not is_subscribers(path)
