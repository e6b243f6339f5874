"""Programs that send syslog in earnest: what they send is read as it was meant."""

import logging
import logging.handlers
import re
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from sqlalchemy import Engine

from detectors.core.event import SignIn
from monitor.formats.format import Origin
from monitor.formats.sshd import Sshd
from monitor.settings import Source
from monitor.store.receipts import read_receipts
from tests.docs.manual import blocks
from tests.monitor.receiving.served import PATIENCE_S, Process, pem_options, wait_for
from tests.ports import free_port

SAID = "Accepted password for maud from 192.0.2.7 port 4022 ssh2"
UDP = Source(name="udp", url="syslog+udp://127.0.0.1:0")
TCP = Source(name="tcp", url="syslog+tcp://127.0.0.1:0")
COUNTED = Source(name="counted", url=TCP.url, options={"framing": "octets"})
MANUAL = Path(__file__).parents[3] / "docs/operations.md"


def events(lines: list[bytes]) -> list[SignIn]:
    """What the lines tell, each of one sign-in."""
    origin = Origin("gate", "acme", lambda month, day: 2026, lambda second, line: 0)
    found = [event for line in lines for event in Sshd().parse(line, origin)]
    assert len(found) == len(lines)
    return [event for event in found if isinstance(event, SignIn)]


@pytest.mark.parametrize(
    "style",
    [["--rfc3164"], ["--rfc5424"], ["--rfc5424=notq"], ["--rfc5424=notq,notime,nohost"]],
    ids=" ".join,
)
@pytest.mark.one_on_postgresql
def test_logger(database: Engine, style: list[str]) -> None:
    with Process(database, UDP, TCP, COUNTED) as process:
        for name, way in (("udp", ["--udp"]), ("tcp", ["--tcp"]), ("counted", ["--tcp"])):
            command = ["logger", "--server", "127.0.0.1", "--port", str(process.ports[name])]
            command += [*way, *style, "--id=7", "--tag", "sshd", "--priority", "auth.info"]
            command += ["--octet-count"] if name == "counted" else []
            subprocess.run([*command, SAID], check=True)
            subprocess.run([*command, SAID], check=True)
        wait_for(lambda: all(len(process.lines(name)) == 2 for name in process.ports))
        lines = [line for name in process.ports for line in process.lines(name)]
        assert process.stop() == 0
    assert {(e.account, e.ip) for e in events(lines)} == {("maud", "192.0.2.7")}


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("name", ["udp", "tcp"])
def test_python_s_own_handler(database: Engine, name: str) -> None:
    """It names no time and no machine, and ends each message with NUL."""
    with Process(database, UDP, TCP) as process:
        handler = logging.handlers.SysLogHandler(
            ("127.0.0.1", process.ports[name]),
            logging.handlers.SysLogHandler.LOG_AUTH,
            socket.SOCK_DGRAM if name == "udp" else socket.SOCK_STREAM,
        )
        handler.ident = "sshd[7]: "
        for _ in range(2):
            handler.emit(logging.LogRecord("gate", logging.INFO, "", 0, SAID, (), None))
        handler.close()
        wait_for(lambda: len(process.lines(name)) == 2)
        found = events(process.lines(name))
        assert process.stop() == 0
    assert {(e.account, e.session) for e in found} == {("maud", "127.0.0.1:7")}


@contextmanager
def rsyslog(folder: Path, actions: str) -> Iterator[Path]:
    """An rsyslog that reads the log given out, and does with its lines what it is told to."""
    log = folder / "auth.log"
    log.touch()
    config = folder / "rsyslog.conf"
    config.write_text(
        f'global(workDirectory="{folder}")\n'
        'module(load="imfile" mode="polling" pollingInterval="1")\n'
        f'input(type="imfile" File="{log}" Tag="sshd:" Facility="auth" Severity="info")\n{actions}'
    )
    told = (folder / "told").open("wb")
    process = subprocess.Popen(
        ["rsyslogd", "-n", "-f", config, "-i", folder / "pid"], stdout=told, stderr=told
    )
    try:
        yield log
    finally:
        process.kill()
        process.wait(PATIENCE_S)
        told.close()


def write(log: Path, start: int, count: int) -> list[str]:
    """More lines for it; the accounts that they name."""
    accounts = [f"u{n}" for n in range(start, start + count)]
    with log.open("a") as opened:
        opened.writelines(SAID.replace("maud", account) + "\n" for account in accounts)
    return accounts


def manual_s() -> str:
    """What the manual tells to set in rsyslog."""
    (found,) = (
        b.text for b in blocks(MANUAL.read_text()) if b.kind == "conf" and "omfwd" in b.text
    )
    return found


@pytest.mark.rsyslog
@pytest.mark.one_on_postgresql
def test_rsyslog_with_and_without_counts(database: Engine, tmp_path: Path) -> None:
    with Process(database, UDP, TCP, COUNTED) as process:
        actions = "".join(
            f'action(type="omfwd" target="127.0.0.1" port="{process.ports[name]}" {more})\n'
            for name, more in (
                ("udp", 'protocol="udp"'),
                ("tcp", 'protocol="tcp" template="RSYSLOG_ForwardFormat"'),
                ("counted", 'protocol="tcp" TCP_Framing="octet-counted"'),
            )
        )
        with rsyslog(tmp_path, actions) as log:
            accounts = write(log, 0, 300)
            wait_for(lambda: all(len(process.lines(name)) == 300 for name in process.ports))
            for name in process.ports:
                assert Counter(e.account for e in events(process.lines(name))) == Counter(accounts)
        assert process.stop() == 0


@pytest.mark.rsyslog
@pytest.mark.one_on_postgresql
def test_rsyslog_by_tls_as_the_manual_has_it_also_over_a_restart(
    database: Engine, tmp_path: Path
) -> None:
    """Each line comes at least once; what was under way at the break may come again."""
    authority = trustme.CA()
    held = authority.issue_cert("gate.example.com")
    authority.cert_pem.write_to_path(tmp_path / "ca")
    held.private_key_pem.write_to_path(tmp_path / "key")
    for blob in held.cert_chain_pems:
        blob.write_to_path(tmp_path / "certificate", append=True)
    options = pem_options(authority, client_ca=authority.cert_pem.bytes().decode())
    port = free_port()
    source = Source(name="tls", url=f"syslog+tls://127.0.0.1:{port}", options=options)
    told = manual_s()
    for name, here in (
        ('target="vigie.example.com"', 'target="127.0.0.1"'),
        ('"6514"', f'"{port}" action.resumeInterval="1"'),
        ("/etc/vigie/syslog.crt", str(tmp_path / "ca")),
        ("/etc/rsyslog.d/host.crt", str(tmp_path / "certificate")),
        ("/etc/rsyslog.d/host.key", str(tmp_path / "key")),
    ):
        assert name in told
        told = told.replace(name, here)
    with Process(database, source) as process, rsyslog(tmp_path, told) as log:
        accounts = write(log, 0, 200)
        wait_for(lambda: len(process.lines("tls")) >= 200)
        assert process.stop() == 0
        process.__exit__()
        accounts += write(log, 200, 200)
        process.start()
        accounts += write(log, 400, 200)
        wait_for(lambda: len({e.account for e in events(process.lines("tls"))}) == 600)
        assert process.stop() == 0
        assert {e.account for e in events(process.lines("tls"))} == set(accounts)
        assert re.fullmatch(rb"<38>1 \S+ \S+ sshd - - - .*", process.lines("tls")[0])
        assert read_receipts(database)["tls"].refused == {}
