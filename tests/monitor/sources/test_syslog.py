"""Addresses of syslog: where it may be received, and from whom, is said clearly or refused."""

import ipaddress
from pathlib import Path
from typing import Any

import pytest
import trustme
from sqlalchemy import Engine

from monitor import clock
from monitor.settings import SettingsError, load
from monitor.sources.inbox import InboxSource
from monitor.sources.source import SourceError
from monitor.sources.specification import Opening, check, opened
from monitor.sources.syslog import Address, Options, SyslogSource, address_of, options_of
from monitor.store.connection import connect
from monitor.store.inbox import Inbox, Parcel
from monitor.store.receipts import Receipts, note_receipts
from tests.monitor.receiving.served import pem_options

AUTHORITY = trustme.CA()
GOOD = pem_options(AUTHORITY)
PEM = AUTHORITY.cert_pem.bytes().decode()


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("syslog+udp://127.0.0.1", Address("udp", "127.0.0.1", 514)),
        ("syslog+tcp://127.0.0.1:5514/", Address("tcp", "127.0.0.1", 5514)),
        ("syslog+tls://[::]", Address("tls", "::", 6514)),
        ("syslog+tcp://[2001:db8::1]:0", Address("tcp", "2001:db8::1", 0)),
        ("syslog+udp://localhost:514", Address("udp", "localhost", 514)),
    ],
)
def test_addresses(url: str, address: Address) -> None:
    assert address_of(url) == address
    assert address_of(str(address)) == address


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("syslog+udp://", "expected such as"),
        ("syslog+udp://:514", "expected such as"),
        ("syslog+unix:///dev/log", "expected such as"),
        ("syslog+udp://me@127.0.0.1:514", "expected such as"),
        ("syslog+udp://127.0.0.1:514/x?y", "expected such as"),
        ("syslog+udp://127.0.0.1:99999", "no such port"),
        ("syslog+udp://gate.example.com:514", "expected the address of an interface"),
        ("syslog+udp://[::g]:514", "expected such as"),
        ("syslog+udp://::1:514", "expected such as"),
    ],
)
def test_addresses_that_are_none(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check(Opening(url, "gate"))


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("syslog+udp://127.0.0.1:5514", {}),
        ("syslog+tcp://localhost", {"framing": "octets", "connections": 5}),
        ("syslog+udp://0.0.0.0:514", {"allow": ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]}),
        ("syslog+tls://127.0.0.1", GOOD | {"client_ca": PEM}),
        ("syslog+udp://127.0.0.1", {"maximum_message": 1 << 20}),
    ],
)
def test_options_that_go_with_their_address(url: str, options: dict[str, Any]) -> None:
    check(Opening(url, "gate", options=options))


@pytest.mark.parametrize(
    ("url", "options", "reason"),
    [
        ("syslog+udp://0.0.0.0:514", {}, "can be reached from other machines: name those"),
        ("syslog+tls://[::]:6514", GOOD, "name those that may send"),
        ("syslog+udp://127.0.0.1", {"allow": ["10.0.0.1/8"]}, "has host bits set"),
        ("syslog+udp://127.0.0.1", {"allow": ["gate"]}, "does not appear to be"),
        ("syslog+udp://127.0.0.1", {"alow": []}, "unknown field `alow`"),
        ("syslog+udp://127.0.0.1", {"framing": "lines"}, "framing: of no use with syslog.udp"),
        ("syslog+tcp://127.0.0.1", {"certificate": PEM}, "of no use with syslog.tcp"),
        ("syslog+tcp://127.0.0.1", {"framing": "nul"}, "Invalid enum value 'nul'"),
        ("syslog+tcp://127.0.0.1", {"maximum_message": 2 << 20}, "options.maximum_message"),
        ("syslog+tcp://127.0.0.1", {"messages_per_second": 0}, ">= 1"),
        ("syslog+tcp://127.0.0.1", {"maximum_message": 1 << 20}, "comes to more than 256 MiB"),
        ("syslog+tls://127.0.0.1", {}, "needs certificate_file"),
        ("syslog+tls://127.0.0.1", {"certificate": PEM}, "needs key_file"),
        ("syslog+tls://127.0.0.1", {"certificate": "/c", "key": PEM}, "certificate is not in PEM"),
        ("syslog+tls://127.0.0.1", {"certificate": PEM, "key": PEM}, "and its key cannot be used"),
        ("syslog+tls://127.0.0.1", GOOD | {"client_ca": PEM[:99]}, "client_ca cannot be used"),
    ],
)
def test_options_that_do_not(url: str, options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check(Opening(url, "gate", options=options))


def test_without_a_list_this_machine_alone_may_send() -> None:
    networks = options_of({}).networks()
    assert [any(ipaddress.ip_address(a) in n for n in networks) for a in ("127.0.0.9", "::1")] == [
        True,
        True,
    ]
    assert not any(ipaddress.ip_address("192.0.2.7") in network for network in networks)
    assert Options(allow=("192.0.2.7",)).networks() == (ipaddress.ip_network("192.0.2.7/32"),)


def test_settings_refuse_what_cannot_be_used_and_read_keys_from_files(tmp_path: Path) -> None:
    config = tmp_path / "vigie.toml"
    source = '[[sources]]\nname = "gate"\nurl = "syslog+{}"\n'
    config.write_text(source.format("udp://0.0.0.0:5514"))
    with pytest.raises(SettingsError, match=r"sources\[0\].*can be reached from other machines"):
        load(config, {})
    for name in ("certificate", "key"):
        (tmp_path / name).write_text(GOOD[name])
    config.write_text(
        source.format("tls://0.0.0.0:6514")
        + 'options = {allow = ["10.0.0.0/8"], certificate_file = "certificate", '
        'key_file = "key"}\n'
    )
    (one,) = load(config, {}).sources
    assert options_of(one.options).key == GOOD["key"].strip()


def test_what_was_received_lies_in_the_inbox(tmp_path: Path) -> None:
    spec = "syslog+udp://127.0.0.1:5514"
    with pytest.raises(SourceError, match="can only be read by `vigie run`"):
        opened(Opening(spec, "gate"))
    database = connect(f"sqlite:///{tmp_path / 'vigie.db'}")
    assert isinstance(opened(Opening(spec, "gate", database=database)), SyslogSource)
    once = opened(Opening(spec, "gate", follow=False, database=database))
    assert isinstance(once, InboxSource)
    assert not isinstance(once, SyslogSource)
    database.dispose()


def test_while_nothing_is_listened_on_that_is_said_and_what_there_is_is_read(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_800_000_000_000
    passed = 0.0
    monkeypatch.setattr(clock, "now_ms", lambda: now)
    monkeypatch.setattr(clock, "monotonic", lambda: passed)
    source = SyslogSource("gate", database)
    source.resume(None)
    assert source.read(10) is None, "it has not told of itself yet"

    def told(trouble: str | None) -> None:
        nonlocal passed
        passed += 11
        with database.begin() as connection:
            note_receipts(connection, {"gate": Receipts("x", 1, updated=now, trouble=trouble)})

    told("port 514 is taken")
    Inbox(database).put([Parcel("gate", "192.0.2.7:udp", [b"1"])], now)
    chunk = source.read(10)
    assert chunk is not None
    assert chunk.lines == [b"1"]
    for _ in range(2):
        with pytest.raises(SourceError, match="port 514 is taken"):
            source.read(10)
    told(None)
    assert source.read(10) is None
    now, passed = now + 61_000, passed + 61
    with pytest.raises(SourceError, match="does not tell of itself"):
        source.read(10)
    told(None)
    assert source.read(10) is None
