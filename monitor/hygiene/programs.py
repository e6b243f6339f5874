"""The browser and the system that a user agent names, with versions as far as they are true."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

LONGEST: Final = 1_024

# The first that matches: most browsers name others as well.
_BROWSERS: Final = (
    ("edge", re.compile(r"\bEdg(?:A|iOS|e)?/(\d{1,4})")),
    ("opera", re.compile(r"\bOPR/(\d{1,4})")),
    ("samsung", re.compile(r"\bSamsungBrowser/(\d{1,4})")),
    ("firefox", re.compile(r"\b(?:Firefox|FxiOS)/(\d{1,4})")),
    ("chrome", re.compile(r"\b(?:Headless)?(?:Chrome|CriOS)/(\d{1,4})")),
    ("safari", re.compile(r"\bVersion/(\d{1,4})[\d.]*(?: Mobile/\w+)? Safari/")),
    ("ie", re.compile(r"\b(?:MSIE |Trident/.{0,80}?rv:)(\d{1,2})")),
)
_WINDOWS = re.compile(r"\bWindows NT (\d{1,2}\.\d)")
_MAC = re.compile(r"\bMac OS X (\d{1,2})[._](\d{1,2})")
_IOS = re.compile(r"\b(?:CPU|CPU iPhone) OS (\d{1,2})[._]")
_ANDROID = re.compile(r"\bAndroid (\d{1,2})(?:\.\d{1,2}){0,2}(; K\))?")
_FROZEN_WINDOWS = "10.0"
_FROZEN_MAC = (10, 15)
_FROZEN_IOS = 18


class Program(NamedTuple):
    """A browser and its major version, and a system and its version; None where it is not said, or
    where browsers of today always say the same."""

    browser: str | None
    major: int | None
    system: str | None
    version: str | None


NOTHING: Final = Program(None, None, None, None)


@lru_cache(maxsize=20_000)
def program(user_agent: str | None) -> Program:
    """What a user agent names.

    Browsers tell every later Windows as 10.0, every later macOS as 10.15, every later iOS as 18,
    and Chrome every Android as 10 with the model K: of these the version is not known.
    """
    if not user_agent:
        return NOTHING
    text = user_agent[:LONGEST]
    browser, major = _browser(text)
    system, version = _system(text)
    return Program(browser, major, system, version)


def _browser(text: str) -> tuple[str | None, int | None]:
    for name, pattern in _BROWSERS:
        found = pattern.search(text)
        if found:
            return name, int(found.group(1))
    return None, None


def _system(text: str) -> tuple[str | None, str | None]:
    if found := _WINDOWS.search(text):
        version = found.group(1)
        return "windows", None if version == _FROZEN_WINDOWS else version
    if found := _IOS.search(text):
        number = int(found.group(1))
        return "ios", None if number >= _FROZEN_IOS else str(number)
    if found := _ANDROID.search(text):
        return "android", None if found.group(2) else found.group(1)
    if found := _MAC.search(text):
        known = (int(found.group(1)), int(found.group(2)))
        return "macos", None if known >= _FROZEN_MAC else f"{known[0]}.{known[1]}"
    return None, None
