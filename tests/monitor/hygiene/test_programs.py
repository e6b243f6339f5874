"""Programs: what a user agent names, and what browsers of today never tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.hygiene.programs import NOTHING, Program, program

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/157.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (f"{WINDOWS} {CHROME}", Program("chrome", 157, "windows", None)),
        (f"{WINDOWS} {CHROME} Edg/157.0.0.0", Program("edge", 157, "windows", None)),
        (f"{WINDOWS} {CHROME} OPR/140.0.0.0", Program("opera", 140, "windows", None)),
        (
            "Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0",
            Program("firefox", 115, "windows", "6.1"),
        ),
        (
            "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
            Program("ie", 11, "windows", "6.1"),
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like "
            "Gecko) Version/26.1 Safari/605.1.15",
            Program("safari", 26, "macos", None),
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_6) AppleWebKit/605.1.15 (KHTML, like "
            "Gecko) Version/13.1.2 Safari/605.1.15",
            Program("safari", 13, "macos", "10.13"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 14_8 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
            "like Gecko) Version/14.1.2 Mobile/15E148 Safari/604.1",
            Program("safari", 14, "ios", "14"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
            "like Gecko) CriOS/157.0.0.0 Mobile/15E148 Safari/604.1",
            Program("chrome", 157, "ios", None),
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/156.0.0.0 Mobile Safari/537.36",
            Program("chrome", 156, "android", None),
        ),
        (
            "Mozilla/5.0 (Android 10; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0",
            Program("firefox", 150, "android", "10"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 8.1.0; SM-J530F) AppleWebKit/537.36 (KHTML, like Gecko) "
            "SamsungBrowser/14.2 Chrome/87.0.4280.141 Mobile Safari/537.36",
            Program("samsung", 14, "android", "8"),
        ),
        (f"Mozilla/5.0 (X11; Linux x86_64) {CHROME}", Program("chrome", 157, None, None)),
        ("python-requests/2.32", NOTHING),
        ("", NOTHING),
        (None, NOTHING),
    ],
)
def test_what_is_named(agent: str | None, expected: Program) -> None:
    assert program(agent) == expected


@given(st.text(max_size=300))
def test_anything_may_stand_there(agent: str) -> None:
    found = program(agent)
    assert found.browser is not None or found.major is None


def test_a_very_long_one_is_read_in_part() -> None:
    assert program("x" * 5_000 + f" {CHROME}") == NOTHING
