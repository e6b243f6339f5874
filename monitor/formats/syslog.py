"""The envelopes of a syslog line: who said what and when, in all the headers in use."""

import re
from collections.abc import Callable
from datetime import tzinfo
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from monitor.formats.format import MalformedLine
from monitor.formats.limits import LEADING
from monitor.formats.stamp import UnreadableTimeError, checked, clock, local, midnight

_MONTHS = {
    name: number
    for number, name in enumerate(
        b"jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
    )
}
# Optional before it: the length of a frame (RFC 6587), <PRI>, the version 1 of RFC 5424, the
# weekday that journalctl can write, which then names the zone in whatever way; from Cisco's
# devices a number, and a mark for a clock that is not set. They name their zone, mostly in letters.
_HEADER = re.compile(
    rb"(?:(?:\d{1,6} )?<\d{1,3}> ?)?(?:(?P<version>1) )?(?P<weekday>[A-Z][a-z]{2} (?=\d{4}-))?"
    rb"(?:"
    rb"(?:\d{1,10}: )?[*.]?"
    rb"(?P<month>[A-Za-z]{3}) {1,2}(?P<day>\d{1,2}) (?:(?P<year>\d{4}) )?"
    rb"(?P<clock>\d\d:\d\d:\d\d)(?:[.,](?P<fraction>\d{1,9}))?"
    rb"(?: (?P<letters>[A-Z]{2,5})(?=: ))?"
    rb"|(?P<iso>\d{4}-\d\d-\d\d)[T ](?P<iso_clock>\d\d:\d\d:\d\d)"
    rb"(?:[.,](?P<iso_fraction>\d{1,9}))?"
    rb"(?P<zone>Z|z| UTC(?= )|[+-]\d\d(?::?\d\d)?"
    rb"|(?(weekday) (?:[A-Z]{2,5}|[+-]\d\d(?:\d\d)?)(?= [^\s:]+ \S+:)|(?!)))?"
    rb"|(?P<unix>\d{9,11})(?:\.(?P<unix_fraction>\d{1,9}))?"
    rb"|(?(version)(?P<nil>-)|(?!))"
    rb"):? +(?P<rest>.*)",
    re.DOTALL,
)
# What follows the stamp: <facility> of FreeBSD, host, facility of AIX and others, program[pid]:
_TAGGED = re.compile(
    rb"(?:<[\w.]{1,32}> +)?(?:(?P<host>\S{1,255}) +)??"
    rb"(?:[a-z0-9]{1,16}(?:\|[a-z]{1,16}:|\.)[a-z]{1,16} +)?"
    rb"(?P<program>[^\s\[\]:]{1,128})(?:\[(?P<pid>\d{1,10})\])?:(?:\s|$)(?P<message>.*)",
    re.DOTALL,
)
_STRUCTURED = re.compile(
    rb"(?P<host>\S{1,255}) (?P<program>\S{1,48}) (?P<pid>\S{1,128}) \S{1,32} "
    rb"(?P<data>-|\[(?:[^\]\"]|\"(?:[^\"\\]|\\.)*\")*\](?=[\[ ]|$))(?P<message>.*)",
    re.DOTALL,
)
# Some put their pid and a colon there, as the older header has it.
_NAMED = re.compile(rb"(?P<name>[^\s\[\]:]+)(?:\[(?P<pid>\d{1,10})\])?:?")
_MORE_DATA = re.compile(rb"\[(?:[^\]\"]|\"(?:[^\"\\]|\\.)*\")*\]", re.DOTALL)
# Solaris puts a message's catalogue id before it.
_CATALOGUED = re.compile(rb"\[ID \d{1,10} [a-z0-9.]{1,32}\] ")
# AIX says so of what another machine sent it, in place of a header of its own.
_FORWARDED = re.compile(
    rb"(?:[^\s\[\]]{1,255}(?<!:) +){0,2}?Message forwarded from (?P<host>\S{1,255}): +(?P<rest>.*)",
    re.DOTALL,
)
# <PRI> alone, as programs send that leave the rest to the next relay (RFC 3164, 4.3).
_BARE = re.compile(rb"(?P<pri><\d{1,3}>) ?(?:1 - )?(?P<rest>.*)", re.DOTALL)
_OBJECT = re.compile(
    rb"(?:[^\s{:]{1,255} +)?(?:[^\s{]{1,200}: *)?(?:@cee: *)?(?P<object>\{.*)", re.DOTALL
)
_NIL = b"-"
_BOM = b"\xef\xbb\xbf"
_UNIVERSAL = (b"UTC", b"GMT")
_MICROSECONDS = 1_000


class Envelope(Struct, frozen=True, gc=False):
    """One message of a program, and what its header says of it.

    `time()` reads the stamp when it is asked for, which only lines of interest need. `host` and
    `pid` are None where not said; `uid` is journald's cursor.
    """

    program: str
    message: bytes
    host: str | None
    pid: str | None
    header: re.Match[bytes] | None = None
    microseconds: str | None = None
    uid: str | None = None

    def names_zone(self) -> bool:
        """Whether its stamp is one moment, wherever it was written."""
        if self.header is None:
            return self.microseconds is not None
        if self.header["unix"] is not None:
            return True
        zone = self.header["zone"]
        return zone is not None and _ABBREVIATION.fullmatch(zone) is None

    @property
    def stamp(self) -> str | None:
        """What the time is read from, as it is written."""
        if self.header is None:
            return self.microseconds
        before = self.header.string[: self.header.start("rest")].decode("utf-8", "replace")
        return before.rpartition(">")[2].strip(" :")

    def time(self, year_of: Callable[[int, int], int], zone: tzinfo | None) -> int:
        """The ms since 1970 UTC; MalformedLine when the stamp cannot be read.

        `year_of` serves stamps without a year, `zone` (None for UTC) those without a zone.
        """
        try:
            if self.header is not None:
                return checked(_stamp(self.header, year_of, zone))
            return checked(_from_microseconds(self.microseconds))
        except UnreadableTimeError as error:
            raise MalformedLine(str(error)) from None


# A line is asked for several times over: claimed, looked at for its day, parsed.
@lru_cache(maxsize=4)
def _header(line: bytes) -> re.Match[bytes] | None:
    return _HEADER.match(line)


@lru_cache(maxsize=4)
def unwrapped(line: bytes) -> Envelope | None:
    """The envelope of a syslog line, None for one without a program (`last message repeated`).

    Raises MalformedLine for what has no syslog header at all.
    """
    header = _header(line)
    if header is None:
        raise MalformedLine("no syslog header: no time stamp at its beginning")
    if header["version"] is not None:
        return _structured(header)
    rest, host = header["rest"], None
    tagged = _TAGGED.match(rest)
    if tagged is None:
        forwarded = _FORWARDED.match(rest)
        tagged = None if forwarded is None else _TAGGED.match(forwarded["rest"])
        if forwarded is None or tagged is None:
            return None
        host = forwarded["host"]
    return _envelope(
        tagged["program"],
        tagged["message"].lstrip(b" "),
        tagged["host"] if host is None else host,
        tagged["pid"],
        header,
    )


def carried(line: bytes) -> bytes | None:
    """The JSON object that is the message of a syslog line, with or without `@cee:` before it."""
    header = _header(line)
    if header is None:
        bare = _BARE.match(line)
        found = None if bare is None else _OBJECT.match(bare["rest"])
    elif header["version"] is not None:
        tagged = _STRUCTURED.match(header["rest"])
        found = None if tagged is None else _OBJECT.match(_after_data(tagged["message"]))
    else:
        found = _OBJECT.match(header["rest"])
    return None if found is None else found["object"]


def stamped(line: bytes, stamp: bytes, host: bytes) -> bytes:
    """The message as the first relay passes it on (RFC 3164, 4.3): what bears no time is given
    `stamp`, and `host` where no machine is named.

    Only where it has a <PRI> and a program's name; anything else is left as it is.
    """
    bare = _BARE.match(line)
    if bare is None:
        return line
    header = _header(line)
    if header is not None:
        if header["nil"] is None:
            return line
        return b"%s1 %s %s" % (bare["pri"], stamp, bare["rest"])
    tagged = _TAGGED.match(bare["rest"])
    if tagged is None or _OBJECT.match(bare["rest"]):
        return line
    named = bare["rest"] if tagged["host"] is not None else host + b" " + bare["rest"]
    return b"%s%s %s" % (bare["pri"], stamp, named)


def is_syslog(line: bytes) -> bool:
    """Whether it is a syslog line, whatever program it is of.

    A traditional stamp is enough; an ISO 8601 one, with which other logs begin too, needs a
    program after it.
    """
    header = _header(line)
    if header is None:
        return False
    if header["month"] is not None or header["version"] is not None:
        return True
    return _TAGGED.match(header["rest"]) is not None


def yearless_day(line: bytes) -> tuple[int, int] | None:
    """(month, day) of a traditional (RFC 3164) stamp without a year."""
    header = _header(line)
    if header is None or header["month"] is None or header["year"] is not None:
        return None
    month = _MONTHS.get(header["month"].lower())
    return None if month is None else (month, int(header["day"]))


def _structured(header: re.Match[bytes]) -> Envelope:
    tagged = _STRUCTURED.match(header["rest"])
    if tagged is None:
        raise MalformedLine("an RFC 5424 header that breaks off")
    program, pid = tagged["program"], tagged["pid"]
    named = _NAMED.fullmatch(program)
    if named is not None:
        program = named["name"]
        pid = named["pid"] if named["pid"] is not None and pid == _NIL else pid
    return _envelope(program, _after_data(tagged["message"]), tagged["host"], pid, header)


def _envelope(
    program: bytes, message: bytes, host: bytes | None, pid: bytes | None, header: re.Match[bytes]
) -> Envelope:
    catalogued = _CATALOGUED.match(message)
    if catalogued is not None:
        message = message[catalogued.end() :]
    return Envelope(program.decode("utf-8", "replace"), message, _said(host), _said(pid), header)


def _after_data(message: bytes) -> bytes:
    at = 0
    while (more := _MORE_DATA.match(message, at)) is not None:
        at = more.end()
    return message[at:].lstrip(b" ").removeprefix(_BOM)


def _said(value: bytes | None) -> str | None:
    return None if value is None or value == _NIL else value.decode("utf-8", "replace")


def _stamp(header: re.Match[bytes], year_of: Callable[[int, int], int], zone: tzinfo | None) -> int:
    if header["month"] is not None:
        month = _MONTHS.get(header["month"].lower())
        if month is None:
            raise UnreadableTimeError(f"no such month: {header['month'].decode()}")
        day = int(header["day"])
        year = int(header["year"]) if header["year"] else year_of(month, day)
        of_day = _clock(header, "clock", "fraction")
        if header["letters"] in _UNIVERSAL:
            return midnight(year, month, day) + of_day
        return local(midnight(year, month, day), of_day, zone)
    if header["iso"] is not None:
        year, month, day = map(int, header["iso"].split(b"-"))
        start = midnight(year, month, day)
        of_day = _clock(header, "iso_clock", "iso_fraction")
        if header["zone"] is None or _ABBREVIATION.fullmatch(header["zone"]):
            return local(start, of_day, zone)
        return start + of_day - _offset(header["zone"])
    if header["unix"] is not None:
        fraction = (header["unix_fraction"] or b"")[:3].ljust(3, b"0")
        return int(header["unix"]) * 1_000 + int(fraction)
    raise UnreadableTimeError("no time")


def _from_microseconds(digits: str | None) -> int:
    if digits is None:
        raise UnreadableTimeError("no time")
    return int(digits) // _MICROSECONDS


def _clock(header: re.Match[bytes], name: str, fraction: str) -> int:
    parts = header[fraction]
    return _of_day(header[name]) + (0 if parts is None else int(parts[:3].ljust(3, b"0")))


@lru_cache(maxsize=4_096)
def _of_day(written: bytes) -> int:
    hour, minute, second = map(int, written.split(b":"))
    return clock(hour, minute, second)


def _offset(zone: bytes) -> int:
    zone = zone.lstrip(b" ")
    if zone[:1] not in b"+-":
        return 0
    digits = zone[1:].replace(b":", b"")
    hours, minutes = int(digits[:2]), int(digits[2:] or b"0")
    if hours > 23 or minutes > 59:
        raise UnreadableTimeError(f"no such zone: {zone.decode()}")
    offset = (hours * 60 + minutes) * 60_000
    return -offset if zone.startswith(b"-") else offset


# Most mean several zones ("IST", "CST"): a machine's is the one that its source has.
_ABBREVIATION = re.compile(rb" (?!UTC|GMT)[A-Z]{2,5}")

_json = msgspec.json.Decoder(dict[str, Any])


def is_journal(line: bytes) -> bool:
    """Whether it looks like an entry of `journalctl -o json`; never so for OCSF."""
    return (
        line.lstrip(LEADING)[:1] == b"{"
        and (b'"MESSAGE"' in line or b'"__REALTIME_TIMESTAMP"' in line)
        and b'"class_uid"' not in line
    )


@lru_cache(maxsize=4)
def unwrapped_journal(line: bytes) -> Envelope | None:
    """The envelope of an entry of `journalctl -o json`, None for one without a message.

    Raises MalformedLine for what is no JSON object.
    """
    try:
        entry = _json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedLine(f"no journal entry in JSON: {error}") from None
    except RecursionError:
        raise MalformedLine("JSON nested too deeply") from None
    message = _bytes(entry.get("MESSAGE"))
    if message is None:
        return None
    return Envelope(
        _field(entry, "SYSLOG_IDENTIFIER", "_COMM") or "",
        message,
        _field(entry, "_HOSTNAME", "HOSTNAME"),
        _field(entry, "SYSLOG_PID", "_PID"),
        None,
        _microseconds(entry, "_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"),
        _field(entry, "__CURSOR"),
    )


def _microseconds(entry: dict[str, Any], *names: str) -> str | None:
    for name in names:
        digits = _field(entry, name)
        if digits is not None and digits.isascii() and digits.isdigit() and len(digits) <= 20:
            return digits
    return None


def _field(entry: dict[str, Any], *names: str) -> str | None:
    """The first of the named fields that is there; a field met several times is a list."""
    for name in names:
        value = entry.get(name)
        if isinstance(value, list) and value:
            value = _bytes(value) if isinstance(value[0], int) else value[0]
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value) if abs(value) < 1 << 64 else None
        if isinstance(value, str) and value:
            return value
    return None


def _bytes(value: Any) -> bytes | None:
    if isinstance(value, list):
        try:
            return bytes(value)
        except (TypeError, ValueError):
            return _bytes(value[0]) if value and not isinstance(value[0], list) else None
    return value.encode("utf-8", "backslashreplace") if isinstance(value, str) else None
