"""Whether an account is used behind servers, VPNs and relays by habit."""

from typing import Protocol

from detectors.core.event import DAY, SignIn
from detectors.core.place import NetworkKind
from detectors.core.population import Population
from detectors.core.profile import Profile

HABIT_DAYS = 3
"""Days behind a server or a VPN that make a habit: it has exits that no list knows."""
UNCOUNTED = 5 * DAY
"""What was counted so soon after an account's first use may have been the company's way out: the
tenant's people are counted by closed days, and then it is taken back."""
_HIDING = frozenset({NetworkKind.HOSTING, NetworkKind.VPN, NetworkKind.RELAY})
"""A relay is run by those who rent out servers: some of its exits are on no list."""


class Hiding(Protocol):
    """What counts the days: `hidden_days` so far, and when the last of them was (ms)."""

    hidden_days: int
    hidden_at: int


def note_hiding(state: Hiding, event: SignIn, profile: Profile, population: Population) -> None:
    """Count a day on which the account's own device is behind a server, a VPN or a relay, at an
    address that is not one of the company's."""
    at, network = event.time, event.network
    if network is None or network.kind not in _HIDING:
        return
    if population.is_seat(event.ip):
        if state.hidden_at - profile.first_seen < UNCOUNTED:
            state.hidden_days = 0
        return
    if state.hidden_at // DAY == at // DAY:
        return
    device = event.device
    known = None if device is None else profile.devices.get(device.fingerprint)
    if device is None or (known is not None and known.is_accepted(at)):
        state.hidden_days += 1
        state.hidden_at = at


def hid_before(state: Hiding, at: int) -> bool:
    """Whether a day before the one of event time `at` (ms) was counted."""
    return state.hidden_days > (state.hidden_at // DAY == at // DAY)
