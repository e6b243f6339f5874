"""The other side of a webhook: an endpoint that checks signatures and keeps the ids it knows."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from alerts.ports import Action
from alerts.responders.webhook import Terms, open_responder
from monitor.clock import now_ms
from tests.alerts.responders.contract import STALLED_S, Fault, around
from tests.alerts.responders.farside import Answer, FarSide, Request, far_side

SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSB3ZWJob29rIGluIHRlc3RzISE="
TOKEN = "canary-of-the-bearer"


class EndpointWorld:
    """As a receiver does it whose maker read the specification."""

    actions = frozenset(Action)
    faults = frozenset(Fault)
    is_exact = True
    secrets = (SECRET, SECRET.removeprefix("whsec_"), TOKEN)

    def __init__(self, side: FarSide) -> None:
        self._known: set[str] = set()
        self._done: list[str] = []
        self._fault: Fault | None = None
        side.behave = self._answer
        terms = Terms(
            kind="webhook",
            url=f"{side.address}/hook",
            secret=SECRET,
            token=TOKEN,
            actions=self.actions,
        )
        self.responder = open_responder("hook", terms, around(now=now_ms, patience_s=STALLED_S))

    def effects(self) -> list[str]:
        return list(self._done)

    def play(self, fault: Fault | None) -> None:
        self._fault = fault

    def _answer(self, request: Request) -> Answer:
        if self._fault is Fault.DOWN:
            return Answer(cuts=True)
        if self._fault is Fault.STALLS:
            return Answer(stalls=True)
        if self._fault is Fault.BUSY:
            return Answer(503, b"", (("Retry-After", "7"),))
        if self._fault is Fault.REFUSES:
            return Answer(422)
        try:
            document = Webhook(SECRET).verify(request.body, request.headers)
        except WebhookVerificationError:
            return Answer(401)
        identifier = request.headers["webhook-id"]
        if identifier not in self._known:
            self._known.add(identifier)
            account = document["data"].get("target", {}).get("account", "")
            self._done.append(f"{document['type']} {account}")
        return Answer(500 if self._fault is Fault.AFTER else 200, json.dumps({}).encode())


@contextmanager
def world(_folder: Path) -> Iterator[EndpointWorld]:
    """One endpoint."""
    with far_side() as side:
        yield EndpointWorld(side)
