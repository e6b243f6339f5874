"""What an application says: a sign-in that it has not answered yet, and how it ended."""

import uuid
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


def _new_uid() -> str:
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in whose password, or whatever comes first, was right.

    `account` is the user id that the application's log has, verbatim; where logs know users by name
    only, `account_name` says who it is. `uid` names this one question: asked again with it, it is
    the same question and gets the same answer. Where the log has an id for the sign-in, give that:
    then the log's record and the question are one event without guessing. `session` is what logs
    call the session, `mfa` whether a second factor was shown, by `mfa_method`. `tenant` may be left
    out where the API key is for one. `return_to` is where a challenge leads back to, `language` the
    one that reasons are told in. Raises ValueError and TypeError for what no server would take.
    """

    account: str | None = None
    account_name: str | None = None
    tenant: str | None = None
    session: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    mfa: bool | None = None
    mfa_method: str | None = None
    return_to: str | None = None
    language: str | None = None
    uid: str = field(default_factory=_new_uid)

    def __post_init__(self) -> None:
        if not (self.account or self.account_name) or not self.uid:
            raise ValueError("a SignIn needs account or account_name, and a uid")
        _check(self.document(), "a SignIn")

    def document(self) -> dict[str, Any]:
        """The JSON object that is sent: what is not said is left out."""
        return _said(self)


class Ended(Enum):
    """How a sign-in ended."""

    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a sign-in ended that Vigie was asked about, for applications whose sign-ins no log tells.

    `failure_reason` is one of bad_password, unknown_user, locked, disabled, mfa_denied, mfa_timeout
    and other; `session` is the session that it became.
    """

    outcome: Ended
    failure_reason: str | None = None
    session: str | None = None
    mfa: bool | None = None
    mfa_method: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.outcome, Ended):
            raise TypeError("outcome is Ended.SUCCESS or Ended.FAILURE")
        _check(self.document(), "an Outcome")

    def document(self) -> dict[str, Any]:
        """The JSON object that is sent: what is not said is left out."""
        return {**_said(self), "outcome": self.outcome.value}


def _said(value: "SignIn | Outcome") -> dict[str, Any]:
    told = {name: getattr(value, name) for name in value.__slots__}
    return {name: one for name, one in told.items() if one is not None}


def _check(document: dict[str, Any], kind: str) -> None:
    for name, value in document.items():
        wanted = bool if name == "mfa" else str
        if not isinstance(value, wanted):
            got = type(value).__name__
            raise TypeError(f"{name} of {kind} is {wanted.__name__}, not {got}")
