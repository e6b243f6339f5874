"""What is decided about a sign-in: allow, challenge or deny, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from vigie_client.trouble import Cause, Trouble, VigieError


class Verdict(Enum):
    """What the application is to do."""

    ALLOW = "allow"
    CHALLENGE = "challenge"
    """Ask for a further proof: send the browser to the challenge's link."""
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. `trouble` says why Vigie did not give it, and is None where it did: then the
    verdict is the fallback's."""

    verdict: Verdict
    uid: str
    trouble: Trouble | None = None

    @property
    def is_fallback(self) -> bool:
        """Whether this is the application's own rule, since Vigie was away."""
        return self.trouble is not None


def read(document: Mapping[str, Any], uid: str) -> Decision:
    """What Vigie answered. Raises VigieError where that is no decision."""
    try:
        return Decision(Verdict(document["decision"]), uid)
    except (KeyError, TypeError, ValueError):
        detail = "what answered sent no decision that this client knows"
        raise VigieError(Trouble(Cause.UNREADABLE, detail)) from None
