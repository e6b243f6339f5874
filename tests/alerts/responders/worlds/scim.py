"""The other side of SCIM: PyPI's server, which fails when it is told to."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alerts.ports import Action
from alerts.responders.scim import ACTIONS, Terms, open_responder
from tests.alerts.responders.contract import ACCOUNT, STALLED_S, Fault, around
from tests.alerts.responders.provider import TOKEN, Application, Provider, provider


class ProviderWorld:
    """What became of its users' `active`."""

    actions: frozenset[Action] = ACTIONS
    faults = frozenset(Fault)
    is_exact = True
    secrets = (TOKEN,)

    def __init__(self, server: Provider) -> None:
        self._server = server
        self._fault: Fault | None = None
        self._closing = threading.Event()
        self._done: list[str] = []
        self._users = {
            server.add("zoe@acme.example", externalId=ACCOUNT): ACCOUNT,
            server.add("other@acme.example", externalId="u-2"): "u-2",
        }
        server.meddle = self._meddle
        terms = Terms(kind="scim", url=server.url, token=TOKEN)
        self.responder = open_responder("idp", terms, around(patience_s=STALLED_S))

    def effects(self) -> list[str]:
        return list(self._done)

    def play(self, fault: Fault | None) -> None:
        self._fault = fault

    def close(self) -> None:
        self._closing.set()

    def _meddle(self, app: Application, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if self._fault is Fault.DOWN:
            raise ConnectionAbortedError
        if self._fault is Fault.STALLS:
            self._closing.wait(30)
            raise ConnectionAbortedError
        if self._fault in (Fault.BUSY, Fault.REFUSES):
            start("503 Busy" if self._fault is Fault.BUSY else "403 Forbidden", [])
            return [b""]
        if environ["REQUEST_METHOD"] != "PATCH":
            return app(environ, start)
        return self._changed(app, environ, start)

    def _changed(self, app: Application, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        before = self._states()
        is_failing = self._fault is Fault.AFTER
        answer = b"".join(app(environ, (lambda *_: None) if is_failing else start))
        for uid, is_active in self._states().items():
            if is_active is not before[uid]:
                self._done.append(f"{'on' if is_active else 'off'} {self._users[uid]}")
        if not is_failing:
            return [answer]
        start("500 Internal Server Error", [])
        return [b""]

    def _states(self) -> dict[str, bool | None]:
        return {uid: self._server.is_active(uid) for uid in self._users}


@contextmanager
def world(_folder: Path) -> Iterator[ProviderWorld]:
    """One server."""
    with provider() as server:
        made = ProviderWorld(server)
        try:
            yield made
        finally:
            made.close()
