"""Nobody is led anywhere but to an application that is known, however an address is written."""

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.mfa.return_address import LONGEST, safe_return

ORIGINS = ("https://app.example.com", "http://127.0.0.1:8000/")


@pytest.mark.parametrize(
    "address",
    [
        "https://app.example.com",
        "https://app.example.com/",
        "https://app.example.com/queue?id=7#top",
        "https://app.example.com//evil.example/",
        "http://127.0.0.1:8000/x",
    ],
)
def test_pages_of_the_application(address: str) -> None:
    assert safe_return(address, ORIGINS) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/",
        "//evil.example/",
        "https://evil.example/",
        "https://app.example.com.evil.example/",
        "https://app.example.com@evil.example/",
        "https://app.example.com:8443/",
        "https://app.example.com\\@evil.example/",
        "https://app.example.com/\\evil",
        "http://app.example.com/",
        "https://app.example.com?x",
        " https://app.example.com/",
        "https://app.example.com/\n",
        "https://app.example.com/\u202e",
        "HTTPS://APP.EXAMPLE.COM/",
        "javascript:alert(1)//https://app.example.com/",
        "data:text/html,https://app.example.com/",
        "https://app.example.com/" + "x" * LONGEST,
    ],
)
def test_whatever_else(address: str) -> None:
    assert safe_return(address, ORIGINS) == ""


def test_no_application_is_known() -> None:
    assert safe_return("https://app.example.com/", ()) == ""
    assert safe_return("/evil", ("", "/")) == ""


@given(st.text(alphabet="ahtps:/\\@.?#%evil example\tcom", max_size=60))
@example("https://app.example.com/x")
def test_what_is_let_through_is_at_a_known_origin(text: str) -> None:
    for prefix in ("", "https://app.example.com"):
        found = safe_return(prefix + text, ORIGINS)
        if found:
            site = urlsplit(found)
            assert (site.scheme, site.netloc) == ("https", "app.example.com")
