"""A daemon's part in the audit: it keeps signed places outside, and enters what it does itself."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError

from monitor import clock, signing
from monitor.chain.sealing import Seal
from monitor.health.rule import Broken
from monitor.services.actor import DAEMON
from monitor.services.audit import record
from monitor.services.witness import Witness
from monitor.settings import Settings
from monitor.store.connection import explain

log = logging.getLogger(__name__)


class Attesting:
    """Of one daemon. What it cannot do now it tries again, and tells once."""

    def __init__(
        self,
        settings: Settings,
        database: Callable[[], Database],
        seconds: Callable[[], float] = clock.monotonic,
    ) -> None:
        """`database` gives the one of the settings; `seconds` is what durations are measured by."""
        self._settings = settings
        self._database = database
        self._seconds = seconds
        self._looked = -float(settings.audit.checkpoint_seconds)
        self._witness: Witness | None = None
        self._trouble = ""

    @property
    def broken(self) -> Broken | None:
        """What is wrong with the audit, as far as it was looked at."""
        fault = None if self._witness is None else self._witness.fault
        return None if fault is None else Broken(fault.number, fault.wrong.value)

    def duty(self) -> bool:
        """Look when it is time to; never done."""
        if self._seconds() - self._looked >= self._settings.audit.checkpoint_seconds:
            self.look()
        return False

    def look(self) -> None:
        """Sign the head and keep that outside, where it has moved."""
        self._looked = self._seconds()
        try:
            seal = self._opened().look()
        except (DBAPIError, OSError) as error:
            why = explain(error) if isinstance(error, DBAPIError) else str(error)
            if why != self._trouble:
                log.warning("no checkpoint of the audit can be kept: %s", why)
            self._trouble = why
            return
        self._trouble = ""
        if seal is not None and self._settings.audit.checkpoint_log:
            log.info("audit checkpoint", extra=_fields(seal))

    def enter(self, operation: str, content: Mapping[str, Any]) -> None:
        """Enter what the daemon does. Raises sqlalchemy.exc.DBAPIError."""
        with self._database().begin() as connection:
            record(connection, DAEMON, operation, "daemon", content=content)

    def _opened(self) -> Witness:
        if self._witness is None:
            sealer = signing.sealer_of(self._settings)
            if sealer is None:
                raise OSError("the instance's key is not here")
            files = signing.checkpoints_of(self._settings)
            self._witness = Witness(self._database(), sealer, files)
        return self._witness


def _fields(seal: Seal) -> dict[str, str | int]:
    return {
        "entries": seal.number,
        "digest": seal.digest.hex(),
        "signed": seal.time,
        "signer": seal.signer.hex(),
        "signature": seal.signature.hex(),
    }
