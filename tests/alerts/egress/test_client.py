"""A server that is hostile, slow, huge or somebody else gets nothing, and no secret is told."""

import gzip
import logging
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.egress.client import Answer, Client, EgressError, authorities
from alerts.egress.outbound import Outbound
from alerts.egress.wall import Wall

SECRET = "s3cr3t-of-the-bearer"
AUTHORITY = trustme.CA()
CA = AUTHORITY.cert_pem.bytes().decode()


class Site(BaseHTTPRequestHandler):
    """Answers by its address, and remembers what was asked."""

    asked: list[tuple[str, str, dict[str, str], bytes]]
    answers: dict[str, Callable[["Site"], None]]

    def _answer(self) -> None:
        length = int(self.headers.get("content-length", 0))
        got = (self.command, self.path, dict(self.headers), self.rfile.read(length))
        self.asked.append(got)
        self.answers[self.path.partition("?")[0]](self)

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PATCH = do_PUT = do_GET  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Nothing is told."""

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Served:
    def __init__(self, *, tls: str | None) -> None:
        kind = type("Here", (Site,), {"asked": [], "answers": {}})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
        self._server.daemon_threads = True
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            AUTHORITY.issue_cert(tls).configure_cert(context)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.answers: dict[str, Callable[[Site], None]] = kind.answers  # type: ignore[attr-defined]
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = kind.asked  # type: ignore[attr-defined]
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}"
        # Of a test that fails, nobody closes it.
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Served]:
    served = Served(tls=None)
    yield served
    served.close()


@pytest.fixture
def secure() -> Iterator[Served]:
    served = Served(tls="127.0.0.1")
    yield served
    served.close()


def client_of(served: Served, ca: str | None = None, **rules: Any) -> Client:
    rules = {"allow": ("127.0.0.1",), "step_seconds": 10.0, "whole_seconds": 20.0} | rules
    return Client(Wall(Outbound(**rules)), served.url, ca=ca)


def failure(client: Client, method: str = "GET", path: str = "/", **given: Any) -> EgressError:
    with pytest.raises(EgressError) as caught:
        client.ask(method, path, **given)
    return caught.value


def test_a_question_and_its_answer(secure: Served) -> None:
    secure.answers["/scim/Users/1"] = lambda s: s.say(200, b'{"active":false}', ETag='W/"2"')
    client = client_of(secure, CA)
    answer = client.ask(
        "PATCH", "/scim/Users/1", query={"a": "b c"}, body=b"{}", headers={"If-Match": 'W/"1"'}
    )
    assert (answer.status, answer.body) == (200, b'{"active":false}')
    assert answer.headers["etag"] == 'W/"2"'
    method, path, headers, body = secure.asked[0]
    assert (method, path, body) == ("PATCH", "/scim/Users/1?a=b+c", b"{}")
    assert headers["If-Match"] == 'W/"1"'
    client.close()


def test_a_form_is_sent_as_one(site: Served) -> None:
    site.answers["/token"] = lambda s: s.say(200)
    client_of(site).ask("POST", "/token", form={"grant_type": "client_credentials"})
    assert site.asked[0][3] == b"grant_type=client_credentials"


def test_any_status_is_an_answer(site: Served) -> None:
    site.answers["/"] = lambda s: s.say(503, b"later", Retry_After="7")
    answer = client_of(site).ask("GET", "/")
    assert (answer.status, answer.body, answer.retry_after_s()) == (503, b"later", 7.0)


def test_a_certificate_of_nobody_is_refused(secure: Served) -> None:
    error = failure(client_of(secure))
    assert "ca_file" in error.why
    assert not error.was_sent
    assert secure.asked == []


def test_a_certificate_of_somebody_else_is_refused() -> None:
    other = Served(tls="other.example")
    error = failure(client_of(other, CA))
    assert not error.was_sent
    assert other.asked == []
    other.close()


def test_an_address_that_is_not_allowed_is_not_met(site: Served) -> None:
    error = failure(client_of(site, allow=()))
    assert "outbound.allow" in error.why
    assert (error.passes, error.was_sent) == (False, False)
    assert site.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_only_a_get_is_led_on_and_only_within_the_server(site: Served, status: int) -> None:
    other = Served(tls=None)
    other.answers["/"] = lambda s: s.say(200, b"got you")
    site.answers["/away"] = lambda s: s.say(status, Location=f"{other.url}/")
    site.answers["/near"] = lambda s: s.say(status, Location="/there")
    site.answers["/there"] = lambda s: s.say(200, b"there")
    client = client_of(site)
    headers = {"Authorization": f"Bearer {SECRET}"}
    assert client.ask("GET", "/near", headers=headers).body == b"there"
    assert site.asked[1][2]["Authorization"] == f"Bearer {SECRET}"
    for method, path in (("GET", "/away"), ("POST", "/away"), ("POST", "/near")):
        error = failure(client, method, path)
        assert "elsewhere" in error.why
        assert not error.passes
    assert other.asked == []
    other.close()


def test_nobody_is_led_to_what_is_no_address(site: Served) -> None:
    for address in ("http://[", "//[::1", "http://x:99999/"):
        site.answers["/"] = lambda s, to=address: s.say(302, Location=to)
        assert "elsewhere" in failure(client_of(site)).why


def test_nobody_is_led_on_for_ever(site: Served) -> None:
    site.answers["/"] = lambda s: s.say(302, Location="/")
    assert "on and on" in failure(client_of(site)).why
    assert len(site.asked) == 4


def test_the_environment_s_proxy_gets_nothing(
    site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Served(tls=None)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    site.answers["/"] = lambda s: s.say(200)
    proxy.answers[f"{site.url}/"] = lambda s: s.say(200)
    assert client_of(site).ask("GET", "/").status == 200
    assert proxy.asked == []
    httpx2.get(f"{site.url}/")
    assert len(proxy.asked) == 1, "whoever heeds the environment goes there"
    proxy.close()


def endless(s: Site) -> None:
    s.send_response(200)
    s.end_headers()
    while True:
        s.wfile.write(b"x" * 65_536)


def dripping(part: bytes, gate: threading.Event) -> Callable[[Site], None]:
    """A byte every now and then, so that no step ever takes long."""

    def drip(s: Site) -> None:
        while not gate.wait(0.01):
            s.wfile.write(part)
            s.wfile.flush()

    return drip


def test_an_answer_without_end_is_given_up(site: Served) -> None:
    site.answers["/"] = endless
    error = failure(client_of(site, answer_kib=64))
    assert "larger than 64 KiB" in error.why
    assert error.was_sent


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.0 200 OK\r\nX-Long: ", b"HTTP/1.0 200 OK\r\n\r\n"])
def test_whoever_drips_is_cut(site: Served, begin: bytes) -> None:
    gate = threading.Event()

    def answer(s: Site) -> None:
        s.wfile.write(begin)
        dripping(b"x" if begin else b"", gate)(s)

    site.answers["/"] = answer
    error = failure(client_of(site, whole_seconds=0.6), "POST")
    gate.set()
    assert "in time" in error.why
    assert (error.passes, error.was_sent) == (True, True)


@pytest.mark.parametrize(("packing", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_what_is_packed_unasked_is_read_within_bounds(
    site: Served, packing: str, pack: Callable[[bytes], bytes]
) -> None:
    site.answers["/small"] = lambda s: s.say(200, pack(b"{}" * 9), Content_Encoding=packing)
    bomb = pack(b"\0" * (16 << 20))
    site.answers["/bomb"] = lambda s: s.say(200, bomb, Content_Encoding=packing)
    site.answers["/cut"] = lambda s: s.say(200, pack(b"{}")[:-5], Content_Encoding=packing)
    client = client_of(site)
    assert client.ask("GET", "/small").body == b"{}" * 9
    assert "larger" in failure(client, path="/bomb").why
    assert "not packed" in failure(client, path="/cut").why


def test_other_packings_are_refused(site: Served) -> None:
    site.answers["/"] = lambda s: s.say(200, b"x", Content_Encoding="br")
    assert "not asked for" in failure(client_of(site)).why


def test_nobody_there_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    client = Client(Wall(Outbound(allow=("127.0.0.1",))), f"http://127.0.0.1:{port}")
    error = failure(client, "POST")
    assert (error.passes, error.was_sent) == (True, False)


def test_an_answer_that_breaks_off_may_have_been_acted_on(site: Served) -> None:
    site.answers["/"] = lambda s: s.connection.shutdown(socket.SHUT_RDWR)
    error = failure(client_of(site), "POST")
    assert (error.passes, error.was_sent) == (True, True)


def test_no_secret_is_told(site: Served, caplog: pytest.LogCaptureFixture) -> None:
    """Neither of headers, nor of the address: a chat's webhook is a secret in a path."""

    def parrot(s: Site) -> None:
        s.wfile.write(f"{SECRET} {SECRET}\r\n\r\n".encode())

    site.answers[f"/{SECRET}"] = parrot
    client = client_of(site)
    told = []
    with caplog.at_level(logging.INFO):
        for value in (SECRET, f"{SECRET}\nX: y", f"{SECRET}\0"):
            headers = {"Authorization": f"Bearer {value}"}
            told.append(failure(client, path=f"/{SECRET}", headers=headers))
        told.append(failure(client_of(site, allow=()), path=f"/{SECRET}"))
    for error in told:
        assert SECRET not in repr(error) + str(error) + error.why
        assert error.__cause__ is None
        assert error.__suppress_context__
    assert SECRET not in caplog.text


def test_cookies_are_not_kept(site: Served) -> None:
    site.answers["/"] = lambda s: s.say(200, Set_Cookie="a=b")
    client = client_of(site)
    client.ask("GET", "/")
    client.ask("GET", "/")
    assert "Cookie" not in site.asked[1][2]


@pytest.mark.parametrize(
    "base",
    [
        *("", "idp.example", "ftp://idp.example", "https://", "https://u:p@idp.example"),
        *("https://idp.example/?a", "https://idp.example/#a", "https://idp.example:port"),
        *("http://idp.example", "http://127.evil.example", "http://localhost.evil.example"),
    ],
)
def test_an_address_that_is_not_safe_is_refused(base: str) -> None:
    with pytest.raises(ValueError, match=r"expected|no user|unencrypted"):
        Client(Wall(Outbound()), base)


def test_plain_http_where_it_is_called_safe() -> None:
    client = Client(Wall(Outbound()), "http://scim.intern.example/v2", insecure_http=True)
    assert client.server == "http://scim.intern.example"


def test_a_path_leads_to_no_other_server(site: Served) -> None:
    with pytest.raises(ValueError, match="slash"):
        client_of(site).ask("GET", "@evil.example/")


def test_authorities_are_pem() -> None:
    with pytest.raises(ValueError, match="PEM"):
        authorities("no certificate")
    assert authorities(CA, None).verify_mode is ssl.CERT_REQUIRED


def answered(**headers: str) -> Answer:
    return Answer(503, {name.replace("_", "-"): value for name, value in headers.items()}, b"")


def test_a_date_counts_by_the_server_s_own_clock() -> None:
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    assert answered(retry_after="Wed, 21 Oct 2015 07:28:30 GMT", date=date).retry_after_s() == 30.0
    assert answered(retry_after="Wed, 21 Oct 2015 07:27:00 GMT", date=date).retry_after_s() == 0.0
    assert answered(retry_after="Wed, 21 Oct 2099 07:27:00 GMT", date=date).retry_after_s() == 3_600
    assert answered(retry_after="Wed, 21 Oct 2015 07:28:30 GMT").retry_after_s() is None
    assert answered(retry_after="99999").retry_after_s() == 3_600


@settings(max_examples=40)
@given(st.text(max_size=40), st.text(max_size=40))
def test_no_header_makes_it_fail(after: str, date: str) -> None:
    seconds = answered(retry_after=after, date=date).retry_after_s()
    assert seconds is None or 0 <= seconds <= 3_600
