"""Versions of programs, as user agents say them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.program import version_of

_TAIL = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "version"),
    [
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_TAIL} Chrome/131.0.0.0 Safari/537.36",
            131_000,
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0) {_TAIL} Chrome/131.0.0.0 Safari/537.36 Edg/130.0.0.0",
            130_000,
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", 133_000),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.2 Safari/605.1.15",
            18_002,
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
            18_001,
        ),
        ("curl/8.5.0", 8_005),
        ("something else", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_the_version_of_what_is_really_at_work(agent: str | None, version: int) -> None:
    assert version_of(agent) == version


@given(st.text(max_size=300))
def test_whatever_calls_itself_something(agent: str) -> None:
    assert version_of(agent) >= 0


def test_a_very_long_name_is_not_read_to_its_end() -> None:
    assert version_of("x" * 100_000 + " Firefox/133.0") == 0
