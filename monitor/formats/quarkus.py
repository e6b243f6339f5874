"""The server log of a Quarkus or JBoss program, in whatever envelope it comes: who said what when.

The console's and the file's line (`DATE TIME LEVEL [logger] (thread) message`), the JSON console
log, and either of them inside what journald, syslog, Docker, Docker Compose and Kubernetes (CRI)
put around it.
"""

import json
import re
from collections.abc import Callable
from datetime import tzinfo
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from monitor.formats.format import MalformedLine
from monitor.formats.stamp import UnreadableTimeError, checked, clock, from_text, local, midnight
from monitor.formats.syslog import Envelope, is_journal, is_syslog, unwrapped, unwrapped_journal

_PLAIN = re.compile(
    rb"(?P<date>\d{4}-\d\d-\d\d)[ T](?P<clock>\d\d:\d\d:\d\d)[.,](?P<fraction>\d{3,9})"
    rb"(?P<zone>Z|[+-]\d\d:?\d\d)? +(?:traceId=[^\[]{0,256} )?"
    rb"(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|SEVERE|FATAL) +(?:traceId=[^\[]{0,256} )?"
    rb"\[(?P<logger>[^\]\s]{1,256})\] (?:\{[^}]{0,1024}\} )?\([^)]{0,256}\) ?(?P<message>.*)",
    re.DOTALL,
)
_COMPOSE = re.compile(rb"[\w.-]{1,128} +\| ")
_CRI = re.compile(
    rb"(?P<stamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}(?:Z|[+-]\d\d:\d\d)) std(?:out|err) [FP] "
)
_COLOUR = re.compile(rb"\x1b\[[\d;]{0,16}m")
# What follows a message over several lines: a stack trace, and the exception before it.
_CONTINUED = re.compile(
    rb"at [\w.$@/<>-]{1,512}\(|Caused by: |Suppressed: |\.\.\. \d+ more"
    rb"|[\w$]{1,64}\.[\w.$]{1,256}(?:Exception|Error|Throwable)\b"
)
_LEVELS = 3
_NANOSECONDS = re.compile(r"(\.\d{6})\d{1,3}")

_json = msgspec.json.Decoder(dict[str, Any])


class Record(Struct, frozen=True, gc=False):
    """One message of a logger. `fields` is a JSON object that is no log record, and then all else
    is empty; `uid` is journald's cursor."""

    logger: str = ""
    message: bytes = b""
    uid: str | None = None
    fields: dict[str, Any] | None = None
    stamp: re.Match[bytes] | None = None
    written: str | None = None
    outer: Envelope | None = None

    def time(self, year_of: Callable[[int, int], int], zone: tzinfo | None) -> int:
        """The ms since 1970 UTC; MalformedLine when the stamp cannot be read.

        The record's own stamp where it names its zone, else an envelope's that does, else the
        record's own in `zone` (None for UTC).
        """
        try:
            if self.written is not None:
                return from_text(_NANOSECONDS.sub(r"\1", self.written))
            if self.outer is not None and (self.stamp is None or self.outer.names_zone()):
                return self.outer.time(year_of, zone)
            return _own(self.stamp, zone)
        except UnreadableTimeError as error:
            raise MalformedLine(str(error)) from None


@lru_cache(maxsize=4)
def record(line: bytes) -> Record | None:
    """What a line says; None for one that continues another, and for other programs' lines.

    Raises MalformedLine for JSON that breaks off, and for what has no header of a log at all.
    """
    return _found(line, Record(), 0)


def is_continued(line: bytes) -> bool:
    """Whether it goes on with a message of several lines: an exception and its stack trace."""
    return _CONTINUED.match(line.lstrip(b" \t")) is not None


def json_object(text: bytes | str) -> dict[str, Any]:
    """A JSON object, read leniently; MalformedLine when it is none."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        return _json.decode(raw)
    except RecursionError:
        raise MalformedLine("JSON nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _lenient(raw)


def _lenient(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw.decode("utf-8", "replace"), strict=False, parse_int=_integer)
    except RecursionError:
        raise MalformedLine("JSON nested too deeply") from None
    except ValueError as error:
        raise MalformedLine(f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise MalformedLine("JSON, but not an object")
    return found


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < 4_000 else digits


def _found(text: bytes, around: Record, level: int) -> Record | None:
    if b"\x1b[" in text:
        text = _COLOUR.sub(b"", text)
    plain = _PLAIN.match(text)
    if plain is not None:
        return _record(around, plain["logger"].decode("utf-8", "replace"), plain["message"], plain)
    if level >= _LEVELS:
        return None
    if text.startswith(b"{"):
        return _of_journal(text, level) if is_journal(text) else _of_json(text, around, level)
    return _of_envelope(text, around, level)


def _record(
    around: Record,
    logger: str,
    message: bytes,
    stamp: re.Match[bytes] | None = None,
    written: str | None = None,
) -> Record:
    own = written if written is not None or stamp is None else _zoned(stamp)
    return Record(logger, message, around.uid, None, stamp, own or around.written, around.outer)


def _zoned(stamp: re.Match[bytes]) -> str | None:
    if stamp["zone"] is None:
        return None
    parts = (stamp["date"], b"T", stamp["clock"], b".", stamp["fraction"], stamp["zone"])
    return b"".join(parts).decode()


def _of_journal(text: bytes, level: int) -> Record | None:
    envelope = unwrapped_journal(text)
    if envelope is None:
        return None
    return _found(envelope.message, Record(uid=envelope.uid, outer=envelope), level + 1)


def _of_json(text: bytes, around: Record, level: int) -> Record | None:
    fields = json_object(text)
    inner = fields.get("log")
    if isinstance(inner, str) and ("stream" in fields or "kubernetes" in fields):
        written = fields.get("time")
        around = msgspec.structs.replace(
            around, written=written if isinstance(written, str) else None
        )
        return _found(inner.rstrip("\r\n").encode("utf-8", "replace"), around, level + 1)
    logger, message = _logger(fields), fields.get("message")
    if logger is None or not isinstance(message, str):
        return Record(fields=fields, uid=around.uid)
    written = fields.get("timestamp", fields.get("@timestamp"))
    return _record(
        around,
        logger,
        message.encode("utf-8", "replace"),
        written=None if written is None else str(written),
    )


def _logger(fields: dict[str, Any]) -> str | None:
    inner = fields.get("log")
    for value in (
        fields.get("loggerName"),
        fields.get("log.logger"),
        inner.get("logger") if isinstance(inner, dict) else None,
    ):
        if isinstance(value, str):
            return value
    return None


def _of_envelope(text: bytes, around: Record, level: int) -> Record | None:
    cri = _CRI.match(text)
    if cri is not None:
        around = msgspec.structs.replace(around, written=cri["stamp"].decode())
        return _found(text[cri.end() :], around, level + 1)
    compose = _COMPOSE.match(text)
    if compose is not None:
        return _found(text[compose.end() :], around, level + 1)
    if not is_syslog(text):
        if level or is_continued(text):
            return None
        raise MalformedLine("neither a line of Keycloak's server log nor an event of it in JSON")
    envelope = unwrapped(text)
    if envelope is None:
        return None
    around = msgspec.structs.replace(around, outer=envelope)
    return _found(envelope.message, around, level + 1)


def _own(stamp: re.Match[bytes] | None, zone: tzinfo | None) -> int:
    if stamp is None:
        raise UnreadableTimeError("no time")
    year, month, day = map(int, stamp["date"].split(b"-"))
    hour, minute, second = map(int, stamp["clock"].split(b":"))
    of_day = clock(hour, minute, second) + int(stamp["fraction"][:3])
    return checked(local(midnight(year, month, day), of_day, zone))
