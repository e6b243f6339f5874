"""The other side of Jira: a server that behaves as documented, or does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alerts.ports import Action
from alerts.responders.jira import ACTIONS, Terms, open_responder
from tests.alerts.responders.contract import STALLED_S, Fault, around
from tests.alerts.responders.farside import Answer, Request
from tests.alerts.responders.jira_server import TOKEN, USER, JiraServer, jira_server

_ANSWERS = {
    Fault.DOWN: Answer(cuts=True),
    Fault.STALLS: Answer(stalls=True),
    Fault.BUSY: Answer(429, b"", (("Retry-After", "7"),)),
    Fault.REFUSES: Answer(403, b"{}"),
}


class ProjectWorld:
    """What was made, told and moved."""

    actions: frozenset[Action] = ACTIONS
    faults = frozenset(Fault)
    is_exact = True
    secrets = (TOKEN,)

    def __init__(self, server: JiraServer) -> None:
        self._server = server
        terms = Terms(kind="jira", url=server.address, username=USER, token=TOKEN, project="SEC")
        self.responder = open_responder("jira", terms, around(patience_s=STALLED_S))

    def effects(self) -> list[str]:
        return list(self._server.done)

    def play(self, fault: Fault | None) -> None:
        self._server.fails_after = fault is Fault.AFTER

        def meddle(_request: Request) -> Answer | None:
            return None if fault is None else _ANSWERS.get(fault)

        self._server.meddle = meddle


@contextmanager
def world(_folder: Path) -> Iterator[ProjectWorld]:
    """One project."""
    with jira_server() as server:
        yield ProjectWorld(server)
