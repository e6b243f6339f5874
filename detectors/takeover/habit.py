"""Whether an account is used behind servers and VPNs by habit."""

from typing import Protocol

from detectors.core.event import DAY, SignIn
from detectors.core.place import NetworkKind
from detectors.core.profile import Profile

HABIT_DAYS = 3
"""Days behind a server or a VPN that make a habit: it has exits that no list knows."""
_HIDING = frozenset({NetworkKind.HOSTING, NetworkKind.VPN})


class Hiding(Protocol):
    """What counts the days: `hidden_days` so far, and when the last of them was (ms)."""

    hidden_days: int
    hidden_at: int


def note_hiding(state: Hiding, event: SignIn, profile: Profile) -> None:
    """Count a day on which the account's own device is behind a server or a VPN."""
    at, network = event.time, event.network
    if network is None or network.kind not in _HIDING or state.hidden_at // DAY == at // DAY:
        return
    if event.device is None or profile.knows_device(event.device, at):
        state.hidden_days += 1
        state.hidden_at = at
