"""Cookies of a request as the application behind us reads them, or none where that is not sure.

Of two cookies of one name some programs read the first and others the last: whoever sends two
could show one to the gate and the other to the application. So neither is taken.
"""

from monitor.gate.known import Headers


def cookies_of(headers: Headers) -> dict[bytes, bytes | None]:
    """Value by name, as it was sent, in quotes where it is; None for a name that came twice."""
    found: dict[bytes, bytes | None] = {}
    for name, line in headers:
        if name != b"cookie":
            continue
        for part in line.split(b";"):
            key, _, value = part.partition(b"=")
            key = key.strip()
            found[key] = None if key in found else value.strip()
    return found


def bearer_of(headers: Headers) -> bytes | None:
    """The token of an Authorization header (RFC 6750); None for none, another scheme, or two."""
    told = [value for name, value in headers if name == b"authorization"]
    if len(told) != 1 or told[0][:7].lower() != b"bearer ":
        return None
    return told[0][7:].strip() or None
