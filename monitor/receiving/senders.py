"""Who sends, how much of it each may send, and what was refused; a bounded number of senders."""

import ipaddress
from collections import Counter, OrderedDict
from typing import Final

from monitor.sources.syslog import Network, Options, Transport
from monitor.store.receipts import Receipts, Refusal, SenderReceipts

MOST_SENDERS: Final = 10_000
"""Senders that are remembered of a source."""
SHOWN: Final = 50
"""Senders that are told of a source."""
_BURST_S = 2.0
_ARRIVALS_PER_S = 20.0
_LOOKED_AT = 64


class Bucket:
    """So many a second, and as many at once as come in a burst."""

    __slots__ = ("_at", "_level", "_most", "_rate")

    def __init__(self, rate: float, most: float, now: float) -> None:
        """`now` in seconds of any clock, as in every call."""
        self._rate = rate
        self._most = most
        self._level = most
        self._at = now

    def take(self, now: float) -> bool:
        """Whether there is one to take; if so it is taken."""
        self._fill(now)
        if self._level < 1.0:
            return False
        self._level -= 1.0
        return True

    def charge(self, count: int, now: float) -> float:
        """Take so many, owed if need be; seconds until nothing is owed."""
        self._fill(now)
        self._level -= count
        return max(0.0, -self._level / self._rate)

    def _fill(self, now: float) -> None:
        if now > self._at:
            self._level = min(self._most, self._level + (now - self._at) * self._rate)
            self._at = now


class Sender:
    """One address that may send to one source, and its share of everything.

    `name` is its stream's; `waiting` are its bytes that are not stored yet.
    """

    __slots__ = (
        "address",
        "arrivals",
        "bucket",
        "connections",
        "host",
        "last",
        "messages",
        "name",
        "refused",
        "waiting",
    )

    def __init__(self, address: str, transport: Transport, options: Options, now: float) -> None:
        self.address = address
        self.host = address.encode()
        self.name = f"[{address}]:{transport}" if ":" in address else f"{address}:{transport}"
        self.connections = 0
        self.waiting = 0
        self.messages = 0
        self.refused: Counter[str] = Counter()
        self.last = now
        self.limit(options, now)

    def limit(self, options: Options, now: float) -> None:
        """Begin anew with what it may send."""
        rate = options.messages_per_second
        self.bucket = Bucket(rate, _BURST_S * rate, now)
        self.arrivals = Bucket(_ARRIVALS_PER_S, 2.0 * options.connections_per_sender, now)

    def is_busy(self) -> bool:
        """Whether it must not be forgotten."""
        return self.connections > 0 or self.waiting > 0


class Senders:
    """Those of one source. Used by one thread, but for `Sender.waiting`."""

    def __init__(
        self, transport: Transport, options: Options, kept: Receipts, *, most: int = MOST_SENDERS
    ) -> None:
        """`kept` is counted on."""
        self.receipts = kept
        self.refused: Counter[str] = Counter(kept.refused)
        self._transport = transport
        self._most = most
        self._known: OrderedDict[str, Sender] = OrderedDict()
        self._strangers: OrderedDict[str, None] = OrderedDict()
        self._options = options
        self._networks: tuple[Network, ...] = options.networks()

    def limit(self, options: Options, now: float) -> None:
        """Other limits hold from now on."""
        self._options = options
        self._networks = options.networks()
        self._strangers.clear()
        for peer, sender in [*self._known.items()]:
            if self.may_send(sender.address):
                sender.limit(options, now)
            else:
                del self._known[peer]

    def find(self, peer: str, now: float) -> Sender | Refusal:
        """The sender with the address that a socket names, or why it is none."""
        sender = self._known.get(peer)
        if sender is not None:
            self._known.move_to_end(peer)
            sender.last = now
            return sender
        if peer in self._strangers:
            return Refusal.NOT_ALLOWED
        address = plain(peer)
        if not self.may_send(address):
            self._strangers[peer] = None
            if len(self._strangers) > self._most:
                self._strangers.popitem(last=False)
            return Refusal.NOT_ALLOWED
        if len(self._known) >= self._most and not self._forget_one():
            return Refusal.NO_ROOM
        sender = self._known[peer] = Sender(address, self._transport, self._options, now)
        return sender

    def refuse(self, refusal: Refusal, sender: Sender | None = None, count: int = 1) -> None:
        """Count what was refused, of all and of the sender."""
        self.refused[refusal] += count
        if sender is not None:
            sender.refused[refusal] += count

    def took(self, sender: Sender, messages: int, octets: int, rejected: int = 0) -> None:
        """Count what was taken."""
        sender.messages += messages
        self.receipts.messages += messages
        self.receipts.octets += octets
        self.receipts.rejected += rejected

    def told(self, now: float, now_ms: int) -> Receipts:
        """The counts as they stand."""
        receipts = self.receipts
        receipts.updated = now_ms
        receipts.refused = dict(self.refused)
        receipts.connections = sum(one.connections for one in self._known.values())
        shown = sorted(self._known.values(), key=_prominence)[:SHOWN]
        receipts.senders = [
            SenderReceipts(
                one.address,
                now_ms - round(1_000 * (now - one.last)),
                one.messages,
                one.connections,
                dict(one.refused),
            )
            for one in shown
        ]
        return receipts

    def may_send(self, address: str) -> bool:
        """Whether it is in one of the networks that may."""
        there = ipaddress.ip_address(address)
        return any(there in network for network in self._networks)

    def _forget_one(self) -> bool:
        """Forget the one that is silent for longest."""
        for _ in range(_LOOKED_AT):
            peer, sender = next(iter(self._known.items()))
            if not sender.is_busy():
                del self._known[peer]
                return True
            self._known.move_to_end(peer)
        return False


def plain(peer: str) -> str:
    """An address as people write it: without a zone, and IPv4 as IPv4 on sockets for both."""
    address = ipaddress.ip_address(peer.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return str(address if mapped is None else mapped)


def _prominence(sender: Sender) -> tuple[int, int, str]:
    return -sum(sender.refused.values()), -sender.messages, sender.address
