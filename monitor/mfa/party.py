"""For whom passkeys are: a host's name, for ever. Apart from what checks them, which is heavy."""

from msgspec import Struct


class RelyingParty(Struct, frozen=True):
    """For whom passkeys are: the RP ID (a host's name that they are bound to for ever), what people
    are shown of it, and the origins of the pages that may ask for them."""

    id: str
    name: str
    origins: tuple[str, ...]


def is_suffix(party: str, host: str) -> bool:
    """Whether a relying party's id can be that of pages at a host: the host's name, or the end of
    it at a dot. Never an address (5.1.3 of the specification)."""
    if not party or not host or host.replace(".", "").isdigit() or ":" in host:
        return False
    return host == party or host.endswith(f".{party}")
