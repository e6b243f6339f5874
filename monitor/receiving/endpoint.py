"""One source of syslog as it is served: opened, opened again when that fails, limited anew."""

import logging
import ssl
from typing import Final

from monitor.receiving.datagrams import Datagrams
from monitor.receiving.senders import Senders
from monitor.receiving.sockets import bound, close_all, named
from monitor.receiving.spool import Spool
from monitor.receiving.streams import Streams
from monitor.sources.syslog import Address, Options
from monitor.sources.tls import CertificateError
from monitor.store.receipts import Receipts

_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 30.0

log = logging.getLogger(__name__)


class Endpoint:
    """The sockets of one source; `served` is None while they cannot be had, see `trouble`."""

    def __init__(
        self, source: str, address: Address, options: Options, kept: Receipts, spool: Spool
    ) -> None:
        """`kept` is counted on."""
        self.source = source
        self.address = address
        self.options = options
        self.senders = Senders(address.transport, options, kept)
        self.served: Datagrams | Streams | None = None
        self.trouble: str | None = None
        self._spool = spool
        self._again_at = 0.0
        self._pause = _FIRST_PAUSE_S

    def open_if_due(self, now: float) -> bool:
        """Open what is not open, unless it failed just now; whether it was opened."""
        if self.served is not None or now < self._again_at:
            return False
        try:
            self.served = self._opened()
        except (OSError, CertificateError) as error:
            self._again_at = now + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE_S)
            self._tell(error.strerror or str(error) if isinstance(error, OSError) else str(error))
            return False
        self._pause, self.trouble = _FIRST_PAUSE_S, None
        return True

    def limit(self, options: Options, now: float) -> None:
        """Other options hold from now on; a certificate that cannot be used changes nothing."""
        if options == self.options:
            return
        served = self.served
        if isinstance(served, Streams):
            try:
                served.context = self._context(options)
            except CertificateError as error:
                self._tell(f"{error}; the former options hold")
                return
            served.options = options
        elif served is not None:
            served.maximum = options.maximum_message
        self.options, self.trouble, self._again_at = options, None, now
        self.senders.limit(options, now)

    def listening(self) -> list[str]:
        """Addresses and ports that are listened on."""
        return [] if self.served is None else [named(one) for one in self.served.sockets]

    def close_listeners(self) -> None:
        """Take nothing new."""
        if self.served is not None:
            close_all(self.served.sockets)

    def told(self, now: float, now_ms: int) -> Receipts:
        """What was taken and refused, as it stands."""
        if isinstance(self.served, Datagrams):
            self.served.count_dropped()
        receipts = self.senders.told(now, now_ms)
        receipts.address = str(self.address)
        receipts.listening = self.listening()
        receipts.trouble = self.trouble
        return receipts

    def _opened(self) -> Datagrams | Streams:
        options = self.options
        if self.address.transport == "udp":
            sockets = bound(self.address)
            return Datagrams(
                self.source, sockets, self.senders, options.maximum_message, self._spool
            )
        context = self._context(options)
        sockets = bound(self.address)
        return Streams(self.source, sockets, self.senders, options, context, self._spool)

    def _context(self, options: Options) -> ssl.SSLContext | None:
        if self.address.transport != "tls":
            return None
        made = options.context()
        if made is None:
            raise CertificateError("there is no certificate with its key")
        return made

    def _tell(self, reason: str) -> None:
        if reason != self.trouble:
            self.trouble = reason
            log.warning("source %s: %s", self.source, reason)
