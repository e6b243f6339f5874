"""Which addresses databases may be fetched from: nobody on the way may put in others."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

_PORTS = {"https": 443, "http": 80}


def is_safe(url: str) -> bool:
    """Whether nobody between the server and us can change what it sends: https, or this machine."""
    try:
        site = urlsplit(url)
        _ = site.port
    except ValueError:
        return False
    if not site.hostname:
        return False
    return site.scheme == "https" or (site.scheme == "http" and _is_this_machine(site.hostname))


def is_same_site(url: str, other: str) -> bool:
    """Whether both are of one server: scheme, host and port."""
    return _site(urlsplit(url)) == _site(urlsplit(other))


def _site(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or _PORTS.get(url.scheme)


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
