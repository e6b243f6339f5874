"""The other side of Apprise: a Mattermost, as far as its hooks go."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alerts.ports import Action
from alerts.responders.apprise import ACTIONS, Terms, open_responder
from tests.alerts.responders.contract import STALLED_S, Fault, around
from tests.alerts.responders.farside import Answer, FarSide, Request, far_side

TOKEN = "canaryofmattermostcanaryof"


class HookWorld:
    """What was written."""

    actions: frozenset[Action] = ACTIONS
    faults = frozenset(Fault)
    # A channel shows what was written as often as it was.
    is_exact = False
    secrets = (TOKEN,)

    def __init__(self, side: FarSide) -> None:
        self._done: list[str] = []
        self._fault: Fault | None = None
        side.behave = self._answer
        url = f"mmost://{side.address.removeprefix('http://')}/{TOKEN}"
        terms = Terms(kind="apprise", url=url, timeout_seconds=0.5)
        self.responder = open_responder("chat", terms, around(patience_s=STALLED_S))

    def effects(self) -> list[str]:
        return list(self._done)

    def play(self, fault: Fault | None) -> None:
        self._fault = fault

    def _answer(self, request: Request) -> Answer:
        match self._fault:
            case Fault.DOWN:
                return Answer(cuts=True)
            case Fault.STALLS:
                return Answer(stalls=True)
            case Fault.BUSY:
                return Answer(429, b"", (("Retry-After", "7"),))
            case Fault.REFUSES:
                return Answer(404)
            case _:
                self._done.append(f"{request.path} {len(self._done)}")
                return Answer(500 if self._fault is Fault.AFTER else 200)


@contextmanager
def world(_folder: Path) -> Iterator[HookWorld]:
    """One hook."""
    with far_side() as side:
        yield HookWorld(side)
