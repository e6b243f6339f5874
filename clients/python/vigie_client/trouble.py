"""Why there is no decision: one value that an application can log, count and act on."""

from dataclasses import dataclass
from enum import Enum


class Cause(Enum):
    """What kept Vigie from deciding."""

    UNREACHABLE = "unreachable"
    """No connection, or it broke."""
    TOO_SLOW = "too_slow"
    """The deadline passed."""
    BUSY = "busy"
    """It said that it cannot now (408, 425, 429, 5xx)."""
    REFUSED = "refused"
    """It said no (another 4xx, or a redirect): the key, its scope, or what was asked is wrong."""
    UNREADABLE = "unreadable"
    """What answered is no decision; perhaps something between here and Vigie spoke."""
    RESTING = "resting"
    """It was not asked: it has not answered for a while, and is left alone for a moment."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no decision: `status` is HTTP's where one was answered; `attempts` and
    `seconds` are what was spent on it; `retry_after` is in seconds."""

    cause: Cause
    detail: str
    status: int | None = None
    attempts: int = 0
    seconds: float = 0.0
    retry_after: float | None = None

    def __str__(self) -> str:
        status = "" if self.status is None else f"{self.status} "
        return f"{self.cause.value}: {status}{self.detail}"


class VigieError(Exception):
    """There is no answer, and the application asked to be told so (`.trouble`)."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble
