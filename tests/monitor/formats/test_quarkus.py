"""Which envelope a message came in makes no difference to what it says and when."""

import json
from zoneinfo import ZoneInfo

import pytest

from monitor.formats.format import MalformedLine
from monitor.formats.quarkus import Record, json_object, record

INNER = b"2026-03-02 09:15:01,123 WARN  [org.keycloak.events] (executor-thread-5) type=LOGIN"
AT = 1_772_439_301_123
"""2026-03-02 08:15:01.123 UTC: what the stamp says in Paris."""
PARIS = ZoneInfo("Europe/Paris")


def year_of(month: int, day: int) -> int:
    return 2026


def journal(message: object) -> bytes:
    entry = {
        "__CURSOR": "s=1;i=2",
        "__REALTIME_TIMESTAMP": str(AT * 1_000),
        "SYSLOG_IDENTIFIER": "kc.sh",
        "MESSAGE": message,
    }
    return json.dumps(entry).encode()


def read(line: bytes) -> Record:
    found = record(line)
    assert found is not None
    return found


ENVELOPES = {
    "none": INNER,
    "zoned": INNER.replace(b"01,123", b"01,123+01:00"),
    "colours": INNER.replace(b"WARN ", b"\x1b[33mWARN \x1b[39m"),
    "traced": INNER.replace(b"WARN  ", b"WARN  traceId=0a, parentId=, spanId=b7, sampled=true "),
    "mapped": INNER.replace(b"events] ", b"events] {kc.clientId=crm, kc.realmName=acme} "),
    "compose": b"keycloak-1  | " + INNER,
    "cri": b"2026-03-02T09:15:01.123456789+01:00 stdout F " + INNER,
    "docker": json.dumps(
        {"log": INNER.decode() + "\n", "stream": "stdout", "time": "2026-03-02T08:15:01.123999Z"}
    ).encode(),
    "journal": journal(INNER.decode()),
    "journal's bytes": journal([*INNER]),
    "syslog": b"Mar  2 09:15:01 idp keycloak[1]: " + INNER,
    "rfc5424": b"<12>1 2026-03-02T08:15:01.123Z idp kc 1 org.keycloak.events - \xef\xbb\xbf"
    + INNER,
    "json": json.dumps(
        {
            "timestamp": "2026-03-02T09:15:01.123456789+01:00",
            "loggerName": "org.keycloak.events",
            "message": "type=LOGIN",
        }
    ).encode(),
    "ecs": json.dumps(
        {
            "@timestamp": "2026-03-02T08:15:01.123Z",
            "log.logger": "org.keycloak.events",
            "message": "type=LOGIN",
        }
    ).encode(),
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_any_envelope_gives_the_same_record(name: str) -> None:
    found = read(ENVELOPES[name])
    assert (found.logger, found.message) == ("org.keycloak.events", b"type=LOGIN")
    assert found.time(year_of, PARIS) == AT
    assert found.uid == ("s=1;i=2" if name.startswith("journal") else None)


@pytest.mark.parametrize("name", ["zoned", "cri", "docker", "journal", "rfc5424", "json", "ecs"])
def test_an_envelope_that_names_its_zone_makes_the_setting_harmless(name: str) -> None:
    assert read(ENVELOPES[name]).time(year_of, None) == AT


def test_envelopes_in_envelopes() -> None:
    wrapped = journal(ENVELOPES["json"].decode())
    assert read(wrapped).message == b"type=LOGIN"
    assert read(wrapped).uid == "s=1;i=2"
    deep = INNER
    for _ in range(5):
        deep = b"keycloak-1 | " + deep
    assert record(deep) is None


@pytest.mark.parametrize(
    "line",
    [
        b"at org.keycloak.services.resources.LoginActionsService.authenticate(Login.java:42)",
        b"Caused by: java.io.IOException: broken pipe",
        b"... 12 more",
        b"java.lang.IllegalStateException: no",
        b"Mar  2 09:15:01 idp CRON[1]: (root) CMD (true)",
        journal(None),
        journal("a line of another program"),
        json.dumps({"log": "Please wait.\n", "stream": "stdout"}).encode(),
    ],
)
def test_what_continues_or_is_of_others_is_nothing(line: bytes) -> None:
    assert record(line) is None


@pytest.mark.parametrize("line", [b"hello", b"2026-03-02 09:15:01,123 WARN", b'{"MESSAGE"', b"[1]"])
def test_what_has_no_header_is_told(line: bytes) -> None:
    with pytest.raises(MalformedLine):
        record(line)


def test_other_json_is_given_as_it_is() -> None:
    assert read(b'{"type":"LOGIN"}').fields == {"type": "LOGIN"}


@pytest.mark.parametrize("stamp", [b"2026-02-30 09:15:01,123", b"2026-03-02 25:15:01,123"])
def test_a_stamp_that_is_no_time(stamp: bytes) -> None:
    with pytest.raises(MalformedLine, match="no such"):
        read(stamp + INNER[23:]).time(year_of, None)


def test_json_is_read_leniently_and_bounded() -> None:
    assert json_object(b'{"a":"x\ty\xff"}') == {"a": "x\ty�"}
    with pytest.raises(MalformedLine, match="not an object"):
        json_object(b"[NaN]")
    with pytest.raises(MalformedLine):
        json_object(b'{"a":' + b"[" * 100_000)
    assert json_object(b'{"a":NaN,"b":%s}' % (b"1" * 5_000))["b"] == "1" * 5_000
