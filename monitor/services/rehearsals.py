"""Drafts of the policy that are tried beside, on all that is stored of the last days: one at a time
for each person, told how far it is, cancelled when nobody wants it, and kept until the next."""

from collections.abc import Callable
from secrets import token_hex
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct
from sqlalchemy import Engine

from alerts.document import read_text
from alerts.outlook import Example, Outlook
from detectors.core.detector import Text
from detectors.core.event import SECOND
from monitor.clock import now_ms
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed
from monitor.store import policies, rehearsals
from monitor.store.connection import reading
from monitor.store.policies import digest_of
from monitor.store.rehearsals import State, StoredRehearsal

AT_ONCE: Final = 2
"""How many are tried at once by everybody together."""
SILENT: Final = 60 * SECOND
"""After so long (ms) without a word from it, one that runs is taken for gone."""
GONE: Final = "gone"
"""The trouble of one that was not heard of any more."""
TROUBLES: Final = {
    "too-much": Text(
        "even a single day has more events than are folded beside the console: use the command "
        "line",
        "même une seule journée compte plus d'événements qu'on n'en rejoue à côté de la console : "
        "prenez la ligne de commande",
    ),
    "too-long": Text(
        "it took longer than is allowed beside the console: use the command line",
        "cela a duré plus longtemps qu'il n'est permis à côté de la console : prenez la ligne de "
        "commande",
    ),
    "memory": Text(
        "it needed more memory than is allowed beside the console: use the command line",
        "il fallait plus de mémoire qu'il n'est permis à côté de la console : prenez la ligne de "
        "commande",
    ),
    "document": Text("this is no policy", "ce n'est pas une politique"),
    GONE: Text(
        "it was broken off, perhaps by a restart: try it again",
        "il a été interrompu, peut-être par un redémarrage : essayez de nouveau",
    ),
}
"""What ended a rehearsal that came to nothing."""

Launch: TypeAlias = Callable[[str, str], object]
"""Begins the process that tries somebody's draft: told whose, and which attempt it is."""

_outlook = msgspec.msgpack.Decoder(Outlook).decode
_example = msgspec.msgpack.Decoder(Example).decode


class BusyError(RuntimeError):
    """Nothing can be tried now; `text` says why in both languages."""

    def __init__(self, english: str, french: str) -> None:
        super().__init__(english)
        self.text = Text(english, french)


class Rehearsal(Struct, frozen=True, kw_only=True):
    """A draft that somebody tries. Times are ms since 1970 UTC; `done` of `total` events are
    folded. `is_current`: the policy that it is compared with still holds. `trouble` is why it came
    to nothing."""

    document: str
    digest: str
    base: int
    state: State
    begun: int
    heard: int
    done: int
    total: int
    is_current: bool
    trouble: Text | None = None
    outlook: Outlook | None = None
    examples: tuple[Example, ...] = ()

    @property
    def share(self) -> float:
        """How much of it is folded, 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


class Rehearsals:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC. `launch` is
    None where nothing can be tried beside."""

    def __init__(
        self, engine: Engine, launch: Launch | None = None, now: Callable[[], int] = now_ms
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._launch = launch
        self._now = now

    @allowed(Operation.POLICY_WRITE)
    def begin(self, actor: Actor, document: str) -> Rehearsal:
        """Try a document from now on, in place of what one tried before. Nothing is saved of what
        it would do, and nothing is done. Raises PolicyError, BusyError."""
        read_text(document)
        now, owner, attempt = self._now(), actor.reference, token_hex(16)
        if self._launch is None:
            raise BusyError(
                "this console cannot start a process beside itself: use the command line",
                "cette console ne peut lancer de processus à côté d'elle : prenez la ligne de "
                "commande",
            )
        with self._engine.begin() as connection:
            rehearsals.drop(connection, owner)
            if rehearsals.running(connection, now - SILENT) >= AT_ONCE:
                raise BusyError(
                    "others try drafts at this moment: try yours in a few minutes",
                    "d'autres essaient des brouillons en ce moment : essayez le vôtre dans "
                    "quelques minutes",
                )
            held = policies.newest(connection) or policies.shipped()
            one = StoredRehearsal(
                owner=owner,
                attempt=attempt,
                document=document,
                digest=digest_of(document),
                base=held.id,
                state=State.RUNNING,
                begun=now,
                heard=now,
            )
            rehearsals.begin(connection, one)
            told = {"digest": one.digest.hex(), "base": held.id}
            record(connection, actor, Operation.POLICY_READ, "policy:dry-run", content=told)
        self._launch(owner, attempt)
        return self._told(one, held.id)

    @allowed(Operation.POLICY_READ)
    def own(self, actor: Actor) -> Rehearsal | None:
        """What one tries, or tried last; None where that is nothing."""
        with self._reading.begin() as connection:
            one = rehearsals.of(connection, actor.reference)
            if one is None:
                return None
            held = policies.newest(connection) or policies.shipped()
            shown = rehearsals.examples(connection, one)
        return self._told(one, held.id, tuple(_example(body) for body in shown))

    @allowed(Operation.POLICY_READ)
    def cancel(self, actor: Actor) -> bool:
        """Let what one tries come to an end; False where nothing is at work."""
        now, owner = self._now(), actor.reference
        with self._engine.begin() as connection:
            one = rehearsals.of(connection, owner)
            if one is None:
                return False
            return rehearsals.end(connection, owner, one.attempt, now, State.CANCELLED)

    def _told(self, one: StoredRehearsal, held: int, shown: tuple[Example, ...] = ()) -> Rehearsal:
        is_gone = one.state is State.RUNNING and one.heard < self._now() - SILENT
        trouble = GONE if is_gone else one.trouble
        return Rehearsal(
            document=one.document,
            digest=one.digest.hex(),
            base=one.base,
            state=State.FAILED if is_gone else one.state,
            begun=one.begun,
            heard=one.heard,
            done=one.done,
            total=one.total,
            is_current=one.base == held,
            trouble=None if trouble is None else TROUBLES.get(trouble, TROUBLES[GONE]),
            outlook=None if one.body is None else _outlook(one.body),
            examples=shown,
        )
