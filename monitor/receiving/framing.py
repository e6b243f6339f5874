"""Cuts what senders of syslog send into messages, whichever way they frame them; does no I/O.

A stream (RFC 6587) counts octets before each message, or ends each with a line feed; real senders
mix the two, end with NUL or CR LF, or do both. A datagram (RFC 5426) is one message.
"""

import re
from typing import Final

from detectors.core.detector import Text
from monitor.formats.format import MAXIMUM_LINE
from monitor.sources.source import KEPT_OF_REJECTED, Rejected
from monitor.sources.syslog import Framing as Way

LOST_AFTER: Final = MAXIMUM_LINE
"""Bytes without any end of a message; then the stream is given up."""

CUT_OFF = Text(
    en="the connection ended in the middle of this message",
    fr="la connexion s'est arrêtée au milieu de ce message",
)
NOT_COUNTED = Text(
    en="no octet count where a message should begin (RFC 6587), and framing is set to octets",
    fr="pas de compte d'octets au début du message (RFC 6587), alors que le cadrage est « octets »",
)
LOST = Text(
    en="no message ends here; the connection is closed so that its sender begins anew",
    fr="aucun message ne se termine ici ; la connexion est fermée pour que l'émetteur recommence",
)

# A count is believed up to the longest line there is. In "auto", only what begins as a message of
# syslog does may follow: a line may begin with a number too.
_COUNT = {
    "auto": re.compile(rb"([1-9][0-9]{0,6}) (?=<)"),
    "octets": re.compile(rb"([1-9][0-9]{0,6}) "),
}
_COUNT_BEGUN = re.compile(rb"[1-9][0-9]{0,6} ?\Z")
_BETWEEN = re.compile(rb"[\r\n]*")
_ENDS = b"\r\n"


def too_long(maximum: int) -> Text:
    """Why a message of more than `maximum` bytes is not read."""
    return Text(
        en=f"the message is longer than {maximum:,} bytes (option maximum_message)",
        fr=f"le message dépasse {maximum} octets (option maximum_message)",
    )


def datagram(data: bytes, maximum: int) -> bytes | Text | None:
    """The message of one datagram, None where it is empty; a reason when it is too long.

    A message is one line: line feeds and NULs at its end go, and become blanks within it.
    """
    message = _one_line(data.replace(b"\0", b"\n"))
    if len(message) > maximum:
        return too_long(maximum)
    return message or None


class Framing:
    """One stream: bytes in, messages out, the same however the bytes are cut.

    Holds at most one message. `messages` that `feed` gives are single lines without their end.
    What is no message is kept as a reject; after garbage the next line begins anew.
    """

    def __init__(self, position: str, maximum: int, way: Way = "auto") -> None:
        """`position` names the sender in rejects; `maximum` is in bytes."""
        self._position = position
        self._maximum = maximum
        self._way = way
        self._count = _COUNT.get(way)
        self._carry = b""
        self._rejected: list[Rejected] = []
        self._owed = 0
        self._skipped = 0
        self._head = b""
        self._reason = CUT_OFF
        self.is_lost = False

    @property
    def held(self) -> int:
        """Bytes held of a message that is not there in full."""
        return len(self._carry) + len(self._head)

    def is_inside_message(self) -> bool:
        """Whether a message began that has not ended."""
        return bool(self._carry or self._owed or self._skipped)

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that these bytes complete; none any more once it `is_lost`."""
        messages: list[bytes] = []
        if self.is_lost:
            return messages
        data = data.replace(b"\0", b"\n")
        at = self._skip(data)
        if self._carry:
            data, at, self._carry = self._carry + data, 0, b""
        while at < len(data):
            at = self._next(data, at, messages)
        return messages

    def take_rejected(self) -> list[Rejected]:
        """What was put aside since the last call."""
        rejected, self._rejected = self._rejected, []
        return rejected

    def finish(self) -> None:
        """The stream ended: what has no end was cut off, and is put aside."""
        if self._skipped:
            self._reject(self._reason, self._skipped, self._head)
        elif self._carry and not self._owed:
            self._reject(CUT_OFF, len(self._carry), self._carry)
        self._carry, self._head, self._skipped, self._owed = b"", b"", 0, 0
        self.is_lost = True

    def _next(self, data: bytes, at: int, messages: list[bytes]) -> int:
        """Where the next message begins, behind the one at `at`; the end when it is not whole."""
        first = data[at]
        if first in b"\r\n":
            return _end(_BETWEEN, data, at)
        if self._count is not None and first != 0x3C:
            counted = self._count.match(data, at)
            if counted is not None and int(counted[1]) <= MAXIMUM_LINE:
                return self._counted(data, counted.end(), int(counted[1]), messages, at)
            if _COUNT_BEGUN.match(data, at):
                self._carry = data[at:]
                return len(data)
        if self._way == "octets":
            return self._skip_line(data, at, NOT_COUNTED)
        return self._line(data, at, messages)

    def _counted(self, data: bytes, at: int, count: int, messages: list[bytes], begin: int) -> int:
        end = at + count
        if count <= self._maximum:
            if end > len(data):
                self._carry = data[begin:]
                return len(data)
            message = _one_line(data[at:end])
            if message:
                messages.append(message)
            return end
        known = at + min(count, KEPT_OF_REJECTED)
        if known > len(data):
            self._carry = data[begin:]
            return len(data)
        self._reject(too_long(self._maximum), count, data[at:known])
        self._owed = max(0, end - len(data))
        return min(end, len(data))

    def _line(self, data: bytes, at: int, messages: list[bytes]) -> int:
        end = data.find(b"\n", at)
        if (len(data) if end < 0 else end) - at > self._maximum:
            return self._skip_line(data, at, too_long(self._maximum))
        if end < 0:
            self._carry = data[at:]
            return len(data)
        message = data[at:end].rstrip(_ENDS)
        if message:
            messages.append(message)
        return end + 1

    def _skip_line(self, data: bytes, at: int, reason: Text) -> int:
        self._reason, self._head = reason, data[at : at + KEPT_OF_REJECTED].partition(b"\n")[0]
        return at + self._skip_to_end(data, at)

    def _skip(self, data: bytes) -> int:
        """Where what is to be skipped ends in newly come bytes."""
        if self._owed:
            owed = min(self._owed, len(data))
            self._owed -= owed
            return owed
        return self._skip_to_end(data, 0) if self._skipped else 0

    def _skip_to_end(self, data: bytes, at: int) -> int:
        """Skip to the end of the line; how many bytes that took."""
        end = data.find(b"\n", at)
        length = (len(data) if end < 0 else end) - at
        self._fill_head(data, at, length)
        self._skipped += length
        if self._skipped >= LOST_AFTER:
            self._reject(LOST, LOST_AFTER, self._head)
            self._skipped, self._head, self.is_lost = 0, b"", True
            return len(data) - at
        if end < 0:
            return length
        self._reject(self._reason, self._skipped, self._head)
        self._skipped, self._head = 0, b""
        return length + 1

    def _fill_head(self, data: bytes, at: int, length: int) -> None:
        room = KEPT_OF_REJECTED - len(self._head)
        if self._skipped and room > 0:
            self._head += data[at : at + min(room, length)]

    def _reject(self, reason: Text, length: int, head: bytes) -> None:
        self._rejected.append(Rejected(self._position, reason, length, head[:KEPT_OF_REJECTED]))


def _one_line(message: bytes) -> bytes:
    message = message.strip(_ENDS)
    return message.replace(b"\n", b" ") if b"\n" in message else message


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    found = pattern.match(data, at)
    return at if found is None else found.end()
