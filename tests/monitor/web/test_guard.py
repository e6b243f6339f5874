"""Whose forms and host names count as this console's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from monitor.web.guard import LOOPBACK, host_name, is_of_browser, is_own

HOST = {"host": "127.0.0.1:8320"}
OWN = "http://127.0.0.1:8320"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": OWN}, True),
        ({"origin": "https://127.0.0.1:8320"}, False),
        ({"origin": "http://127.0.0.1:9000"}, False),
        ({"origin": "null"}, False),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, True),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, False),
        ({"origin": OWN, "sec-fetch-site": "same-site"}, False),
    ],
)
def test_a_form_is_own_only_when_the_browser_says_so(
    headers: dict[str, str], expected: bool
) -> None:
    assert is_own(Headers(HOST | headers), "http") is expected


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost", "localhost"),
        ("LOCALHOST:80", "localhost"),
        ("[::1]:8320", "[::1]"),
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1:80:80", ""),
        ("127.0.0.1:x", ""),
        ("127.0.0.1:65536", ""),
        ("127.0.0.1:9999999999", ""),
        ("127.0.0.1:٣", ""),
        ("127.0.0.1:", "127.0.0.1"),
        ("[::1]x", ""),
        ("localhost@evil.example", "localhost@evil.example"),
    ],
)
def test_the_port_is_taken_off_a_host(host: str, name: str) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"sec-fetch-mode": "cors"}, False),  # Node's fetch
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"origin": OWN}, True),
        ({"origin": "null"}, True),
    ],
)
def test_a_program_has_neither_origin_nor_site(headers: dict[str, str], expected: bool) -> None:
    assert is_of_browser(Headers(HOST | headers)) is expected


@given(st.text(max_size=40))
def test_no_other_text_passes_for_the_loopback(text: str) -> None:
    if host_name(text) in LOOPBACK:
        assert text.lower().startswith(("127.0.0.1", "localhost", "[::1]"))
