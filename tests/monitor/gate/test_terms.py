"""What a way to know sessions needs is asked for by its name; a gate without a way is a mistake."""

from typing import Any

import msgspec
import pytest

from monitor.gate.terms import Terms, fault, origin_of

COMMON: dict[str, Any] = {
    "applications": ("https://app.example.com",),
    "sign_in_url": "https://app.example.com/login?next={return}",
}
SECRET = "s" * 32
WAYS: dict[str, dict[str, Any]] = {
    "cookie": {"cookie_secret": SECRET},
    "token": {"issuer": "https://id.example.com/realms/a", "audience": ("app",)},
    "introspection": {
        "introspection_url": "https://id.example.com/introspect",
        "client_id": "vigie",
        "client_secret": "x",
    },
}


def terms(way: str, **changes: Any) -> Terms:
    return Terms(**{"session": way, **COMMON, **WAYS[way], **changes})


@pytest.mark.parametrize("way", list(WAYS))
def test_each_way_has_what_it_needs_and_says_what_is_missing(way: str) -> None:
    assert fault(terms(way)) is None
    for name in (*COMMON, *WAYS[way]):
        empty: Any = () if name in ("applications", "audience") else None
        wrong = fault(terms(way, **{name: empty}))
        assert wrong is not None
        assert wrong[0] == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("applications", ("https://app.example.com/path",)),
        ("applications", ("app.example.com",)),
        ("applications", ("https://user@app.example.com",)),
        ("sign_in_url", "/login"),
        ("sign_in_url", "javascript:alert(1)"),
        ("sign_in_url", "https://app.example.com\\@evil/"),
        ("sign_in_url", "https://app.example.com/a b"),
        ("closed_paths", ("admin",)),
        ("closed_paths", ("/a%20b",)),
        ("cookie_name", ""),
    ],
)
def test_what_types_cannot_say(name: str, value: Any) -> None:
    wrong = fault(terms("cookie", **{name: value}))
    assert wrong is not None
    assert wrong[0] == name


def test_none_is_no_gate_and_something_without_a_way_is_a_mistake() -> None:
    assert fault(Terms()) is None
    assert not Terms().is_on
    wrong = fault(Terms(closed_paths=("/admin",)))
    assert wrong is not None
    assert wrong[0] == "session"


@pytest.mark.parametrize("short", ["", "s" * 31])
def test_a_secret_that_could_be_guessed_is_refused(short: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"cookie_secret": short}, Terms)


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://App.example.com/", "https://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://app.example.com:x", None),
        ("ftp://app.example.com", None),
        ("https://app.example.com?x", None),
        ("https://é.example", None),
        ("https://a.example\n", None),
    ],
)
def test_an_origin_is_as_browsers_write_it(address: str, origin: str | None) -> None:
    assert origin_of(address) == origin
