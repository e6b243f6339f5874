"""BuffaLogs' rule for impossible travel: over 100 km at more than 300 km/h from a new address.

Source: Certego, BuffaLogs, detection `Impossible Travel` with its default configuration.
https://github.com/certego/BuffaLogs
"""

from typing import ClassVar

from detectors.core.detector import Text
from detectors.core.event import SignIn
from detectors.core.geodesy import distance_km
from monitor.evaluation.baselines.baseline import Said, Spot, account_of, is_logon
from monitor.evaluation.baselines.panther import speed_kmh
from monitor.evaluation.truth import Account

LEAST_KM = 100.0
LIMIT_KMH = 300.0


class Buffalogs:
    """Compares a log-on from an address new to the account with the log-on before it."""

    name: ClassVar[str] = "buffalogs"
    title: ClassVar[str] = "BuffaLogs"
    rule: ClassVar[Text] = Text(
        "over 100 km at more than 300 km/h, from an address new to the account",
        "plus de 100 km à plus de 300 km/h, depuis une adresse nouvelle pour le compte",
    )
    credit: ClassVar[str] = "https://github.com/certego/BuffaLogs"

    def __init__(self) -> None:
        self._last: dict[Account, Spot] = {}
        self._known: dict[Account, set[str]] = {}

    def observe(self, event: SignIn) -> Said | None:
        """The speed in km/h when the address is new and the distance is long enough, else 0."""
        if event.place is None or event.ip is None or not is_logon(event):
            return None
        account = account_of(event)
        known = self._known.setdefault(account, set())
        last = self._last.get(account)
        self._last[account] = Spot(event.time, event.place)
        is_new = event.ip not in known
        known.add(event.ip)
        if last is None or not is_new:
            return Said(0.0, alert=False)
        distance = distance_km(last.place, event.place)
        speed = speed_kmh(last, event.time, distance) if distance > LEAST_KM else 0.0
        return Said(speed, speed > LIMIT_KMH)
