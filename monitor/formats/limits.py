"""Limits on what a line may put into a value: bounded texts that every store can hold."""

from detectors.core.identity import digest
from monitor.formats.format import MAXIMUM_LINE, MalformedLine

MAXIMUM_TEXT = 1_024
"""Characters of an account, session, tenant or user agent; longer ones are cut and marked."""

# \x1e begins each text of a JSON sequence (RFC 7464).
_BLANKS = b" \t\r\n\x00\x1e"
_BOM = b"\xef\xbb\xbf"
LEADING = _BLANKS + _BOM
"""Bytes that transport may leave before a line: none that a line itself begins with."""


def trimmed(line: bytes) -> bytes:
    """The line without what transport leaves at its ends: blanks, NULs, record separators, a
    byte order mark.

    Raises MalformedLine for a line of more than `MAXIMUM_LINE` bytes.
    """
    if line[:1] == b"{" and line[-1:] == b"}" and len(line) <= MAXIMUM_LINE:
        return line
    if len(line) > MAXIMUM_LINE:
        raise MalformedLine(f"longer than {MAXIMUM_LINE:,} bytes")
    line = line.strip(_BLANKS)
    return line[3:].strip(_BLANKS) if line.startswith(_BOM) else line


def bounded(text: str) -> str:
    """The text as a value may hold it.

    Verbatim as a rule. A longer one than `MAXIMUM_TEXT` is cut and ends in a digest of all of
    it, so that two never become one. NUL and lone surrogates, which databases and encoders
    refuse, are replaced.
    """
    if "\x00" in text:
        text = text.replace("\x00", "\N{SYMBOL FOR NULL}")
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()
    if len(text) > MAXIMUM_TEXT:
        mark = f"…{digest(text).hex()}"
        text = text[: MAXIMUM_TEXT - len(mark)] + mark
    return text
