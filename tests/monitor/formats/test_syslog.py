"""Headers of syslog and entries of the journal."""

from datetime import timedelta, timezone

import pytest

from monitor.formats.format import MalformedLine
from monitor.formats.syslog import (
    Envelope,
    carried,
    is_journal,
    is_syslog,
    stamped,
    unwrapped,
    unwrapped_journal,
    yearless_day,
)

T = 1_714_816_800_000
"""2024-05-04 10:00:00 UTC."""


def year_of(month: int, day: int) -> int:
    return 2024


def seen(envelope: Envelope | None) -> tuple[str, str | None, str | None, bytes]:
    assert envelope is not None
    return envelope.program, envelope.host, envelope.pid, envelope.message


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (b"May  4 10:00:00 gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"<38>May  4 10:00:00 gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"May 04 10:00:00.000 gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"May 4 2024 10:00:00 gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"may  4 10:00:00 gate sshd: ", ("sshd", "gate", None)),
        (b"May  4 10:00:00 sshd[7]: ", ("sshd", None, "7")),
        (b"May  4 10:00:00 fe80::1 sshd[7]: ", ("sshd", "fe80::1", "7")),
        (b"May  4 10:00:00 <auth.info> gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"May  4 10:00:00 gate auth|security:info sshd[7]: ", ("sshd", "gate", "7")),
        (b"May  4 10:00:00 gate sshd[7]: [ID 800047 auth.info] ", ("sshd", "gate", "7")),
        (b"2024-05-04T10:00:00Z gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"2024-05-04T12:00:00.000000+02:00 gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"2024-05-04T04:30:00-0530 gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"2024-05-04 10:00:00,000 gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"Sat 2024-05-04 10:00:00 UTC gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"118 <38>1 2024-05-04T10:00:00Z gate sshd 7 - - ", ("sshd", "gate", "7")),
        (b"48 <38>May  4 10:00:00 gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"May  4 10:00:00 Message forwarded from gate: sshd[7]: ", ("sshd", "gate", "7")),
        (b"May  4 10:00:00 hub Message forwarded from gate: sshd[7]: ", ("sshd", "gate", "7")),
        (
            b"May  4 10:00:00 auth|security:info Message forwarded from gate: sshd[7]: ",
            ("sshd", "gate", "7"),
        ),
        (b"Sat 2024-05-04 10:00:00 GMT gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"Sat 2024-05-04 10:00:00 CEST gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"Sat 2024-05-04 07:00:00 -03 gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"Sat 2024-05-04 15:30:00 +0530 gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"Sat 2024-05-04 10:00:00 GATE sshd[7]: ", ("sshd", "GATE", "7")),
        (b"1714816800.000 gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"<38>1 2024-05-04T10:00:00Z gate sshd 7 - - ", ("sshd", "gate", "7")),
        (b"<38>1 2024-05-04T10:00:00Z - sshd - - - ", ("sshd", None, None)),
        (b"<38>1 2024-05-04T10:00:00Z gate sshd[7] - - - ", ("sshd", "gate", "7")),
        (b"<38>1 2024-05-04T10:00:00Z gate sshd: 7 - - ", ("sshd", "gate", "7")),
        (b"<38>1 2024-05-04T10:00:00Z gate sshd[8]: 7 - - ", ("sshd", "gate", "7")),
        (b"<38> May  4 10:00:00 gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"<38> 2024-05-04T10:00:00Z gate sshd[7]: ", ("sshd", "gate", "7")),
        (b"<189>45: May  4 10:00:00.000: %SEC_LOGIN-5: ", ("%SEC_LOGIN-5", None, None)),
        (b"<189>45: *May  4 10:00:00.000 UTC: %SEC_LOGIN-5: ", ("%SEC_LOGIN-5", None, None)),
        (b"<166>May 04 2024 10:00:00: %ASA-6-113012: ", ("%ASA-6-113012", None, None)),
        (
            b'<38>1 2024-05-04T10:00:00Z gate sshd 7 ID [a b="]"][c] \xef\xbb\xbf',
            ("sshd", "gate", "7"),
        ),
    ],
)
def test_headers(header: bytes, said: tuple[str, str | None, str | None]) -> None:
    envelope = unwrapped(header + b"hello there")
    assert seen(envelope) == (*said, b"hello there")
    assert envelope is not None
    assert envelope.time(year_of, None) == T
    assert is_syslog(header)


def test_the_zone_is_for_stamps_without_one() -> None:
    zone = timezone(timedelta(hours=2))
    for header in (b"May  4 12:00:00 ", b"2024-05-04T12:00:00 ", b"2024-05-04T10:00:00Z "):
        envelope = unwrapped(header + b"gate sshd[7]: x")
        assert envelope is not None
        assert envelope.time(year_of, zone) == T


def test_a_zone_in_letters_is_universal_time_or_the_source_s_own() -> None:
    zone = timezone(timedelta(hours=2))
    for stamp in (b"10:00:00 UTC", b"10:00:00 GMT", b"12:00:00 CEST", b"12:00:00"):
        envelope = unwrapped(b"<189>45: May  4 %s: %%SEC_LOGIN-5: x" % stamp)
        assert envelope is not None
        assert envelope.time(year_of, zone) == T


@pytest.mark.parametrize(
    "before",
    [
        b"<14>",
        b"<14>@cee: ",
        b"<14>1 2024-05-04T10:00:00Z gate app 7 - - ",
        b'<14>1 2024-05-04T10:00:00Z gate app 7 ID [a b="{"] \xef\xbb\xbf',
        b"<14>May  4 10:00:00 gate app[3]: ",
        b"May  4 10:00:00 gate app: @cee:",
        b"May  4 10:00:00 gate ",
        b"2024-05-04T10:00:00Z app: ",
    ],
)
def test_the_object_that_a_line_carries(before: bytes) -> None:
    assert carried(before + b'{"a": {}}') == b'{"a": {}}'


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"x {}",
        b"<14>",
        b"May  4 10:00:00 gate app: said {}",
        b"May  4 10:00:00 gate app said {}",
        b"<14>1 2024-05-04T10:00:00Z gate app 7 - [a",
    ],
)
def test_lines_that_carry_none(line: bytes) -> None:
    # A message that only comes to an object later is somebody else's text.
    assert carried(line) is None


@pytest.mark.parametrize(
    ("sent", "passed_on"),
    [
        (b"<38>sshd[7]: x", b"<38>NOW 192.0.2.7 sshd[7]: x"),
        (b"<38>sshd: x", b"<38>NOW 192.0.2.7 sshd: x"),
        (b"<38>gate sshd[7]: x", b"<38>NOW gate sshd[7]: x"),
        (b"<38>1 - gate sshd 7 - - x", b"<38>1 NOW gate sshd 7 - - x"),
        (b"<38>May  4 10:00:00 gate sshd[7]: x", None),
        (b"<38>1 2024-05-04T10:00:00Z gate sshd 7 - - x", None),
        (b'<14>{"a": 1}', None),
        (b'<14>@cee: {"a": 1}', None),
        (b"<14>user=maud", None),
        (b"<14>Sat May  4 10:00:00 2024 gate sshd[7]: x", None),
        (b"sshd[7]: x", None),
        (b"<>", None),
        (b"", None),
    ],
)
def test_what_bears_no_time_is_given_one(sent: bytes, passed_on: bytes | None) -> None:
    assert stamped(sent, b"NOW", b"192.0.2.7") == (sent if passed_on is None else passed_on)


def test_lines_of_no_program() -> None:
    assert unwrapped(b"May  4 10:00:00 gate last message repeated 2 times") is None
    assert unwrapped(b"May  4 10:00:00 gate -- MARK --") is None


@pytest.mark.parametrize(
    "line", [b"", b"x", b"May sshd[1]: x", b"- gate sshd[1]: x", b"10:00:00 x"]
)
def test_what_has_no_header(line: bytes) -> None:
    assert not is_syslog(line)
    with pytest.raises(MalformedLine, match="no syslog header"):
        unwrapped(line)


@pytest.mark.parametrize(
    ("stamp", "reason"),
    [
        (b"Mai  4 10:00:00", "no such month: Mai"),
        (b"May 32 10:00:00", "no such day"),
        (b"May  4 10:60:00", "no such time of day"),
        (b"2024-02-30T10:00:00Z", "no such day"),
        (b"2024-05-04T10:00:00+99:00", "no such zone"),
        (b"1969-12-31T23:59:59Z", "before 1970"),
    ],
)
def test_stamps_that_cannot_be_read(stamp: bytes, reason: str) -> None:
    envelope = unwrapped(stamp + b" gate sshd[7]: x")
    assert envelope is not None
    with pytest.raises(MalformedLine, match=reason):
        envelope.time(year_of, None)


def test_days_without_a_year() -> None:
    assert yearless_day(b"<38>Feb 29 10:00:00 gate cron[1]: x") == (2, 29)
    assert yearless_day(b"Mai  4 10:00:00 gate cron[1]: x") is None
    assert yearless_day(b"May  4 2024 10:00:00 gate cron[1]: x") is None
    assert yearless_day(b"2024-05-04T10:00:00Z gate cron[1]: x") is None
    assert yearless_day(b"") is None


def test_a_journal_entry() -> None:
    line = (
        b'{"MESSAGE":[104,105],"SYSLOG_IDENTIFIER":"sshd","_HOSTNAME":"gate","_PID":"7",'
        b'"__CURSOR":"c","__REALTIME_TIMESTAMP":"1714816801000000",'
        b'"_SOURCE_REALTIME_TIMESTAMP":"1714816800000000"}'
    )
    assert is_journal(line)
    envelope = unwrapped_journal(line)
    assert seen(envelope) == ("sshd", "gate", "7", b"hi")
    assert envelope is not None
    assert envelope.uid == "c"
    assert envelope.time(year_of, None) == T


def test_a_journal_s_source_stamp_that_is_none_gives_way() -> None:
    envelope = unwrapped_journal(
        b'{"MESSAGE":"x","_SOURCE_REALTIME_TIMESTAMP":"?","__REALTIME_TIMESTAMP":1714816800000000}'
    )
    assert envelope is not None
    assert envelope.time(year_of, None) == T


def test_journal_entries_that_say_nothing() -> None:
    assert unwrapped_journal(b"{}") is None
    assert unwrapped_journal(b'{"MESSAGE":null}') is None
    assert not is_journal(b'{"class_uid":3002,"unmapped":{"MESSAGE":"x"}}')
    for line in (b"{", b"[]", b"null", b'{"a":' * 100_000, b'{"MESSAGE":"\xff"}'):
        with pytest.raises(MalformedLine):
            unwrapped_journal(line)


@pytest.mark.parametrize(
    ("header", "is_one_moment"),
    [
        (b"May  4 10:00:00", False),
        (b"2024-05-04T10:00:00", False),
        (b"2024-05-04T10:00:00Z", True),
        (b"2024-05-04T10:00:00+02:00", True),
        (b"Sat 2024-05-04 10:00:00 UTC", True),
        (b"Sat 2024-05-04 10:00:00 CEST", False),
        (b"1714816800.5", True),
    ],
)
def test_which_stamps_are_one_moment_wherever_they_were_written(
    header: bytes, is_one_moment: bool
) -> None:
    envelope = unwrapped(header + b" gate sshd[7]: x")
    assert envelope is not None
    assert envelope.names_zone() is is_one_moment
    entry = unwrapped_journal(b'{"MESSAGE":"x","__REALTIME_TIMESTAMP":"1"}')
    assert entry is not None
    assert entry.names_zone()
