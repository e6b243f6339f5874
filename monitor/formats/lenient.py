"""JSON as careless writers leave it, read as far as anybody could, and texts of its values."""

import json
import re
from typing import Any

import msgspec

from monitor.formats.format import MalformedLine

_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")
_LONGEST_INTEGER = 4_000
# Floats keep their text, so that a number used as an id is rendered as it was written.
_usual = msgspec.json.Decoder(float_hook=str)


def decoded(line: bytes) -> Any:
    """The JSON value of a line, floats as they were written; MalformedLine when it is none.

    Raw control characters in texts, NaN, and bytes of another encoding (taken for the Latin-1
    characters that they most often are) are no hindrance.
    """
    try:
        return _usual.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    except RecursionError:
        raise MalformedLine("JSON nested too deeply") from None
    text = line.decode("utf-8", "surrogateescape")
    if not text.isascii():
        text = _ESCAPED_BYTE.sub(lambda found: chr(ord(found.group()) - 0xDC00), text)
    try:
        return json.loads(text, strict=False, parse_float=str, parse_int=_integer)
    except RecursionError:
        raise MalformedLine("JSON nested too deeply") from None
    except ValueError as error:
        raise MalformedLine(f"not JSON: {error}") from None


def text_of(value: Any) -> str | None:
    """A text, a number or a truth value as text; None for all else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, int | float):
        return None
    try:
        return str(value)
    except ValueError:
        return f"{value:#x}"


def _integer(digits: str) -> int | str:
    return digits if len(digits) > _LONGEST_INTEGER else int(digits)
