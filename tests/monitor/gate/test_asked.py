"""Only a path is taken from what a proxy says; only an application's address is come back to."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.gate.asked import LONGEST_PROGRAM, Asked, Closed, Ways, asked, program

WAYS = Ways(["https://app.example", "https://other.example:8443"])


def wanted(uri: bytes, method: bytes = b"GET", host: bytes = b"") -> Asked:
    return Asked(uri, method, host, True)


@pytest.mark.parametrize(
    ("uri", "back"),
    [
        (b"/calls/7?tab=notes#x", "https://app.example/"),
        (b"/calls/7?tab=notes&q=%C3%A9", "https://app.example/calls/7?tab=notes&q=%C3%A9"),
        (b"/", "https://app.example/"),
        (b"", "https://app.example/"),
        (b"//evil.example/x", "https://app.example/"),
        (b"/\\evil.example", "https://app.example/"),
        (b"/\tevil", "https://app.example/"),
        (b"https://evil.example/", "https://app.example/"),
        (b"/x\r\nLocation: https://evil.example", "https://app.example/"),
        (b"/caf\xc3\xa9", "https://app.example/"),
        (b"/" + b"x" * 5_000, "https://app.example/"),
        (b"@evil.example", "https://app.example/"),
    ],
)
def test_the_way_back_is_a_path_of_the_application(uri: bytes, back: str) -> None:
    assert WAYS.back(wanted(uri)) == back


def test_what_cannot_be_asked_for_again_is_not_come_back_to() -> None:
    assert WAYS.back(wanted(b"/pay", b"POST")) == "https://app.example/"
    assert WAYS.back(wanted(b"/pay", b"HEAD")) == "https://app.example/pay"


def test_a_host_chooses_among_the_applications_and_adds_none() -> None:
    assert WAYS.back(wanted(b"/x", host=b"other.example:8443")) == "https://other.example:8443/x"
    assert WAYS.back(wanted(b"/x", host=b"evil.example")) == "https://app.example/x"


@settings(max_examples=150)
@given(st.binary(max_size=40), st.binary(max_size=20))
def test_whatever_is_said_the_browser_stays_with_the_applications(uri: bytes, host: bytes) -> None:
    back = WAYS.back(wanted(b"/" + uri, host=host))
    assert back.startswith(("https://app.example/", "https://other.example:8443/"))
    assert not back.startswith("https://app.example//")
    assert back.isprintable()
    assert back.isascii()
    assert WAYS.checked(back) == back


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://app.example/x?y=1", "https://app.example/x?y=1"),
        ("https://app.example", "https://app.example/"),
        ("/x", "https://app.example/x"),
        ("//evil.example", None),
        ("https://app.example.evil.example/", None),
        ("https://app.example@evil.example/", None),
        ("https://evil.example/https://app.example/", None),
        ("http://app.example/", None),
        ("javascript:alert(1)", None),
        ("https://app.example\\@evil.example/", None),
        ("https://app.example/\n", None),
        ("", None),
    ],
)
def test_an_address_that_somebody_asks_for_is_an_applications_or_none(
    address: str, found: str | None
) -> None:
    assert WAYS.checked(address) == found
    assert Ways([]).checked("/x") is None


def test_each_kind_of_proxy_has_its_own_headers_and_the_others_are_not_looked_at() -> None:
    told = [
        (b"x-original-uri", b"/a"),
        (b"x-forwarded-uri", b"/b"),
        (b"x-original-method", b"POST"),
        (b"x-forwarded-method", b"get"),
        (b"x-forwarded-host", b"App.example"),
        (b"accept", b"text/html,*/*"),
    ]
    assert asked(told, "nginx") == Asked(b"/a", b"POST", b"", False)
    assert asked(told, "forwarded") == Asked(b"/b", b"GET", b"app.example", True)
    twice = asked([*told, (b"x-original-uri", b"/public"), (b"x-original-uri", b"/c")], "nginx")
    assert twice.uri == b""


def test_a_script_is_sent_to_no_page() -> None:
    told = [(b"accept", b"text/html"), (b"sec-fetch-mode", b"cors")]
    assert not asked(told, "forwarded").is_page
    assert not asked([(b"accept", b"application/json")], "forwarded").is_page


@pytest.mark.parametrize(
    ("uri", "is_closed"),
    [
        (b"/admin", True),
        (b"/admin/", True),
        (b"/admin/users?x=1", True),
        (b"/admin?x", True),
        (b"/ADMIN/users", True),
        (b"//admin", True),
        (b"/%61dmin", True),
        (b"/x/../admin", True),
        (b"/x/%2e%2e/admin", True),
        (b"/x/..%2fadmin", True),
        (b"/%2561dmin", True),
        (b"/admin;v=1", True),
        (b"/x\\..\\admin", True),
        (b"/./admin", True),
        (b"", True),
        (b"admin", True),
        (b"/administration", False),
        (b"/x/admin", False),
        (b"/x?next=/admin", False),
        (b"/", False),
        (b"/v1.2/x", False),
    ],
)
def test_what_could_be_read_as_a_closed_path_is_one(uri: bytes, is_closed: bool) -> None:
    assert Closed(["/admin/", "/api/payments"]).has(uri) is is_closed
    assert not Closed([]).has(uri)
    assert Closed(["/"]).has(uri)


def test_a_program_is_what_it_calls_itself_once_and_shortly() -> None:
    name = (b"user-agent", b"Firefox/140")
    assert program([(b"accept", b"x"), name]) == "Firefox/140"
    assert program([]) == program([name, name]) == ""
    assert program([(b"user-agent", b"x" * (LONGEST_PROGRAM + 1))]) == ""
