"""Keycloak's adaptive authentication: four or more addresses at once in a user's live sessions.

Source: the extension keycloak-adaptive-authn, which counts the distinct addresses of a user's
sessions; a session lives as Keycloak has it by default, until its end or 30 minutes without use.
https://github.com/mabartos/keycloak-adaptive-authn
"""

from typing import ClassVar

from detectors.core.detector import Text
from detectors.core.event import MINUTE, Activity, SignIn, is_use
from monitor.evaluation.baselines.baseline import Said, account_of
from monitor.evaluation.truth import Account

LIMIT = 4
IDLE = 30 * MINUTE
_MOST_SESSIONS = 1_000


class Keycloak:
    """Keeps an account's live sessions, and the address that each was last used from."""

    name: ClassVar[str] = "keycloak"
    title: ClassVar[str] = "Keycloak adaptive"
    rule: ClassVar[Text] = Text(
        "four or more addresses at once in live sessions",
        "quatre adresses ou plus à la fois dans des sessions ouvertes",
    )
    credit: ClassVar[str] = "https://github.com/mabartos/keycloak-adaptive-authn"

    def __init__(self) -> None:
        self._sessions: dict[Account, dict[str, tuple[int, str]]] = {}

    def observe(self, event: SignIn) -> Said | None:
        """How many addresses are in live sessions after this event."""
        account = account_of(event)
        sessions = self._sessions.setdefault(account, {})
        session = event.session or event.ip or ""
        if event.activity is Activity.LOGOFF:
            sessions.pop(session, None)
            return None
        if event.ip is None or not is_use(event):
            return None
        for ended in [s for s, (seen, _) in sessions.items() if event.time - seen > IDLE]:
            del sessions[ended]
        if len(sessions) < _MOST_SESSIONS or session in sessions:
            sessions[session] = (event.time, event.ip)
        live = len({ip for _, ip in sessions.values()})
        return Said(float(live), live >= LIMIT)
