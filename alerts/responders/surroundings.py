"""What a responder finds around it: given to it when it is opened, and nothing else."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct, field

from alerts.egress.outbound import Outbound
from alerts.egress.wall import Wall


class GateList(Protocol):
    """Whom the gate lets pass, asks for proof, or turns away."""

    def put(
        self, tenant: str, account: str, verdict: str, since: int, until: int | None, key: str
    ) -> bool:
        """Let a verdict hold for an account; whether it did not hold already."""
        ...

    def remove(self, tenant: str, account: str, verdicts: frozenset[str], key: str) -> bool:
        """Let verdicts hold no longer; whether any did."""
        ...

    def verdicts(self, tenant: str, account: str) -> frozenset[str]:
        """Which hold."""
        ...


class Surroundings(Struct, frozen=True, kw_only=True):
    """`now` gives ms since 1970 UTC; `gate` is the built-in gate's list, `address` where the
    console is found from outside, for links; `wall` is what all that is sent has to pass."""

    now: Callable[[], int]
    gate: GateList | None = None
    address: str = ""
    wall: Wall = field(default_factory=lambda: Wall(Outbound()))
