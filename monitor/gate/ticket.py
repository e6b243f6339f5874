"""A reference to a challenge that may be made once a browser comes with it, and not before.

The gate is asked at every request, also by programs that follow no link: were a challenge made
each time, a page with twenty pictures would make twenty. So the gate writes into the address all
that a challenge takes, sealed with a key of the instance, and nothing is kept. The account's name
in it is nobody's to read: addresses stand in logs of proxies.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from detectors.core.event import MINUTE, SECOND
from monitor.mfa.sealing import Seal, SealError

PATH: Final = "/challenge/gate"
PARAMETER: Final = "t"
LIFETIME: Final = 15 * MINUTE
"""How long (ms) somebody may take to follow the address."""
MAXIMUM: Final = 6_000
"""Characters of a ticket."""
LONGEST_RETURN: Final = 1_024
"""Characters of the address to go back to; with a longer one, it is the application's own page."""
_OWNER: Final = "gate-ticket"
_AHEAD = 5 * SECOND


class TicketError(ValueError):
    """No ticket of this instance, or one that is too old. It does not say which."""


class Ticket(Struct, frozen=True, array_like=True):
    """That a session of an account is to prove itself, because of an order or a demand (`key`), and
    where it goes on then: an address of the application, empty for none. Issued at a time (ms), to
    a browser at an address and of a program where these are known: to whoever sits in the session,
    and not to whom they send the ticket on."""

    tenant: str
    account: str
    session: str
    key: str
    return_to: str
    issued: int
    ip: str = ""
    user_agent: str = ""


class Tickets:
    """Makes them and knows its own again. Safe to share between threads."""

    def __init__(self, seal: Seal, now: Callable[[], int]) -> None:
        """`seal` is the instance's for this purpose (`Keyring.tickets`), `now` gives ms."""
        self._seal = seal
        self._now = now

    def sealed(self, ticket: Ticket) -> str:
        """What stands for it in an address."""
        if len(ticket.return_to) > LONGEST_RETURN:
            ticket = msgspec.structs.replace(ticket, return_to="")
        closed = self._seal.close(_encode(ticket), _OWNER)
        return base64.urlsafe_b64encode(closed).rstrip(b"=").decode()

    def address(self, site: str, ticket: Ticket) -> str:
        """Where a browser makes a challenge of it, on the pages at `site`."""
        return f"{site.rstrip('/')}{PATH}?{PARAMETER}={quote(self.sealed(ticket))}"

    def opened(self, text: str) -> Ticket:
        """What a text stands for. Raises TicketError."""
        if not text or len(text) > MAXIMUM or not text.isascii():
            raise TicketError("this is no address of ours")
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
            ticket = _decode(self._seal.open(raw, _OWNER))
        except (binascii.Error, ValueError, SealError, msgspec.DecodeError):
            raise TicketError("this is no address of ours") from None
        if not ticket.issued - _AHEAD <= self._now() < ticket.issued + LIFETIME:
            raise TicketError("this is no address of ours")
        return ticket


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Ticket).decode
