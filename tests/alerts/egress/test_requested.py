"""What goes out by requests is seen and bounded while somebody watches, and untouched else."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import trustme

from alerts.egress.client import authorities
from alerts.egress.requested import MAXIMUM_ANSWER, watching
from tests.alerts.responders.farside import Answer, FarSide, far_side


@pytest.fixture(scope="module")
def context() -> ssl.SSLContext:
    return authorities()


@pytest.fixture
def side() -> Iterator[FarSide]:
    with far_side() as made:
        yield made


def test_answers_are_noted_in_their_order(side: FarSide, context: ssl.SSLContext) -> None:
    with watching(context) as watch:
        assert requests.post(side.address + "/a", json={"x": 1}, timeout=5).json() == {}
        side.behave = lambda _: Answer(429, b"slow", (("Retry-After", "7"),))
        assert requests.get(side.address + "/b", timeout=5).text == "slow"
    assert [one.status for one in watch.answers] == [200, 429]
    assert watch.answers[1].retry_after_s() == 7
    assert side.requests[0].body == b'{"x": 1}'


def test_a_redirect_is_an_answer(side: FarSide, context: ssl.SSLContext) -> None:
    side.behave = lambda _: Answer(302, b"", (("Location", side.address + "/elsewhere"),))
    with watching(context) as watch:
        requests.post(side.address + "/a", timeout=5)
    assert [one.status for one in watch.answers] == [302]
    assert [one.path for one in side.requests] == ["/a"]


def test_an_answer_without_end_is_left(side: FarSide, context: ssl.SSLContext) -> None:
    side.behave = lambda _: Answer(200, b"x" * (MAXIMUM_ANSWER + 1))
    with watching(context) as watch, pytest.raises(requests.RequestException, match="too large"):
        requests.get(side.address, timeout=5)
    assert not watch.answers
    assert watch.faults == ["127.0.0.1: ContentDecodingError"]


def test_nothing_of_the_environment_is_heeded(
    side: FarSide, context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password s3cret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    with watching(context):
        requests.get(side.address, timeout=5)
    assert "authorization" not in side.requests[0].headers


def test_nothing_goes_unencrypted_to_another_machine(context: ssl.SSLContext) -> None:
    with watching(context) as watch, pytest.raises(requests.RequestException):
        requests.post("http://192.0.2.1/hook/s3cret", timeout=1)
    assert "unencrypted" in watch.faults[0]
    assert "s3cret" not in watch.faults[0]


def test_a_certificate_is_verified_whatever_is_asked_for() -> None:
    # The question never comes that far: a name that is not in the certificate would do as well.
    own = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.issue_cert("localhost").configure_cert(server)
    with far_side() as side:
        side._server.socket = server.wrap_socket(
            side._server.socket, server_side=True, do_handshake_on_connect=False
        )
        address = side.address.replace("http://127.0.0.1", "https://localhost")
        with watching(authorities()), pytest.raises(requests.exceptions.SSLError):
            requests.get(address, timeout=5, verify=False)  # noqa: S501
        trusting = authorities(own.cert_pem.bytes().decode())
        with watching(trusting) as watch:
            requests.get(address, timeout=5)
    assert [one.status for one in watch.answers] == [200]


def test_whom_nobody_watches_is_left_alone(side: FarSide) -> None:
    side.behave = lambda request: (
        Answer(302, b"", (("Location", "/b"),)) if request.path == "/a" else Answer()
    )
    requests.get(side.address + "/a", timeout=5)
    assert [one.path for one in side.requests] == ["/a", "/b"]
