"""Which addresses are subscribers': their pages look alike, and read no reviewer's session."""

from typing import Final

CHALLENGE: Final = "/challenge"
ENROL: Final = "/enrol"
OWN: Final = "/me"
PREFIXES: Final = (CHALLENGE, ENROL, OWN)


def is_subscribers(path: str) -> bool:
    """Whether an address is one of subscribers' pages."""
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in PREFIXES)
