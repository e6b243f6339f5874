"""CrowdSec's scenario for impossible travel: over 1000 km from the last log-on within 3 hours.

Source: CrowdSec, hub, scenario `crowdsecurity/impossible-travel`.
https://github.com/crowdsecurity/hub
"""

from typing import ClassVar

from detectors.core.detector import Text
from detectors.core.event import HOUR, SignIn
from detectors.core.geodesy import distance_km
from monitor.evaluation.baselines.baseline import Said, Spot, account_of, is_logon
from monitor.evaluation.truth import Account

LIMIT_KM = 1_000.0
WITHIN = 3 * HOUR


class Crowdsec:
    """Compares each log-on with the one before it, when that was at most three hours ago."""

    name: ClassVar[str] = "crowdsec"
    title: ClassVar[str] = "CrowdSec"
    rule: ClassVar[Text] = Text(
        "over 1,000 km from the last sign-in within 3 hours",
        "à plus de 1 000 km de la connexion précédente en moins de 3 heures",
    )
    credit: ClassVar[str] = "https://github.com/crowdsecurity/hub"

    def __init__(self) -> None:
        self._last: dict[Account, Spot] = {}

    def observe(self, event: SignIn) -> Said | None:
        """The distance in km where it is recent enough, else 0."""
        if event.place is None or not is_logon(event):
            return None
        account = account_of(event)
        last = self._last.get(account)
        self._last[account] = Spot(event.time, event.place)
        if last is None or event.time - last.time > WITHIN:
            return Said(0.0, alert=False)
        distance = distance_km(last.place, event.place)
        return Said(distance, distance > LIMIT_KM)
