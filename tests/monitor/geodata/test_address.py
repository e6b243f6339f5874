"""Only what nobody on the way can change is fetched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.geodata.address import is_safe, is_same_site


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://download.db-ip.com/free/", True),
        ("https://mirror.example:8443/x", True),
        ("http://127.0.0.1:8000/", True),
        ("http://[::1]:8000/", True),
        ("http://localhost/", True),
        ("http://mirror.example/", False),
        ("http://127.0.0.1.example.com/", False),
        ("http://localhost.example.com/", False),
        ("http://2130706433/", False),
        ("ftp://127.0.0.1/", False),
        ("file:///etc/passwd", False),
        ("https:///nowhere", False),
        ("https://[::1", False),
        ("https://example.com:port/", False),
        ("//example.com/", False),
        ("", False),
    ],
)
def test_safe_is_https_or_this_machine(url: str, safe: bool) -> None:
    assert is_safe(url) is safe


def test_one_site_is_one_scheme_host_and_port() -> None:
    assert is_same_site("https://a.example/x?y", "https://a.example:443/z")
    assert not is_same_site("https://a.example/", "http://a.example/")
    assert not is_same_site("https://a.example/", "https://a.example:8443/")
    assert not is_same_site("https://a.example/", "https://b.example/")


@given(st.text())
def test_any_text_is_an_answer_and_no_error(text: str) -> None:
    assert is_safe(text) in (True, False)
    assert is_safe(f"https://{text}") in (True, False)
