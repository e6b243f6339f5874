"""The other side of mail: aiosmtpd, in whose moods servers are."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alerts.ports import Action
from alerts.responders.mail import ACTIONS, Terms, open_responder
from tests.alerts.responders.contract import STALLED_S, Fault, around
from tests.alerts.responders.mailserver import MailServer, mail_server

_ANSWERS = {Fault.BUSY: "450 4.2.0 later", Fault.REFUSES: "550 5.1.1 nobody"}


class ServerWorld:
    """Which messages it took."""

    actions: frozenset[Action] = ACTIONS
    faults = frozenset(Fault)
    # A server takes a message as often as it comes; who reads it sees one, by its Message-ID.
    is_exact = False
    secrets: tuple[str, ...] = ()

    def __init__(self, server: MailServer) -> None:
        self._server = server
        terms = Terms(
            kind="mail",
            host="127.0.0.1",
            port=server.port,
            security="none",
            sender="vigie@acme.example",
            to=("soc@acme.example",),
            timeout_seconds=0.5,
        )
        self.responder = open_responder("mail", terms, around(patience_s=STALLED_S))

    def effects(self) -> list[str]:
        return [f"{one['Message-ID']} {one['To']}" for one in self._server.messages]

    def play(self, fault: Fault | None) -> None:
        server = self._server
        server.breaks_off = fault is Fault.DOWN
        server.answers_nothing = fault is Fault.STALLS
        server.fails_after = fault is Fault.AFTER
        answer = [_ANSWERS[fault]] if fault in _ANSWERS else []
        server.recipient_answers = {
            name: list(answer) for name in ("soc@acme.example", "zoe@acme.example")
        }


@contextmanager
def world(_folder: Path) -> Iterator[ServerWorld]:
    """One server."""
    with mail_server() as server:
        yield ServerWorld(server)
