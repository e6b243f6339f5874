"""What the outside world is asked for, and what it answers: the contract of every responder.

An order may be delivered more than once: whoever carries it out looks first at what is so already,
and an order's `key` is the same at every attempt.
"""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct, field

from alerts.ladder import Step


class Action(StrEnum):
    """What can be asked of a responder."""

    NOTIFY = "notify"
    """Tell the user."""
    TELL = "tell"
    """Tell people of the security team."""
    CHALLENGE = "challenge"
    """Ask the user for a second factor before going on."""
    RELEASE = "release"
    """Take a challenge back."""
    REVOKE = "revoke"
    """End every session of the account."""
    RENEW = "renew"
    """Have the user choose a new password at the next sign-in."""
    DISABLE = "disable"
    """Let nobody sign in with the account."""
    ENABLE = "enable"
    """Let its user sign in again."""
    TRACK = "track"
    """Keep a ticket in an outer tracker as it is here."""


DOING: dict[Step, Action] = {
    Step.NOTIFY: Action.NOTIFY,
    Step.CHALLENGE: Action.CHALLENGE,
    Step.REVOKE: Action.REVOKE,
    Step.SUSPEND: Action.DISABLE,
    Step.DEACTIVATE: Action.DISABLE,
}
"""What carries a step out."""
UNDOING: dict[Step, Action] = {
    Step.CHALLENGE: Action.RELEASE,
    Step.SUSPEND: Action.ENABLE,
    Step.DEACTIVATE: Action.ENABLE,
}
"""What takes a step back; a message and the end of a session cannot be taken back."""


class Target(Struct, frozen=True, kw_only=True):
    """The account that is acted on, as the directory and the logs know it.

    `account` is the log's uid verbatim; `names` are its other names; `ids` what other systems call
    it, by their names. `language` is that of its user.
    """

    tenant: str
    account: str
    names: tuple[str, ...] = ()
    email: str | None = None
    language: str = "fr"
    ids: dict[str, str] = field(default_factory=dict)


class Order(Struct, frozen=True, kw_only=True):
    """One thing that one responder is to do.

    `key` makes it the same at every attempt. `measure` and `ticket` are numbers, `incident` is an
    id in hex. `aup` are the articles it stands on, `reason` a person's or a rule's words. `until`
    is when it ends by itself, `issued` when it was decided (ms since 1970 UTC). `template` says
    which message, `values` what is put into it.
    """

    key: str
    action: Action
    issued: int
    tenant: str
    target: Target | None = None
    measure: int | None = None
    ticket: int | None = None
    incident: str | None = None
    aup: tuple[str, ...] = ()
    reason: str = ""
    until: int | None = None
    template: str = ""
    values: dict[str, str] = field(default_factory=dict)


class Receipt(Struct, frozen=True, kw_only=True):
    """That an order was carried out.

    `reference` is what the other side calls what it did (a message's or an issue's id), `detail` a
    few words for reviewers; `changed` is False where it was so already.
    """

    reference: str = ""
    detail: str = ""
    changed: bool = True


class AccountState(StrEnum):
    """Whether an account can be signed in with, as the other side says."""

    ACTIVE = "active"
    DISABLED = "disabled"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class ResponderError(Exception):
    """An order that was not carried out, or of which nobody knows; the text may be shown to
    reviewers and holds no secret."""


class RetryError(ResponderError):
    """It may be carried out later: after `after_s` seconds, where the other side said so."""

    def __init__(self, why: str, after_s: float | None = None) -> None:
        super().__init__(why)
        self.after_s = after_s


class RefusedError(ResponderError):
    """It will never be carried out as it is: people have to look."""


class Responder(Protocol):
    """What carries orders out, of one thread at a time."""

    def deliver(self, order: Order) -> Receipt:
        """Carry an order out, once however often it is asked for. Raises RetryError where it may
        be tried again (also where nobody knows what became of it), RefusedError where not."""
        ...

    def state(self, target: Target) -> AccountState | None:
        """What the other side says of an account now; None where it cannot tell. Raises RetryError
        and RefusedError."""
        ...

    def close(self) -> None:
        """Let go of all connections."""
        ...
