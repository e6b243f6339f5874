"""The other side of Keycloak: a realm that plays its admin API, and fails when it is told to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alerts.ports import Action
from alerts.responders.keycloak import ACTIONS, Terms, open_responder
from tests.alerts.responders.contract import ACCOUNT, STALLED_S, Fault, around
from tests.alerts.responders.farside import Answer, Request, far_side
from tests.alerts.responders.realm import CLIENT, SECRET, TOKEN, Realm


class RealmWorld:
    """What became of its users."""

    actions: frozenset[Action] = ACTIONS
    faults = frozenset(Fault)
    is_exact = True
    secrets = (SECRET, TOKEN)

    def __init__(self, realm: Realm) -> None:
        self._realm = realm
        self._fault: Fault | None = None
        self._done: list[str] = []
        realm.add(ACCOUNT, "zoe@acme.example", "s1")
        realm.add("u-2", "other@acme.example", "s2")
        realm.meddle = self._meddle
        terms = Terms(kind="keycloak", url=realm.url, client_id=CLIENT, client_secret=SECRET)
        self.responder = open_responder("idp", terms, around(patience_s=STALLED_S))

    def effects(self) -> list[str]:
        return list(self._done)

    def play(self, fault: Fault | None) -> None:
        self._fault = fault

    def _meddle(self, request: Request, admin: Callable[[Request], Answer]) -> Answer:
        if self._fault is Fault.DOWN:
            return Answer(cuts=True)
        if self._fault is Fault.STALLS:
            return Answer(stalls=True)
        if self._fault in (Fault.BUSY, Fault.REFUSES):
            return Answer(503 if self._fault is Fault.BUSY else 403)
        before = self._states()
        answer = admin(request)
        for uid, state in self._states().items():
            if state != before[uid]:
                self._done.append(f"{len(self._done)} {state} {uid}")
        is_failing = self._fault is Fault.AFTER and request.method != "GET"
        return Answer(500) if is_failing else answer

    def _states(self) -> dict[str, str]:
        return {
            uid: f"{user['enabled']} {user['requiredActions']} {self._realm.sessions[uid]}"
            for uid, user in self._realm.users.items()
        }


@contextmanager
def world(_folder: Path) -> Iterator[RealmWorld]:
    """One realm."""
    with far_side() as side:
        yield RealmWorld(Realm(side))
