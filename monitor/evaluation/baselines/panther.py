"""Panther's rule for impossible travel: faster than 900 km/h from one log-on to the next.

Source: Panther Labs, `panther-analysis`, rule Standard.ImpossibleTravel.Login (900 km/h).
https://github.com/panther-labs/panther-analysis
"""

from typing import ClassVar

from detectors.core.detector import Text
from detectors.core.event import HOUR, SignIn
from detectors.core.geodesy import distance_km
from monitor.evaluation.baselines.baseline import Said, Spot, account_of, is_logon
from monitor.evaluation.truth import Account

LIMIT_KMH = 900.0


class Panther:
    """Compares each log-on with the one before it."""

    name: ClassVar[str] = "panther"
    title: ClassVar[str] = "Panther"
    rule: ClassVar[Text] = Text(
        "faster than 900 km/h from one sign-in to the next",
        "plus vite que 900 km/h d'une connexion à la suivante",
    )
    credit: ClassVar[str] = "https://github.com/panther-labs/panther-analysis"

    def __init__(self) -> None:
        self._last: dict[Account, Spot] = {}

    def observe(self, event: SignIn) -> Said | None:
        """The speed since the last log-on in km/h."""
        if event.place is None or not is_logon(event):
            return None
        account = account_of(event)
        last = self._last.get(account)
        self._last[account] = Spot(event.time, event.place)
        if last is None:
            return Said(0.0, alert=False)
        speed = speed_kmh(last, event.time, distance_km(last.place, event.place))
        return Said(speed, speed > LIMIT_KMH)


def speed_kmh(last: Spot, time: int, distance: float) -> float:
    """km/h from the last spot; anything within one second counts as one second."""
    return distance * HOUR / max(time - last.time, 1_000)
