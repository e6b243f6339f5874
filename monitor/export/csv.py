"""Tables as CSV (RFC 4180) that no spreadsheet takes for formulas, and that are read back exactly.

A cell that begins like a formula gets an apostrophe in front, as OWASP advises (CSV Injection), and
so does one that begins with apostrophes before such a sign: whoever reads it takes one away.
Every cell is quoted, so that no separator of another country ends it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

BOM: Final = "\ufeff"
"""Says to spreadsheets that it is UTF-8."""

# Full-width signs are signs to some spreadsheets, and blanks before one, or what has no
# width, are left out by others.
_SIGN = r"[\s\x00\u200b\u2060\ufeff]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20|%]"
_FORMULA: Final = re.compile(rf"'*{_SIGN}")
_QUOTED: Final = re.compile(rf"'+{_SIGN}")


def guarded(cell: str) -> str:
    """The cell as text, whatever it begins with."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return cell[1:] if _QUOTED.match(cell) else cell


def line(cells: Iterable[str], delimiter: str = ",") -> str:
    """One record, with its end."""
    quoted = ('"' + guarded(cell).replace('"', '""') + '"' for cell in cells)
    return delimiter.join(quoted) + "\r\n"


def document(rows: Iterable[Iterable[str]], delimiter: str = ",") -> Iterator[bytes]:
    """The whole, a record at a time, as UTF-8 with its mark."""
    mark = BOM
    for row in rows:
        yield (mark + line(row, delimiter)).encode("utf-8", "backslashreplace")
        mark = ""
    if mark:
        yield mark.encode()
