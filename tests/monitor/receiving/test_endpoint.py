"""An endpoint: opened again when that failed, and limited anew without being closed."""

import socket

import pytest
import trustme

from monitor.receiving.datagrams import Datagrams
from monitor.receiving.endpoint import Endpoint
from monitor.receiving.spool import Spool
from monitor.receiving.streams import Streams
from monitor.sources.syslog import Address, Options
from monitor.store.receipts import Receipts
from tests.monitor.receiving.served import pem_options

AUTHORITY = trustme.CA()
TLS = Address("tls", "127.0.0.1", 0)


def endpoint(address: Address, options: Options | None = None) -> Endpoint:
    return Endpoint("gate", address, options or Options(), Receipts("x", 1), Spool())


def test_each_transport_is_served_by_its_kind() -> None:
    for transport, kind in (("udp", Datagrams), ("tcp", Streams)):
        made = endpoint(Address(transport, "127.0.0.1", 0))  # type: ignore[arg-type]
        assert made.listening() == []
        assert made.open_if_due(0.0)
        assert isinstance(made.served, kind)
        assert not made.open_if_due(0.0)
        assert made.listening()[0].startswith("127.0.0.1:")
        made.close_listeners()


def test_a_port_that_is_taken_is_tried_again_less_and_less_often(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        made = endpoint(Address("tcp", "127.0.0.1", taken.getsockname()[1]))
        tries = [at for at in range(20) if not made.open_if_due(at) and made._again_at > at + 0.5]
        due = [at for at in tries if at == 0 or made._again_at]
        assert due
        assert made.trouble is not None
        assert "cannot be listened on" in made.trouble
        assert made.told(0.0, 0).trouble == made.trouble
        assert len(caplog.records) == 1, "said once"
    assert made.open_if_due(100.0)
    assert made.told(0.0, 0).trouble is None
    made.close_listeners()


def test_a_certificate_that_cannot_be_used_is_said() -> None:
    options = Options(**(pem_options(AUTHORITY) | {"key": "-----BEGIN X-----"}))
    made = endpoint(TLS, options)
    assert not made.open_if_due(0.0)
    assert made.trouble is not None
    assert "the certificate and its key cannot be used" in made.trouble


def test_new_certificates_and_limits_hold_without_closing_anything() -> None:
    made = endpoint(TLS, Options(**pem_options(AUTHORITY)))
    made.open_if_due(0.0)
    served = made.served
    assert isinstance(served, Streams)
    before, listening = served.context, made.listening()
    new = Options(**pem_options(AUTHORITY), allow=("127.0.0.2",), connections=7)
    made.limit(new, 1.0)
    assert served.context is not before
    assert (served.options, made.listening(), made.served) == (new, listening, served)
    assert not made.senders.may_send("127.0.0.1")
    now = served.context
    made.limit(new, 2.0)
    assert served.context is now, "nothing changed"
    made.close_listeners()


def test_without_a_certificate_nothing_is_served_in_the_clear() -> None:
    made = endpoint(TLS)
    assert not made.open_if_due(0.0)
    assert made.trouble == "there is no certificate with its key"
    made.limit(Options(**pem_options(AUTHORITY)), 0.1)
    assert made.open_if_due(0.1)
    made.limit(Options(), 0.2)
    assert isinstance(made.served, Streams)
    assert made.served.context is not None
    made.close_listeners()


def test_new_options_that_cannot_be_used_change_nothing() -> None:
    good = Options(**pem_options(AUTHORITY))
    made = endpoint(TLS, good)
    made.open_if_due(0.0)
    made.limit(Options(**(pem_options(AUTHORITY) | {"key": "x"}), allow=("127.0.0.2",)), 1.0)
    assert made.options == good
    assert made.senders.may_send("127.0.0.1")
    assert made.trouble is not None
    assert "the former options hold" in made.trouble
    made.close_listeners()


def test_the_longest_datagram_changes_at_once() -> None:
    made = endpoint(Address("udp", "127.0.0.1", 0))
    made.open_if_due(0.0)
    made.limit(Options(maximum_message=1_000), 1.0)
    assert isinstance(made.served, Datagrams)
    assert made.served.maximum == 1_000
    made.close_listeners()


def test_options_mend_what_could_not_be_opened() -> None:
    made = endpoint(TLS, Options(certificate="x", key="x"))
    assert not made.open_if_due(0.0)
    made.limit(Options(**pem_options(AUTHORITY)), 0.1)
    assert made.open_if_due(0.1)
    made.close_listeners()
