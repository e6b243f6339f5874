"""What was asked for, as the proxy before us says it: the address to come back to, and whether it
is below a path that stays closed.

The proxy writes these headers over whatever the client sent in them. Even so nothing is taken from
them but a path: whose address it is, the settings say.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote

from monitor.gate.known import Headers
from monitor.gate.ticket import LONGEST_RETURN

LONGEST_PROGRAM: Final = 400
"""Characters of a program's name that tell it from others."""
_NAMES: Final = {
    "nginx": (b"x-original-uri", b"x-original-method", b"x-original-host"),
    "forwarded": (b"x-forwarded-uri", b"x-forwarded-method", b"x-forwarded-host"),
}
_PLAIN: Final = re.compile(rb"/(?!/)[\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7e]*\Z")
"""A path with its query: printable, and nothing that a browser reads as the start of an address of
somewhere else (`//`, `/\\`, blanks and controls within)."""
_ODD: Final = re.compile(r"[%\\;\x00-\x1f\x7f]|(^|/)\.{1,2}(/|$)")
_SAFE: Final = frozenset((b"", b"GET", b"HEAD"))


class Asked(NamedTuple):
    """What a browser asked the application for; each empty where nobody says it. `is_page`: it
    would show a page that it is sent to."""

    uri: bytes
    method: bytes
    host: bytes
    is_page: bool


def asked(headers: Headers, proxy: str) -> Asked:
    """What was asked for, by the headers of this kind of proxy; nothing of one that came twice."""
    uri, method, host = _NAMES[proxy]
    found = dict.fromkeys((uri, method, host, b"accept", b"sec-fetch-mode"), b"")
    came = set()
    for name, value in headers:
        if name in found:
            found[name] = b"" if name in came else value
            came.add(name)
    is_safe = found[method].upper() in _SAFE
    mode = found[b"sec-fetch-mode"]
    is_page = is_safe and mode in (b"", b"navigate") and b"text/html" in found[b"accept"]
    return Asked(found[uri], found[method].upper(), found[host].lower(), is_page)


def program(headers: Headers) -> str:
    """The program that asks, as it calls itself; empty where it says nothing, or a story."""
    found = [value for name, value in headers if name == b"user-agent"]
    is_plain = len(found) == 1 and len(found[0]) <= LONGEST_PROGRAM
    return found[0].decode("latin-1") if is_plain else ""


class Ways:
    """Back to the applications, which have these addresses; the first one is where nobody says
    which."""

    def __init__(self, applications: Sequence[str]) -> None:
        """`applications` are origins, as `monitor.gate.terms.origin_of` writes them."""
        self._first = applications[0] if applications else ""
        self._by_host = {one.partition("://")[2].encode(): one for one in applications}
        self._origins = frozenset(applications)

    def back(self, wanted: Asked) -> str:
        """The address of what was asked for; the application's own page where that cannot be asked
        for again, or is no path."""
        site = self._by_host.get(wanted.host, self._first)
        is_path = _PLAIN.match(wanted.uri) is not None and len(wanted.uri) <= LONGEST_RETURN // 2
        is_again = wanted.method in _SAFE and is_path
        return site + (wanted.uri.decode("ascii") if is_again else "/")

    def checked(self, address: str) -> str | None:
        """An address that somebody asks to be sent to; None unless it is one of the applications'.
        A path alone is the first one's."""
        if not address or not address.isascii() or len(address) > LONGEST_RETURN:
            return None
        site, path = "", address
        if not address.startswith("/"):
            scheme, colon, rest = address.partition("://")
            host, slash, path = rest.partition("/")
            site, path = f"{scheme}{colon}{host}", slash + path or "/"
        if (site and site not in self._origins) or not (site or self._first):
            return None
        return (site or self._first) + path if _PLAIN.match(path.encode()) else None


class Closed:
    """Paths below which nobody passes while nobody can tell. Safe in doubt: what an application
    could read as one of them is one."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = tuple(path.rstrip("/").lower() or "/" for path in paths)

    def has(self, uri: bytes) -> bool:
        """Whether an address is below one of them, or could be."""
        if not self._paths:
            return False
        path = unquote(uri.partition(b"?")[0].partition(b"#")[0].decode("latin-1"))
        if not path.startswith("/") or _ODD.search(path) or "/" in self._paths:
            return True
        plain = re.sub("/+", "/", path).lower().rstrip("/")
        return any(plain == one or plain.startswith(f"{one}/") for one in self._paths)
