"""Whose word counts for who a client is: a trusted proxy's, from the right, and nobody else's."""

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from monitor.web.client import TrustedProxies, client_of

PROXY = "10.0.0.2"
INNER = "10.0.0.1"


def heard(
    headers: list[tuple[str, str]],
    *,
    peer: str | None = PROXY,
    trusted: tuple[str, ...] = ("10.0.0.0/8", "2001:db8:ff::/48"),
    manner: Any = "x-forwarded",
) -> tuple[str, str, str]:
    """Client, scheme and host of a request as the pages see it."""
    given = [("host", "inner.example"), *headers]
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "scheme": "http",
        "client": None if peer is None else (peer, 4711),
        "headers": [(n.encode(), v.encode("latin-1")) for n, v in given],
    }
    TrustedProxies(trusted, manner).apply(scope)
    request = Request(scope)
    return client_of(request), scope["scheme"], request.headers["host"]


PLAIN = [
    ("x-forwarded-for", "203.0.113.7"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "vigie.example"),
]


def test_what_a_trusted_proxy_says_holds() -> None:
    assert heard(PLAIN) == ("203.0.113.7", "https", "vigie.example")


@pytest.mark.parametrize("peer", ["203.0.113.9", "11.0.0.1", "::1", None, "unix:"])
def test_nobody_else_is_believed(peer: str | None) -> None:
    assert heard(PLAIN, peer=peer) == (peer or "", "http", "inner.example")


def test_without_trusted_proxies_nothing_is_believed() -> None:
    assert heard(PLAIN, trusted=()) == (PROXY, "http", "inner.example")


def test_what_the_client_wrote_itself_stands_left_of_what_counts() -> None:
    assert heard([("x-forwarded-for", "127.0.0.1, 198.51.100.1, 203.0.113.7")])[0] == "203.0.113.7"
    assert heard([("x-forwarded-for", f"127.0.0.1, 203.0.113.7, {INNER}")])[0] == "203.0.113.7"
    several = [("x-forwarded-for", "127.0.0.1"), ("x-forwarded-for", "203.0.113.7")]
    assert heard(several)[0] == "203.0.113.7"


def test_behind_two_proxies_it_is_what_the_outer_one_heard() -> None:
    headers = [
        ("x-forwarded-for", f"203.0.113.7, {INNER}"),
        ("x-forwarded-proto", "https, http"),
        ("x-forwarded-host", "vigie.example, inner.example"),
    ]
    assert heard(headers) == ("203.0.113.7", "https", "vigie.example")


@pytest.mark.parametrize("nobody", ["unknown", "_hidden", "", "a.example", "fe80::1%eth0", "1.2.3"])
def test_what_is_no_address_ends_the_walk_at_the_last_proxy(nobody: str) -> None:
    assert heard([("x-forwarded-for", f"198.51.100.1, {nobody}, {INNER}")])[0] == INNER
    assert heard([("x-forwarded-for", nobody)])[0] == PROXY


def test_only_the_headers_that_the_proxy_writes_are_read() -> None:
    """A proxy that writes the one and passes on the other would let everybody be anybody."""
    forged = [("forwarded", "for=198.51.100.1;host=evil.example")]
    assert heard(PLAIN + forged) == ("203.0.113.7", "https", "vigie.example")
    told = [("forwarded", "for=203.0.113.7;proto=https")]
    forged = [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-host", "evil.example")]
    assert heard(told + forged, manner="forwarded") == ("203.0.113.7", "https", "inner.example")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for=203.0.113.7", ("203.0.113.7", "http", "inner.example")),
        ('For="203.0.113.7:4711"; Proto=HTTPS', ("203.0.113.7", "https", "inner.example")),
        (
            'for="[2001:db8::17]:80";host="a.example:8443"',
            ("2001:db8::17", "http", "a.example:8443"),
        ),
        ("for=127.0.0.1, for=203.0.113.7;by=10.0.0.2", ("203.0.113.7", "http", "inner.example")),
        (f"for=203.0.113.7;proto=https, for={INNER}", ("203.0.113.7", "https", "inner.example")),
        ('for="a, for=1.1.1.1", for=203.0.113.7', ("203.0.113.7", "http", "inner.example")),
        ("for=203.0.113.7;for=198.51.100.1", (PROXY, "http", "inner.example")),
        ("for=203.0.113.7 proto=https", (PROXY, "http", "inner.example")),
        ('for="203.0.113.7', (PROXY, "http", "inner.example")),
        ("proto=https", (PROXY, "https", "inner.example")),
        ('for=203.0.113.7;host="a/b"', ("203.0.113.7", "http", "inner.example")),
        ("", (PROXY, "http", "inner.example")),
    ],
)
def test_rfc_7239(text: str, expected: tuple[str, str, str]) -> None:
    assert heard([("forwarded", text)], manner="forwarded") == expected


def test_a_header_without_end_is_not_read() -> None:
    long = ", ".join(["10.9.9.9"] * 1_000)
    assert heard([("x-forwarded-for", f"203.0.113.7, {long}")])[0] == PROXY
    hops = ", ".join(["10.9.9.9"] * 100)
    assert heard([("x-forwarded-for", f"203.0.113.7, {hops}")])[0] == "10.9.9.9"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"]
            ),
            st.text(st.characters(max_codepoint=255), max_size=60)
            | st.from_regex(r'(for=("?[0-9.:\[\]]*"?);?){1,4}', fullmatch=True),
        ),
        max_size=4,
    ),
    st.sampled_from(["x-forwarded", "forwarded"]),
)
def test_whatever_is_written_the_client_is_an_address(
    headers: list[tuple[str, str]], manner: str
) -> None:
    client, scheme, host = heard(headers, manner=manner)
    ipaddress.ip_address(client)
    assert scheme in ("http", "https")
    assert host.isprintable()
    assert " " not in host


def test_whom_a_proxy_heard_is_known_only_where_one_that_is_trusted_says_it() -> None:
    proxies = TrustedProxies(("10.0.0.0/8",))

    def said(peer: str | None, *forwarded: str) -> str:
        headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
        client = None if peer is None else (peer, 1)
        scope: dict[str, Any] = {"type": "http", "client": client, "headers": headers}
        heard = proxies.heard(scope)
        assert scope["client"] == client
        return heard

    assert said(PROXY, "198.51.100.1, 203.0.113.7") == "203.0.113.7"
    assert said(PROXY, "10.9.9.9") == "10.9.9.9"
    for peer, forwarded in ((PROXY, ()), (PROXY, ("unknown",)), (None, ("203.0.113.7",))):
        assert said(peer, *forwarded) == ""
    assert said("203.0.113.9", "203.0.113.7") == ""
    assert TrustedProxies().heard({"client": (PROXY, 1), "headers": []}) == ""
