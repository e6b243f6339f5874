"""A file comes whole, from whom it was asked of, within bounds, or an error says why not."""

import hashlib
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import trustme

from monitor.geodata.transfer import Limits, NotThereError, Transfer, TransferError
from tests.monitor.geodata.conftest import Server, body, endless, half, silent, status

CONTENT = b"a database" * 5_000
LIMITS = Limits(size=1_000_000, step_s=0.5, whole_s=1.0)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


def test_a_file_comes_with_its_digest_and_what_the_server_calls_it(
    server: Server, target: Path
) -> None:
    server.answers["/x"] = body(CONTENT, '"7"')
    seen: list[tuple[int, int | None]] = []
    with Transfer(LIMITS) as transfer:
        fetched = transfer.fetch(f"{server.url}x", target, told=lambda *told: seen.append(told))
    assert fetched is not None
    assert fetched.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (fetched.etag, fetched.modified) == ('"7"', "Wed, 01 Jul 2026 00:00:00 GMT")
    assert target.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert server.headers[0]["accept-encoding"] == "identity"


def test_what_is_known_is_not_fetched_again(server: Server, target: Path) -> None:
    server.answers["/x"] = body(CONTENT, '"7"')
    known = {"etag": '"7"', "modified": "Wed, 01 Jul 2026 00:00:00 GMT"}
    with Transfer(LIMITS) as transfer:
        assert transfer.fetch(f"{server.url}x", target, known) is None
        assert transfer.fetch(f"{server.url}x", target, {"etag": '"6"'}) is not None
    assert server.headers[0]["if-modified-since"] == known["modified"]


def test_what_was_not_asked_for_conditionally_is_not_unchanged(
    server: Server, target: Path
) -> None:
    server.answers["/x"] = status(304)
    with Transfer(LIMITS) as transfer, pytest.raises(TransferError, match="304"):
        transfer.fetch(f"{server.url}x", target)


@pytest.mark.parametrize("code", [404, 410])
def test_what_is_not_there_is_its_own_error(server: Server, target: Path, code: int) -> None:
    server.answers["/x?token=secret"] = status(code)
    with Transfer(LIMITS) as transfer, pytest.raises(NotThereError, match=f"x: not there .{code}"):
        transfer.fetch(f"{server.url}x?token=secret", target)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (401, "account id or the licence key is not accepted"),
        (403, "may not have that database"),
        (429, "try again tomorrow"),
        (500, "out of order"),
        (206, "206"),
    ],
)
def test_a_refusal_says_why(server: Server, target: Path, code: int, reason: str) -> None:
    server.answers["/x"] = status(code, b"\x1b[31mout of order\n" + b"x" * 10_000)
    with Transfer(LIMITS) as transfer, pytest.raises(TransferError, match=reason) as error:
        transfer.fetch(f"{server.url}x", target)
    assert "\x1b" not in str(error.value)
    assert len(str(error.value)) < 500


def test_half_a_file_is_none(server: Server, target: Path) -> None:
    server.answers["/x"] = half(CONTENT)
    with Transfer(LIMITS) as transfer, pytest.raises(TransferError):
        transfer.fetch(f"{server.url}x", target)


def test_what_is_too_large_is_refused_before_and_while_it_comes(
    server: Server, target: Path
) -> None:
    server.answers["/told"] = status(200, b"", Content_Length="2000000")
    server.answers["/untold"] = endless()
    server.answers["/huge"] = body(bytes(1_000_001))
    for path in ("huge", "untold"):
        with Transfer(LIMITS) as transfer, pytest.raises(TransferError, match="larger than"):
            transfer.fetch(f"{server.url}{path}", target)
        assert target.stat().st_size <= LIMITS.size


def test_a_server_that_dawdles_is_not_waited_for(server: Server, target: Path) -> None:
    server.answers["/drips"] = endless(0.02)
    server.answers["/silent"] = silent
    with Transfer(LIMITS) as transfer, pytest.raises(TransferError, match="not done after 1 s"):
        transfer.fetch(f"{server.url}drips", target)
    with Transfer(LIMITS) as transfer, pytest.raises(TransferError, match="no answer in time"):
        transfer.fetch(f"{server.url}silent", target)


def test_nobody_there_is_an_error(target: Path) -> None:
    with Transfer(LIMITS) as transfer, pytest.raises(TransferError, match=r"127\.0\.0\.1"):
        transfer.fetch("http://127.0.0.1:9/x", target)


def test_redirects_are_followed_and_the_password_stays_at_home(
    server: Server, target: Path
) -> None:
    other = Server()
    try:
        server.answers["/x"] = status(302, Location="/y?signed=1")
        server.answers["/y?signed=1"] = body(CONTENT)
        with Transfer(LIMITS, ("123", "secret")) as transfer:
            assert transfer.fetch(f"{server.url}x", target) is not None
        assert all("authorization" in headers for headers in server.headers)
        server.answers["/x"] = status(302, Location=f"{other.url}y")
        with Transfer(LIMITS, ("123", "secret")) as transfer, pytest.raises(TransferError) as error:
            transfer.fetch(f"{server.url}x", target)
        assert "not over https" in str(error.value)
        assert other.asked == []
    finally:
        other.close()


@pytest.mark.parametrize(
    "away",
    [
        "http://mirror.example/x",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "https://",
        "//[",
        "",
        "x" * 70_000,
    ],
)
def test_a_redirect_leads_nowhere_else(server: Server, target: Path, away: str) -> None:
    server.answers["/x"] = status(302, Location=away)
    with Transfer(LIMITS) as transfer, pytest.raises(TransferError):
        transfer.fetch(f"{server.url}x", target)
    assert target.read_bytes() == b""


def test_an_address_that_is_not_safe_is_not_even_asked(target: Path) -> None:
    with Transfer(LIMITS) as transfer, pytest.raises(TransferError, match="not over https"):
        transfer.fetch("http://mirror.example/x", target)


def test_redirects_in_a_circle_end(server: Server, target: Path) -> None:
    server.answers["/x"] = status(301, Location="/x")
    with Transfer(LIMITS) as transfer, pytest.raises(TransferError, match="more than 5 redirects"):
        transfer.fetch(f"{server.url}x", target)
    assert len(server.asked) == 6


def test_a_body_packed_once_more_is_refused(server: Server, target: Path) -> None:
    server.answers["/x"] = status(200, b"x", Content_Encoding="gzip")
    with Transfer(LIMITS) as transfer, pytest.raises(TransferError, match="packed"):
        transfer.fetch(f"{server.url}x", target)


def test_a_small_file_is_read_within_bounds(server: Server) -> None:
    server.answers["/x"] = body(b"a digest")
    with Transfer(LIMITS) as transfer:
        assert transfer.read(f"{server.url}x", 100) == b"a digest"
        with pytest.raises(TransferError, match="larger than 5 bytes"):
            transfer.read(f"{server.url}x", 5)


def test_errors_show_no_passwords_and_no_signatures(target: Path) -> None:
    with Transfer(LIMITS) as transfer, pytest.raises(TransferError) as error:
        transfer.fetch("http://user:secret@mirror.example/x?signature=secret", target)
    assert "secret" not in str(error.value)
    assert "mirror.example/x" in str(error.value)


class _Quiet(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status(200, CONTENT)(self)

    def log_message(self, *_: object) -> None:
        pass


def test_a_certificate_that_nobody_vouches_for_is_refused(target: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1", "localhost").configure_cert(context)
    secure = HTTPServer(("127.0.0.1", 0), _Quiet)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    thread = threading.Thread(target=secure.serve_forever, args=(0.02,))
    thread.start()
    try:
        with Transfer(LIMITS) as transfer, pytest.raises(TransferError, match=r"(?i)certificate"):
            transfer.fetch(f"https://127.0.0.1:{secure.server_address[1]}/x", target)
    finally:
        secure.shutdown()
        secure.server_close()
        thread.join()
    assert target.read_bytes() == b""
