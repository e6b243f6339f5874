"""What every kind of responder is held to: its world is the other side, played as it is told to.

A kind's world lies in `worlds/KIND.py`: a context manager `world(folder)` that gives a `World`.
"""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from alerts.egress.outbound import Outbound
from alerts.egress.wall import Wall
from alerts.ports import Action, Order, Responder, Target
from alerts.responders.surroundings import GateList, Surroundings

NOW = 1_800_000_000_000
TENANT = "acme"
ACCOUNT = "u-1"
ABOUT_ACCOUNTS = frozenset(Action) - {Action.TELL, Action.TRACK}


class Fault(StrEnum):
    """How the other side fails."""

    DOWN = "down"
    """It breaks connections off, or nobody listens."""
    BUSY = "busy"
    """It says that it cannot now."""
    STALLS = "stalls"
    """It takes what is sent and says nothing."""
    AFTER = "after"
    """It does what it is asked for, and answers that it failed."""
    REFUSES = "refuses"
    """It says that this will never be done."""


class World(Protocol):
    """The other side of one responder, with an account `ACCOUNT` in it that can be signed in with.

    `actions` are those that it is tried with, `faults` those that it can play; `is_exact` is false
    where a message that was sent twice arrives twice, as there is nothing by which to tell.
    `secrets` are words that are never told.
    """

    responder: Responder
    actions: frozenset[Action]
    faults: frozenset[Fault]
    is_exact: bool
    secrets: tuple[str, ...]

    def effects(self) -> list[str]:
        """What was done there so far, one entry for each time that something changed."""
        ...

    def play(self, fault: Fault | None) -> None:
        """Fail like this from now on; None: no more."""
        ...


STALLED_S = 3.0
"""After so long a world that says nothing is left: a crowded machine may take a second or two."""


def around(
    gate: GateList | None = None, now: Callable[[], int] = lambda: NOW, patience_s: float = 30.0
) -> Surroundings:
    """What a responder finds around it: this machine may be asked, for so long."""
    outbound = Outbound(
        allow=("127.0.0.1", "::1"), step_seconds=patience_s / 2, whole_seconds=patience_s
    )
    wall = Wall(outbound)
    return Surroundings(now=now, gate=gate, address="https://vigie.example", wall=wall)


def order(action: Action, account: str | None = ACCOUNT, key: str = "", **more: Any) -> Order:
    """One order; its key is made of what it is."""
    target = None
    if account is not None:
        email = "zoe@acme.example" if account == ACCOUNT else None
        target = Target(tenant=TENANT, account=account, names=("zoe",), email=email, language="fr")
    given = {
        "issued": NOW,
        "tenant": TENANT,
        "reason": "shared by several people",
        "aup": ("6",),
        "measure": 7,
        "ticket": 9,
        **more,
    }
    return Order(key=key or f"{action}-{account}", action=action, target=target, **given)


Worlds = Callable[[Path], Any]
