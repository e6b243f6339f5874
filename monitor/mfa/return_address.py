"""Where somebody goes on after a challenge: a page of an application that the settings name, or
nowhere.

Browsers read addresses more kindly than any parser of ours (backslashes, tabs, a name before `@`),
so nothing is parsed here: an address is safe when it begins with a known origin and a slash, and
has no character that a browser would change.
"""

from collections.abc import Iterable
from typing import Final

LONGEST: Final = 2_048
"""Characters of an address that is kept."""
_CHANGED: Final = frozenset('\\"<> ')


def safe_return(text: str, origins: Iterable[str]) -> str:
    """The address if it is one of these origins' (`https://app.example.com`, as browsers write
    them), else empty."""
    if len(text) > LONGEST or not text.isascii() or not text.isprintable():
        return ""
    if _CHANGED & set(text):
        return ""
    known = (origin.rstrip("/") for origin in origins)
    return text if any(text == one or text.startswith(f"{one}/") for one in known if one) else ""
