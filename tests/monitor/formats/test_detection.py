"""Lines whose source does not say what they are."""

from zoneinfo import ZoneInfo

import pytest

from monitor.formats.described.described import Described
from monitor.formats.detection import AUTO, Auto, UnknownFormatError, detect, named
from monitor.formats.format import MalformedLine, Origin, formats
from tests.monitor.formats.golden import described, every, lines_of, origin_of, pairs, read

ORIGIN = Origin("replay", "acme", lambda month, day: 2024, lambda second, line: 0)
OCSF = b'{"class_uid":3002,"activity_id":1,"status_id":1,"time":1709283600000,"user":{"uid":"u"}}'
SSHD = b"May  4 10:00:00 gate sshd[1]: Accepted password for bob from 192.0.2.1 port 5 ssh2"
JOURNAL = b'{"__REALTIME_TIMESTAMP":"1709283600000000","_COMM":"sshd","MESSAGE":"Server listening"}'
CRON = b"May  4 10:00:00 gate CRON[2]: (root) CMD (true)"


@pytest.mark.parametrize(("name", "log"), [(name, log) for name, log, _ in pairs()])
def test_a_fixture_is_of_its_format(name: str, log: object) -> None:
    path = next(p for _, p, _ in pairs() if p == log)
    assert detect(lines_of(path), described()) == name


@pytest.mark.parametrize(("name", "log"), [(name, log) for name, log, _ in pairs()])
def test_auto_reads_events_as_their_own_format_does(name: str, log: object) -> None:
    path = next(p for _, p, _ in pairs() if p == log)
    lines, one, auto = lines_of(path), every()[name], named(AUTO, described=described())
    assert isinstance(auto, Auto)
    own, other = origin_of(one, lines), origin_of(auto, lines)
    for line in lines:
        said = read(one, line, own)
        if "events" in said:
            assert read(auto, line, other) == said
            assert auto.format_of(line) == name


def test_a_mixed_sample_is_of_the_format_of_most() -> None:
    assert detect([OCSF, SSHD, SSHD, b""]) == "sshd"
    assert detect([SSHD, OCSF, OCSF]) == "ocsf"
    assert detect([CRON, b"garbage", b""]) is None
    assert detect([]) is None


def test_auto_takes_each_line_for_itself() -> None:
    auto = Auto()
    assert [auto.format_of(x) for x in (OCSF, SSHD, JOURNAL, CRON, b"")] == [
        "ocsf",
        "sshd",
        "sshd",
        None,
        None,
    ]
    assert len(auto.parse(OCSF, ORIGIN)) == len(auto.parse(SSHD, ORIGIN)) == 1
    assert auto.claims(OCSF)
    assert not auto.claims(CRON)
    assert auto.day_without_year(SSHD) == auto.day_without_year(CRON) == (5, 4)
    assert auto.day_without_year(OCSF) is None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"  \r",
        b"\x00\x00",
        CRON,
        b"May  4 10:00:00 gate last message repeated 2 times",
        b"2024-05-04T10:00:00.000000+02:00 gate systemd[1]: Started Session 4 of user alice.",
        b"<38>1 2024-05-04T10:00:00Z gate cron 2 - - (root) CMD (true)",
        b"-- Boot 0a --",
        JOURNAL,
    ],
)
def test_auto_passes_over_what_is_of_another_program(line: bytes) -> None:
    assert Auto().parse(line, ORIGIN) == []


@pytest.mark.parametrize(
    "line",
    [
        b"garbage",
        b"{",
        b'{"hello":"world"}',
        b"2024-05-04 10:00:00,000 ERROR something broke",
        b"1709283600.123     45 192.0.2.1 TCP_MISS/200 GET http://example.net/",
        b'192.0.2.1 - - [04/May/2024:10:00:00 +0000] "GET / HTTP/1.1" 200 1',
    ],
)
def test_auto_rejects_what_nothing_recognises(line: bytes) -> None:
    with pytest.raises(MalformedLine, match="no known format recognises this line"):
        Auto().parse(line, ORIGIN)


def test_auto_reports_a_broken_line_with_its_format_s_reason() -> None:
    with pytest.raises(MalformedLine, match="no time"):
        Auto().parse(b'{"class_uid":3002,"user":{"uid":"u"}}', ORIGIN)
    with pytest.raises(MalformedLine, match="breaks off"):
        Auto().parse(b"<38>1 2024-05-04T10:00:00Z gate sshd 1 - [x Failed password", ORIGIN)


def test_what_the_settings_describe_is_asked_first() -> None:
    fields = {"time": "time", "account": "user.uid", "outcome": "status_id"}
    mine = Described("mine", {"kind": "json", "fields": fields})
    auto = named(AUTO, described={"mine": mine})
    assert isinstance(auto, Auto)
    assert (auto.format_of(OCSF), Auto().format_of(OCSF)) == ("mine", "ocsf")
    assert detect([OCSF], {"mine": mine}) == "mine"
    assert named("mine", ZoneInfo("Europe/Paris"), {"mine": mine}).name == "mine"
    with pytest.raises(UnknownFormatError, match="there are: auto, mine, keycloak, ocsf"):
        named("yours", described={"mine": mine})


def test_formats_by_name() -> None:
    assert named("ocsf") is formats()["ocsf"]
    assert named(AUTO).name == "auto"
    with pytest.raises(
        UnknownFormatError, match=r"no log format is called 'x'.*auto, keycloak, ocsf, rba, sshd"
    ):
        named("x")
