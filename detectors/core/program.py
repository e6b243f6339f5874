"""How new the program is that a user agent names: two machines alike often differ in that alone."""

import re
from functools import lru_cache

LONGEST = 1_024
_OWN = re.compile(r"\b(?:Edg|EdgA|EdgiOS|OPR|Firefox|FxiOS|CriOS)/(\d{1,6})(?:\.(\d{1,3}))?")
_SAFARI = re.compile(r"\bVersion/(\d{1,6})(?:\.(\d{1,3}))?[^/]*(?: Mobile/\S+)? Safari/")
_CHROME = re.compile(r"\bChrome/(\d{1,6})(?:\.(\d{1,3}))?")
_FIRST = re.compile(r"^[\w.-]{1,40}/(\d{1,6})(?:\.(\d{1,3}))?")


@lru_cache(maxsize=20_000)
def version_of(user_agent: str | None) -> int:
    """1000 * major + minor version of the program; 0 where none is said."""
    if not user_agent:
        return 0
    text = user_agent[:LONGEST]
    for pattern in (_OWN, _SAFARI, _CHROME, _FIRST):
        found = pattern.search(text)
        if found:
            return int(found.group(1)) * 1_000 + int(found.group(2) or 0)
    return 0
